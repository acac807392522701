"""What waits for a person, within what they may see: nothing that is open may wait for nobody."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, Window
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.roles import SECOND_LINE
from apps.approvals import selectors as approvals
from apps.approvals.models import Approval, Condition
from apps.datasets.models import Dataset, Erasure
from apps.dossiers.selectors import unattested
from apps.findings.models import Finding
from apps.inventory.models import Developer, Model, ModelVersion
from apps.monitoring.models import Alert
from apps.validations.models import Validation

OF_A_FINDING = {
    Finding.Status.OPEN: "Plan the mending",
    Finding.Status.PLANNED: "Mend",
    Finding.Status.IN_VERIFICATION: "Verify",
}
MOST = 10  # lines of one kind, where there may be as many as models


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for a person: what it is, since when or until when, and where to go."""

    what: str
    title: str
    url: str
    due: Any = None
    icon: str = "circle"


def waiting_for(user: User, now: datetime, decisions: list[Approval] | None = None) -> list[Waiting]:
    """What waits for `user`, the most urgent first; `decisions` are the approvals among it, where they are known."""
    asked = approvals.awaiting(user, now) if decisions is None else decisions
    found = [*_decisions(asked), *_validations(user), *_attestations(user), *_findings(user), *_conditions(user)]
    found += [*_alerts(user), *_intakes(user), *_drafts(user), *_erasures(user)]
    return sorted(found, key=lambda item: (item.due is None, str(item.due)))


def _decisions(asked: list[Approval]) -> Iterator[Waiting]:
    for approval in asked:
        yield Waiting("Decide", approval.title, approval.get_absolute_url(), approvals.due(approval), "stamp")


def _validations(user: User) -> Iterator[Waiting]:
    if not user.has_perm("validations.add_validation"):
        return
    mine = Validation.objects.visible_to(user).filter(status="open").filter(Q(validator=user) | Q(validator=None))
    for validation in mine.select_related("version__model"):
        what = "Conclude" if validation.validator_id else "Revalidate"
        yield Waiting(what, str(validation.version), validation.get_absolute_url(), validation.due, "microscope")
    unheld = ModelVersion.objects.visible_to(user).filter(status=ModelVersion.Status.IN_VALIDATION)
    for version in unheld.exclude(validations__status="open").select_related("model"):
        if user != version.owner and user not in version.developers:
            yield Waiting(
                "Validate", f"{version.model.name} {version.number}", version.get_absolute_url(), icon="microscope"
            )


def _attestations(user: User) -> Iterator[Waiting]:
    """Of versions that are judged, and of those approved whose uses have changed since they were attested."""
    asked = Q(status__in=(ModelVersion.Status.IN_VALIDATION, ModelVersion.Status.IN_APPROVAL))
    again = Q(status__in=(ModelVersion.Status.APPROVED, ModelVersion.Status.IN_USE), acceptances__isnull=False)
    mine = ModelVersion.objects.visible_to(user).filter(model__owner=user).filter(asked | again)
    for version in unattested(mine.distinct()):
        yield Waiting("Attest the use", str(version), version.get_absolute_url(), icon="signature")


def _findings(user: User) -> Iterator[Waiting]:
    waiting = _unplanned(user) | Q(responsible=user, status=Finding.Status.PLANNED)
    if user.has_perm("findings.verify_finding"):
        others = ~Q(responsible=user) | Q(responsible=None), ~Q(reported_by=user) | Q(reported_by=None)
        waiting |= Q(*others, status=Finding.Status.IN_VERIFICATION)
    for finding in Finding.objects.visible_to(user).filter(waiting).order_by("pk"):
        due = finding.plan_due if finding.status == Finding.Status.OPEN else finding.due
        yield Waiting(OF_A_FINDING[finding.status], finding.title, finding.get_absolute_url(), due, "flag")


def _unplanned(user: User) -> Q:
    """Findings without a plan: of who is to mend them, and while nobody is, of who owns what they are about."""
    owned = [rows.objects.filter(owner=user).values("reference") for rows in (Model, Dataset)]
    without = Q(responsible=None) & (Q(root_reference__in=owned[0]) | Q(root_reference__in=owned[1]))
    return (Q(responsible=user) | without) & Q(status=Finding.Status.OPEN)


def _alerts(user: User) -> Iterator[Waiting]:
    """Red alerts that nobody took note of: for who owns the model, and for the second line."""
    if not user.has_perm("monitoring.acknowledge_alert"):
        return
    rows = Alert.objects.visible_to(user).filter(status=Alert.Status.OPEN, level=Alert.Level.RED)
    if not set(user.roles) & set(SECOND_LINE):
        rows = rows.filter(model__owner=user)
    address = f"{reverse('alerts')}?status=open&level=red"
    shown, beyond = _first(rows.select_related("model").order_by("pk"), "Red alert", address, "bell-ring")
    for alert in shown:
        title = f"{alert.model.name}: {alert.sentence}"
        yield Waiting("Red alert", title, alert.get_absolute_url(), icon="bell-ring")
    yield from beyond


def _erasures(user: User) -> Iterator[Waiting]:
    """Rows that were found and are to be erased, for who may confirm it and didn't ask for it."""
    if not user.has_perm("datasets.confirm_erasure"):
        return
    rows = Erasure.objects.visible_to(user).filter(status=Erasure.Status.FOUND).exclude(requested_by=user)
    shown, beyond = _first(rows.order_by("pk"), "Erase rows", f"{reverse('erasures')}?status=found", "eraser")
    for erasure in shown:
        yield Waiting("Erase rows", str(erasure), erasure.get_absolute_url(), icon="eraser")
    yield from beyond


def _intakes(user: User) -> Iterator[Waiting]:
    """Models of which nobody said yet whether they are any, for who may say so."""
    if not user.has_perm("inventory.decide_intake"):
        return
    rows = Model.objects.visible_to(user).filter(status=Model.Status.ACTIVE, intake=Model.Intake.UNDECIDED)
    own = Developer.objects.filter(user=user).values("model")
    rows = rows.exclude(owner=user).exclude(pk__in=own).order_by("pk")
    shown, beyond = _first(rows, "Decide intake", f"{reverse('models')}?intake=undecided", "scale")
    for model in shown:
        yield Waiting("Decide intake", model.name, reverse("decide-intake", args=[model.reference]), icon="scale")
    yield from beyond


def _first(rows: Any, what: str, url: str, icon: str) -> tuple[list[Any], list[Waiting]]:
    """The first of many rows, and one line for all that are left, with the list that has them."""
    shown = list(rows.annotate(of_all=Window(Count("*")))[: MOST + 1])
    if len(shown) <= MOST:
        return shown, []
    return shown[:MOST], [Waiting(what, f"{shown[0].of_all - MOST:,} more", url, icon=icon)]


def _conditions(user: User) -> Iterator[Waiting]:
    if not user.has_perm("approvals.verify_condition"):
        return
    rows = Condition.objects.visible_to(user).binding().filter(status="fulfilled").exclude(fulfilled_by=user)
    for condition in rows.select_related("approval"):
        yield Waiting("Verify", condition.text, condition.approval.get_absolute_url(), condition.due, "list-checks")


def _drafts(user: User) -> Iterator[Waiting]:
    mine = ModelVersion.objects.visible_to(user).filter(created_by=user, status=ModelVersion.Status.DRAFT)
    for version in mine.order_by("-pk")[:5]:
        yield Waiting("Your draft", str(version), version.get_absolute_url(), icon="pencil")
