"""What waits for a person, how the portfolio stands, and where a word is found; all within what they may see."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.selectors import may_look
from apps.approvals import selectors as approvals
from apps.approvals.models import Approval, Condition
from apps.audit.models import Entry
from apps.audit.telling import Told, told
from apps.core import scope
from apps.core.dates import today
from apps.datasets.models import Dataset
from apps.findings.models import Finding
from apps.inventory.models import Model, ModelVersion
from apps.validations.models import Validation

RECENT, FOUND = 8, 10
SHORTEST_WORD = 2


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for a person: what it is, since when or until when, and where to go."""

    what: str
    title: str
    url: str
    due: Any = None
    icon: str = "circle"


def approvals_waiting(request: HttpRequest) -> int:
    """How many approvals wait for this person's word; counted among the open ones they may see."""
    return len(approvals.awaiting_asker(request, timezone.now()))


def findings_open(request: HttpRequest) -> int:
    return Finding.objects.visible_to(request.user).open().count()


def waiting_for(user: User, now: datetime, decisions: list[Approval] | None = None) -> list[Waiting]:
    """What waits for `user`, the most urgent first; `decisions` are the approvals among it, where they are known."""
    asked = approvals.awaiting(user, now) if decisions is None else decisions
    found = [*_decisions(asked), *_validations(user), *_attestations(user), *_findings(user), *_conditions(user)]
    found += _drafts(user)
    return sorted(found, key=lambda item: (item.due is None, str(item.due)))


def overdue(user: User, now: datetime) -> list[Waiting]:
    """What is late within what `user` may see, whoever has to act."""
    day = today(now)
    findings = Finding.objects.visible_to(user).open().filter(due__lt=day).order_by("due")[:FOUND]
    conditions = Condition.objects.visible_to(user).binding().exclude(status="verified").filter(due__lt=day)
    late = [Waiting("Finding", str(row), row.get_absolute_url(), row.due, "flag") for row in findings]
    late += [
        Waiting("Condition", row.text, row.approval.get_absolute_url(), row.due, "calendar-x")
        for row in conditions.select_related("approval").order_by("due")[:FOUND]
    ]
    return sorted(late, key=lambda item: item.due)


def portfolio(user: User) -> dict[str, Any]:
    """The models one may see, counted by tier and by where their newest version stands."""
    models = Model.objects.visible_to(user).filter(status=Model.Status.ACTIVE)
    tiers = dict(models.order_by().values_list("tier").annotate(Count("pk")))
    versions = ModelVersion.objects.visible_to(user).filter(model__status=Model.Status.ACTIVE)
    newest: dict[int, str] = dict(versions.order_by("pk").values_list("model_id", "status"))
    labels = dict(ModelVersion.Status.choices)
    by_status = Counter(newest.values())
    total = sum(tiers.values())
    without = total - len(newest)
    return {
        "total": total,
        "tiers": [(f"Tier {tier}" if tier else "No tier", tier, tiers[tier]) for tier in sorted(tiers, key=_tier)],
        "statuses": [
            *[("No version yet", "proposed", without)] * bool(without),
            *[(labels[status], status, by_status[status]) for status in labels if status in by_status],
        ],
    }


def recent(user: User) -> list[Told]:
    """The last things that happened to what one may see."""
    rows = Entry.objects.exclude(root_reference="")
    if not user.sees_everything:
        rows = rows.filter(scope.by_reference(user))
    return told(list(rows.select_related("payload").order_by("-pk")[:RECENT]))


def search(user: User, words: str) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Where `words` are found: [(heading, [(title, note, url)])], only among what `user` may see; no url, no page."""
    words = words.strip()
    if len(words) < SHORTEST_WORD or "\x00" in words:
        return []
    return [(heading, found) for heading, found in _search(user, words) if found]


def _search(user: User, words: str) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    named = Q(reference__icontains=words)
    models = Model.objects.visible_to(user).filter(named | Q(name__icontains=words) | Q(purpose__icontains=words))
    yield "Models", [(m.name, m.reference, m.get_absolute_url()) for m in models.order_by("-pk")[:FOUND]]
    versions = ModelVersion.objects.visible_to(user).filter(named).select_related("model")
    yield (
        "Versions",
        [
            (f"{v.model.name} {v.number}", v.get_status_display(), v.get_absolute_url())
            for v in versions.order_by("-pk")[:FOUND]
        ],
    )
    datasets = Dataset.objects.visible_to(user).filter(named | Q(name__icontains=words))
    yield "Datasets", [(d.name, d.reference, d.get_absolute_url()) for d in datasets.order_by("-pk")[:FOUND]]
    findings = Finding.objects.visible_to(user).filter(
        named | Q(title__icontains=words) | Q(description__icontains=words)
    )
    yield "Findings", [(f.title, f.reference, f.get_absolute_url()) for f in findings.order_by("-pk")[:FOUND]]
    approvals = Approval.objects.visible_to(user).filter(named | Q(title__icontains=words))
    yield (
        "Approvals",
        [(a.title, f"{a.reference}, {a.get_status_display()}", a.get_absolute_url()) for a in approvals[:FOUND]],
    )
    people = _people(user).filter(Q(name__icontains=words) | Q(email__icontains=words))
    yield "People", [(p.name, p.title or p.email, _person(p, user)) for p in people.order_by("name")[:FOUND]]


def _people(user: User) -> Any:
    """Whom `user` may look up: everybody for who keeps or audits people, else those of their own units."""
    people = User.objects.people().filter(is_active=True)
    return people if may_look(user) else people.filter(memberships__unit__in=user.unit_ids).distinct()


def _person(person: User, reader: User) -> str:
    """Where their page is; "" where `reader` may not look at it."""
    return reverse("person", args=[person.reference]) if person == reader or may_look(reader) else ""


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
    asked = (ModelVersion.Status.IN_VALIDATION, ModelVersion.Status.IN_APPROVAL)
    mine = ModelVersion.objects.visible_to(user).filter(model__owner=user)
    for version in mine.filter(status__in=asked, acceptances=None):
        yield Waiting("Attest the use", str(version), version.get_absolute_url(), icon="signature")


def _findings(user: User) -> Iterator[Waiting]:
    for finding in Finding.objects.visible_to(user).filter(responsible=user, status=Finding.Status.PLANNED):
        yield Waiting("Mend", finding.title, finding.get_absolute_url(), finding.due, "flag")
    if user.has_perm("findings.verify_finding"):
        rows = Finding.objects.visible_to(user).filter(status=Finding.Status.IN_VERIFICATION)
        for finding in rows.exclude(responsible=user).exclude(reported_by=user):
            yield Waiting("Verify", finding.title, finding.get_absolute_url(), finding.due, "flag")


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


def _tier(tier: int | None) -> int:
    return 9 if tier is None else tier
