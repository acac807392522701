"""What is late, how the portfolio stands, and where a word is found; all within what a person may see."""

from collections import Counter
from collections.abc import Iterator
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
from apps.web.waiting import Waiting

RECENT, FOUND = 8, 10
SHORTEST_WORD = 2


def approvals_waiting(request: HttpRequest) -> int:
    """How many approvals wait for this person's word; counted among the open ones they may see."""
    return len(approvals.awaiting_asker(request, timezone.now()))


def findings_open(request: HttpRequest) -> int:
    return Finding.objects.visible_to(request.user).open().count()


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
    """The models one may see, and of those that are not retired, how many are in each tier and where they stand."""
    counted = Model.objects.visible_to(user).order_by().values_list("status", "tier").annotate(Count("pk"))
    counts = {(status, tier): count for status, tier, count in counted}
    retired = sum(count for (status, _), count in counts.items() if status == Model.Status.RETIRED)
    tiers = {tier: count for (status, tier), count in counts.items() if status == Model.Status.ACTIVE}
    versions = ModelVersion.objects.visible_to(user).filter(model__status=Model.Status.ACTIVE)
    newest: dict[int, str] = dict(versions.order_by("pk").values_list("model_id", "status"))
    labels = dict(ModelVersion.Status.choices)
    by_status = Counter(newest.values())
    active = sum(tiers.values())
    without = active - len(newest)
    return {
        "total": active + retired,
        "retired": retired,
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


def _tier(tier: int | None) -> int:
    return 9 if tier is None else tier
