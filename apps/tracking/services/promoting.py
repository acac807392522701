"""Making a chosen run a candidate: a draft version of a model, documented by what the run logged. Never a release."""

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.audit.acts import act, lock
from apps.core.errors import RuleViolated
from apps.inventory.models import Model, ModelVersion
from apps.inventory.services.drafts import add_draft
from apps.tracking import events
from apps.tracking.models import Run, Selection
from apps.tracking.selectors.documentation import documentation_of


def promote(
    *,
    actor: User,
    selection: Selection,
    model: Model,
    now: datetime,
    note: str = "",
    revision: int | None = None,
) -> tuple[Selection, ModelVersion]:
    """Add a draft version to `model` with what is known of the chosen run.

    Raises:
        RuleViolated: the selection was promoted before, or the run has changed since it was chosen.
    """
    with transaction.atomic():
        selection = lock(selection)
        run = Run.objects.select_related("logbook").get(pk=selection.run_id)
        _refuse_other(selection, run)
        version = add_draft(actor=actor, model=model, metadata=documentation_of(run), now=now)
        with act(
            events.SELECTION_PROMOTED, actor=actor, subject=selection, now=now, expected_revision=revision, note=note
        ) as selection:
            selection.version_reference, selection.promoted_at = version.reference, now
            selection.save()
        return selection, version


def _refuse_other(selection: Selection, run: Run) -> None:
    if selection.version_reference:
        raise RuleViolated(f"This was promoted before, as {selection.version_reference}.")
    if selection.looked_at.get(run=run).digest != run.digest:
        raise RuleViolated("Something was logged to the run since it was chosen. Choose again, then promote.")
