"""What a version's page shows of the rules it need not meet."""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from apps.exceptions import events
from apps.exceptions.models import Exemption
from apps.exceptions.services import has_ended


def exceptions_panel(row: Any, user: Any) -> dict[str, Any] | None:
    """None where there is nothing to say and nothing to ask for."""
    now = timezone.now()
    rows = Exemption.objects.visible_to(user).about(row.reference, row.reference.partition("@")[0]).order_by("-pk")
    lines = [(exemption, exemption.is_live(now)) for exemption in rows]
    may = not has_ended(row) and user.may(str(events.EXEMPTION_PROPOSED.permission), row)
    if not lines and not may:
        return None
    return {"exemptions": lines, "new_url": f"{reverse('propose-exemption')}?subject={row.reference}" if may else ""}
