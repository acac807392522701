"""Ask whether a version is fit under a policy now, and say so in the forms that CI shows."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from quaestor_client.commands.typed import Kinds, policy, reference
from quaestor_client.desk import Desk
from quaestor_client.errors import FAILED, PASSED, Unusable
from quaestor_client.outputs import junit, markdown, sarif, table
from quaestor_client.surroundings import Surroundings, look

ABOUT = """\
Ask whether a version is fit under a gate policy now: by the one that governs it, or the one of --policy. A gate
never passes by absence: without an evaluation, or after the version was changed since it, the check fails.

The check is recorded with its outcome on the version's page, with the commit and the CI run; --no-record only looks.
GitHub Actions, GitLab CI, Jenkins, Azure Pipelines and Bitbucket are recognised; elsewhere set QUAESTOR_COMMIT,
QUAESTOR_BRANCH and QUAESTOR_CI_URL."""


def add(kinds: Kinds, shared: list[argparse.ArgumentParser]) -> None:
    parser = kinds.add_parser("gate", help="ask the gate")
    deeds = parser.add_subparsers(title="commands", dest="deed", required=True, metavar="COMMAND")
    check = deeds.add_parser(
        "check",
        parents=shared,
        help="ask whether a version is fit under a policy now",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    check.add_argument("version", type=reference("MDL", version=True), metavar="VERSION")
    check.add_argument("--policy", type=policy, metavar="POL-…", help="a gate policy, or one version of it")
    check.add_argument(
        "--evaluation", type=reference("EVL", version=False), metavar="EVL-…", help="not the newest one"
    )
    check.add_argument("--tests", action="store_true", help="ask for passed tests of the test kit, too")
    check.add_argument("--strict", action="store_true", help="let a gate that passes near its limit fail")
    check.add_argument("--no-record", action="store_true", help="look only; nothing is kept at the server")
    check.add_argument("--junit", type=Path, metavar="FILE", help="write JUnit XML")
    check.add_argument("--sarif", type=Path, metavar="FILE", help="write SARIF 2.1.0")
    check.add_argument(
        "--sarif-at", default="", metavar="PATH", help="the file of your repository that SARIF points at"
    )
    check.add_argument("--markdown", type=Path, metavar="FILE", help="write Markdown; a step summary is added to")
    check.set_defaults(run=run)


def run(desk: Desk, options: argparse.Namespace) -> int:
    where = look(os.environ)
    asked = {"policy": options.policy, "evaluation": options.evaluation, "tests": True if options.tests else None}
    asked = {name: value for name, value in asked.items() if value is not None}
    if options.no_record:
        query = {**asked, "tests": "true"} if options.tests else asked
        check = dict(desk.server.get(f"versions/{options.version}/gate/", **query))
    else:
        check = dict(desk.server.post(f"versions/{options.version}/gate-checks/", {**asked, **_of_the_run(where)}))
    check["page"] = desk.server.page(f"gate-checks/{check['reference']}/" if check.get("reference") else _page(check))
    check["policy_page"] = desk.server.page("policies/{}/{}/".format(*check["policy"].split("@")))
    _write_files(options, check, where)
    desk.answer(check)
    if not desk.as_json:
        table.write(desk.paper, check)
        for note in check["notes"]:
            desk.paper.paragraph(note, "  ", "warn")
        desk.paper.line()
        desk.paper.line(check["page"], "muted")
    return PASSED if _fit(check, options.strict) else FAILED


def _fit(check: dict[str, Any], strict: bool) -> bool:
    return check["outcome"] == "passed" if strict else bool(check["passes"])


def _page(check: dict[str, Any]) -> str:
    return f"versions/{check['version']}/"


def _of_the_run(where: Surroundings) -> dict[str, str]:
    said = {"commit": where.commit, "branch": where.branch, "ci_url": where.ci_url}
    return {name: value for name, value in said.items() if value}


def _write_files(options: argparse.Namespace, check: dict[str, Any], where: Surroundings) -> None:
    at = options.sarif_at or f"{check['version'].replace('@', '/')}.yaml"
    forms: tuple[tuple[Path | None, Callable[[], str]], ...] = (
        (options.junit, lambda: junit.text(check)),
        (options.sarif, lambda: sarif.text(check, at, where)),
        (options.markdown, lambda: markdown.text(check)),
    )
    summary = os.environ.get("GITHUB_STEP_SUMMARY", "")
    for path, form in forms:
        if path is not None:
            _write(path, form(), append=bool(summary) and path == Path(summary))


def _write(path: Path, text: str, *, append: bool) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if append else "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise Unusable(f"{path} can't be written: {error.strerror or error}.") from None
