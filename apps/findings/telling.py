"""Whom events of findings concern."""

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.core.scope import find_root
from apps.findings import events
from apps.findings.models import Finding
from apps.notifications.rules import notify


def register() -> None:
    """Said once, in AppConfig.ready()."""
    notify(events.FINDING_OPENED, recipients=concerned, sentence="{actor} opened a finding: {subject}.")
    notify(events.PLAN_AGREED, recipients=concerned, sentence="{actor} agreed a plan: {subject}.")
    notify(events.REMEDIATION_REPORTED, recipients=concerned, sentence="{actor} reports as mended: {subject}.")
    notify(events.REMEDIATION_REFUSED, recipients=concerned, sentence="{actor} was not convinced: {subject}.")
    notify(events.FINDING_CLOSED, recipients=concerned, sentence="{actor} verified and closed {subject}.")
    notify(events.FINDING_OVERDUE, recipients=concerned, sentence="Overdue: {subject}.")


def concerned(entry: Entry) -> set[User]:
    """Who opened it, who is to mend it, who answers for what it is about."""
    finding = Finding.objects.select_related("opened_by", "responsible").get(reference=entry.subject_reference)
    owner = getattr(find_root(finding.root_reference), "owner", None) if finding.root_reference else None
    return {person for person in (finding.opened_by, finding.responsible, owner) if person}
