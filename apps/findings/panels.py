"""What a model's and a version's page show of their findings."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from apps.core.dates import overdue
from apps.core.scope import root_reference
from apps.findings import events
from apps.findings.models import Finding

SHOWN = 20


def findings_panel(row: Any, user: Any) -> dict[str, Any]:
    """The findings about a row, those that are open first, and the way to open one.

    A model's are those of its versions, too: each then says what it is about.
    """
    whole = row.reference == root_reference(row)
    rows = Finding.objects.visible_to(user).select_related("responsible")
    rows = rows.filter(root_reference=row.reference) if whole else rows.about(row.reference)
    ordered = sorted(rows, key=lambda finding: (finding.status == Finding.Status.CLOSED, finding.due))
    may_open = user.may(str(events.FINDING_OPENED.permission), row)
    return {
        "findings": [line(finding) for finding in ordered[:SHOWN]],
        "total": len(ordered),
        "about": whole,
        "all_url": f"{reverse('findings')}?{urlencode({'subject': row.reference})}",
        "new_url": f"{reverse('open-finding')}?subject={row.reference}" if may_open else "",
    }


def line(finding: Finding) -> dict[str, Any]:
    """A finding on a list, with whether it is late."""
    late = finding.status != Finding.Status.CLOSED and overdue(finding.due, timezone.now())
    return {"row": finding, "overdue": late}
