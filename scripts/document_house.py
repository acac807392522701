"""Write docs/events.md, permissions.md and states.md from the rooms; `--check` only says whether they are so."""

import importlib
import inspect
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"

sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

Rows = list[tuple[str, ...]]

EVENTS = """# Events

Everything that changes something is an event in the ledger. This page is written from the rooms' `events.py` by
`make docs`. An event that follows needs nothing of its own: another event is its cause, which it names. A verb is
never renamed once it is in a ledger; webhooks and filters of the audit log use these names."""

PERMISSIONS = """# Who may do what

This page is written from `apps/accounts/roles.py` by `make docs`; `manage.py migrate` makes the groups in the
database equal to the same table. A permission counts within a person's business units, or where it was granted on
one model or dataset. Separation of duties comes on top: see [the states](states.md)."""

STATES = """# States, and who moves them

This page is written from the tables' TRANSITIONS by `make docs`: by the same tables the product refuses a step, draws
the stepper and answers `available_actions`. An event that follows is caused by another room's event. *Barred* are
people whose part in the row keeps them from this step, whatever their roles."""


def table(*head: str, rows: Rows) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def rooms() -> list[str]:
    """The rooms in the order in which they are built."""
    from django.conf import settings

    return [name.removeprefix("apps.") for name in settings.ROOMS]


def events_of(room: str) -> list[Any]:
    from apps.core.events import Event

    if not (ROOT / "apps" / room / "events.py").exists():
        return []
    module = importlib.import_module(f"apps.{room}.events")
    return [value for _, value in inspect.getmembers(module, lambda thing: isinstance(thing, Event))]


def events() -> str:
    """Every event of every room, with what it needs."""
    parts = [EVENTS]
    for room in rooms():
        found = sorted(events_of(room), key=lambda event: event.verb)
        if found:
            rows = [(f"`{event.verb}`", needed(event), event.meaning) for event in found]
            parts += ["", f"## {room}", "", table("verb", "needs", "meaning", rows=rows)]
    return "\n".join(parts) + "\n"


def needed(event: Any) -> str:
    return f"`{event.permission}`" if event.permission else "follows"


def permissions() -> str:
    """The roles, and which permissions each of them carries."""
    from apps.accounts.roles import EXCLUDES, MAY, OWN_ACCOUNT, ROLES, permissions_of

    people = [(f"`{name}`", role.title, role.line or "none", role.work) for name, role in ROLES.items()]
    parts = [
        PERMISSIONS,
        "",
        "## Roles",
        "",
        table("role", "title", "line of defence", "work", rows=people),
        "",
        "Not held together:",
        "",
        *(f"- `{role}` with {', '.join(f'`{other}`' for other in others)}" for role, others in EXCLUDES.items()),
        "",
        f"Everybody has `{OWN_ACCOUNT}` on their own account only: password, one-time codes, tokens.",
        "",
        "## By role",
    ]
    for name, role in ROLES.items():
        carried = sorted(permissions_of(name))
        said = ", ".join(f"`{permission}`" for permission in carried) or "nothing but reading within their units"
        parts += ["", f"**{role.title}**: {said}."]
    rows = [(f"`{permission}`", ", ".join(f"`{role}`" for role in roles)) for permission, roles in MAY.items()]
    parts += ["", "## By permission", "", table("permission", "roles", rows=rows)]
    return "\n".join(parts) + "\n"


def states() -> str:
    """Every state machine: from, to, by which event, who may, who is barred."""
    parts = [STATES]
    for model in machines():
        rows = [
            (start, end, f"`{step.event.verb}`", who(step.event), ", ".join(step.barred).replace("_", " "))
            for start, end, step in model.arrows()
        ]
        name = str(model._meta.verbose_name)
        parts += ["", f"## {name[:1].upper()}{name[1:]}", "", sentence(model)]
        parts += ["", table("from", "to", "event", "who", "barred", rows=rows)]
    return "\n".join(parts) + "\n"


def machines() -> Iterator[Any]:
    from django.apps import apps

    from apps.core.governed import Governed

    for room in rooms():
        for model in apps.get_app_config(room).get_models():
            if issubclass(model, Governed) and model.TRANSITIONS:
                yield model


def sentence(model: Any) -> str:
    return (inspect.getdoc(model) or "").splitlines()[0]


def who(event: Any) -> str:
    from apps.accounts.roles import MAY

    return ", ".join(MAY.get(event.permission, ())).replace("_", " ") if event.permission else "follows"


PAGES = {"events.md": events, "permissions.md": permissions, "states.md": states}


def main(arguments: list[str]) -> int:
    import django

    django.setup()
    wanted = {DOCS / name: write() for name, write in PAGES.items()}
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    if "--check" not in arguments:
        for path in stale:
            path.write_text(wanted[path])
        return 0
    for path in stale:
        sys.stderr.write(f"{path.relative_to(ROOT)} is not what the rooms say: run `make docs`.\n")
    return 1 if stale else 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        os.environ["QUAESTOR_HOME"] = home  # the start draws keys, and none are wanted for a page
        sys.exit(main(sys.argv[1:]))
