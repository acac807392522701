"""Tell people that the run has come here: an event, which notifications read."""

from typing import Any

from django.utils import timezone

from apps.audit.acts import act
from apps.pipelines import events
from apps.pipelines.steps.context import Context


def work(context: Context) -> None:
    return None


def commit(context: Context, found: Any) -> dict[str, dict[str, Any]]:
    with act(
        events.WORD_GIVEN,
        actor=context.actor,
        subject=context.run,
        now=timezone.now(),
        note=f"{context.said.name}: {context.said.message}",
        cause=events.RUN_BEGUN.verb,
    ):
        return {}
