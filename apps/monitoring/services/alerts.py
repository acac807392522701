"""Alerts: raised by windows, answered by people."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.audit.acts import act
from apps.core import subjects
from apps.core.consequences import carry
from apps.core.errors import BadInput, Conflict, RuleViolated
from apps.core.events import Event
from apps.findings.models import Finding
from apps.findings.services import open_finding
from apps.inventory.models import Model
from apps.monitoring import events
from apps.monitoring.models import Alert, Window
from apps.monitoring.windows.boundaries import Signal
from apps.monitoring.windows.uses import folded
from apps.validations.services import ask_revalidation

Status = Alert.Status
SEVERITY = {Alert.Level.RED: Finding.Severity.HIGH, Alert.Level.YELLOW: Finding.Severity.MEDIUM}
TITLE_LENGTH = 200


def raise_alerts(window: Window, found: Mapping[str, Sequence[Signal]], now: datetime) -> list[Alert]:
    """Raise what a window shows, by use. What an unclosed alert of its version tells of already is counted there."""
    unclosed = Alert.objects.unclosed().filter(version=window.plan.version)
    open_now = {_key(row.indicator, row.use, row.about): row for row in unclosed}
    raised = []
    for use, signals in found.items():
        for signal in signals:
            known = open_now.get(_key(signal.indicator, use, signal.about))
            raised.append(_raise(window, use, signal, now) if known is None else _repeat(known, window, signal, now))
    return raised


def acknowledge(*, actor: User, alert: Alert, note: str, now: datetime, revision: int | None = None) -> Alert:
    """Take note of an alert: somebody is at it."""
    with act(
        events.ALERT_ACKNOWLEDGED, actor=actor, subject=alert, now=now, note=note, expected_revision=revision
    ) as alert:
        alert.move_to(Status.ACKNOWLEDGED)
        alert.acknowledged_by, alert.acknowledged_at, alert.note = actor, now, note
        alert.save()
        return alert


def open_alert_finding(
    *, actor: User, alert: Alert, now: datetime, note: str = "", revision: int | None = None
) -> Alert:
    """Open a finding on the version that an alert is about; a red alert's is of high severity.

    Raises:
        Conflict: one was opened from it already.
    """
    with transaction.atomic():
        alert = _answer(actor, alert, note, now, revision)
        if alert.finding:
            raise Conflict(f"{alert.finding} was opened from {alert.reference} already.")
        finding = open_finding(
            actor=actor,
            subject=alert.version,
            title=_short(alert.sentence),
            description="\n\n".join(filter(None, [alert.sentence, note, f"Opened from {alert.reference}."])),
            severity=SEVERITY[Alert.Level(alert.level)],
            origin=Finding.Origin.MONITORING,
            now=now,
            cause=events.ALERT_ANSWERED.verb,
        )
        return _keep(actor, alert, now, finding=finding.reference)


def ask_alert_revalidation(
    *, actor: User, alert: Alert, now: datetime, note: str = "", revision: int | None = None
) -> Alert:
    """Ask for the version that an alert is about to be validated again.

    Raises:
        Conflict: a validation of it is open already.
    """
    with transaction.atomic():
        alert = _answer(actor, alert, note, now, revision)
        validation = ask_revalidation(
            actor=actor,
            version=alert.version,
            reason="\n\n".join(filter(None, [alert.sentence, note])),
            now=now,
            cause=events.ALERT_ANSWERED.verb,
        )
        return _keep(actor, alert, now, validation=validation.reference)


def close_alert(*, actor: User, alert: Alert, note: str, now: datetime, revision: int | None = None) -> Alert:
    """Close an alert. The same shown again by a later window is a new one.

    Raises:
        BadInput: no reason was given.
        RuleViolated: the actor owns or develops the model.
    """
    if not note.strip():
        raise BadInput(errors={"note": ["Say why it needs nobody's attention any more."]})
    with act(
        events.ALERT_CLOSED, actor=actor, subject=alert, now=now, note=note, expected_revision=revision
    ) as alert:
        alert.move_to(Status.CLOSED)
        barred = subjects.subject_of("model").conflicts(alert.model, actor)
        if barred is not None:
            raise RuleViolated(barred)
        alert.closed_by, alert.closed_at, alert.note = actor, now, note
        alert.save()
        return alert


def follow_retirement(model: Model, *, actor: User, now: datetime, cause: str) -> None:
    """A model left use for good: what its windows showed needs nobody's attention any more."""
    for row in Alert.objects.unclosed().filter(model=model):
        with act(events.ALERT_ENDED, actor=actor, subject=row, now=now, cause=cause) as alert:
            alert.move_to(Status.CLOSED)
            alert.closed_at, alert.note = now, f"{model.reference} was retired."
            alert.save()


def _key(indicator: str, use: str, about: str) -> tuple[str, str, str]:
    """What makes two signals the same, however the use is spelled; `about` may be the use, too."""
    return indicator, folded(use), folded(about) if about == use else about


def _raise(window: Window, use: str, signal: Signal, now: datetime) -> Alert:
    new = Alert(
        model=window.plan.model,
        version=window.plan.version,
        indicator=signal.indicator,
        use=use,
        about=signal.about,
        level=signal.level,
        sentence=signal.sentence,
        values=signal.values,
        first_window=window,
        last_window=window,
        raised_at=now,
    )
    system = User.objects.system()
    with transaction.atomic():
        with act(events.ALERT_RAISED, actor=system, creates=new, now=now, note=signal.sentence) as alert:
            pass
        carry(events.ALERT_RAISED, alert, actor=system, now=now)
        return alert


def _repeat(alert: Alert, window: Window, signal: Signal, now: datetime) -> Alert:
    worse = alert.level == Alert.Level.YELLOW and signal.level == Alert.Level.RED
    event = events.ALERT_WORSENED if worse else events.ALERT_REPEATED
    system = User.objects.system()
    with transaction.atomic():
        with act(event, actor=system, subject=alert, now=now, note=signal.sentence) as alert:
            before = alert.last_window
            if (before.start, before.end) != (window.start, window.end):
                alert.windows += 1
            alert.level, alert.sentence, alert.values = signal.level, signal.sentence, signal.values
            alert.last_window, alert.repeated_at = window, now
            alert.save()
        carry(event, alert, actor=system, now=now)
        return alert


def _answer(actor: User, alert: Alert, note: str, now: datetime, revision: int | None) -> Alert:
    """Note that something follows from an alert; it is acknowledged by that."""
    with _answering(events.ALERT_ANSWERED, actor, alert, note, now, revision) as alert:
        alert.move_to(Status.ACKNOWLEDGED)
        if alert.acknowledged_by is None:
            alert.acknowledged_by, alert.acknowledged_at = actor, now
        alert.note = note or alert.note
        alert.save()
        return alert


def _answering(event: Event, actor: User, alert: Alert, note: str, now: datetime, revision: int | None):
    return act(event, actor=actor, subject=alert, now=now, note=note, expected_revision=revision)


def _keep(actor: User, alert: Alert, now: datetime, **opened: str) -> Alert:
    """Remember what was opened from an alert."""
    cause = " ".join(opened.values())
    with _answering(events.ALERT_ANSWERED, actor, alert, f"Opened {cause}.", now, None) as alert:
        for field, reference in opened.items():
            setattr(alert, field, reference)
        alert.save()
        return alert


def _short(sentence: str) -> str:
    return sentence if len(sentence) <= TITLE_LENGTH else sentence[: TITLE_LENGTH - 1].rstrip() + "…"
