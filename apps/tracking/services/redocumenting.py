"""What a run says after a version was registered from it: a client logs its metrics last of all."""

from datetime import datetime
from typing import Any

from apps.accounts.models import User
from apps.audit.acts import act
from apps.core.errors import BadInput
from apps.inventory.metadata import read_draft
from apps.inventory.models import ModelVersion
from apps.tracking import events
from apps.tracking.documenting import documented
from apps.tracking.flavours import Description
from apps.tracking.models import RegisteredVersion, Run
from apps.tracking.selectors.sources import Source

FIGURES = ("parameters", "training_metrics")


def document_again(*, actor: User, run: Run, now: datetime) -> None:
    """Take what the run said by its end into the drafts that came from it; what was said of them by hand stays."""
    drafts = RegisteredVersion.objects.filter(run=run, version__status=ModelVersion.Status.DRAFT)
    for entry in drafts.select_related("version", "logged_model"):
        owner = entry.logged_model or run
        fresh = documented(actor, Source(entry.source, owner, "", run, entry.logged_model), Description())
        said = _merged(entry.version.metadata, fresh)
        if said == entry.version.metadata:
            continue
        cause = events.RUN_ENDED.verb
        with act(events.VERSION_DOCUMENTED, actor=actor, subject=entry.version, now=now, cause=cause) as version:
            version.metadata = said
            version.save()


def _merged(known: dict[str, Any], fresh: dict[str, Any]) -> dict[str, Any]:
    figures = {name: {**fresh.get(name, {}), **known.get(name, {})} for name in FIGURES}
    said = {**fresh, **known, **{name: value for name, value in figures.items() if value}}
    try:
        return read_draft(said).said()
    except BadInput:
        return known
