"""Why a version came back, on its page and to its developers; and which version waits for a validator."""

from dataclasses import dataclass

from apps.accounts.models import User
from apps.approvals import events as approvals
from apps.approvals.models import Approval
from apps.audit.models import Entry
from apps.audit.selectors import names, said
from apps.inventory import events
from apps.inventory.models import ModelVersion
from apps.notifications.rules import notify, who_may

# Of each event, by which a version comes back, or of what caused it: the page's words, and the inbox's
WORDS = {
    events.VERSION_RETURNED.verb: ("Sent back by {who}", "{who} sent {what} back: {why}"),
    events.VERSION_WITHDRAWN.verb: ("Taken back by {who}", "{who} took {what} back: {why}"),
    events.GATES_FAILED.verb: ("Came back", "{what} went back: {why}"),
    events.VALIDATION_FAILED.verb: ("Found not fit by {who}", "{who} found {what} not fit: {why}"),
    events.VERSION_REJECTED.verb: ("Rejected by {who}", "{who} rejected {what}: {why}"),
    approvals.DECISION_SIGNED.verb: ("Sent back by {who}", "{who} sent {what} back: {why}"),
    approvals.APPROVAL_WITHDRAWN.verb: ("Taken back by {who}", "{who} took {what} back: {why}"),
    approvals.APPROVAL_RETURNED.verb: ("Came back", "{what} went back: {why}"),
}
BACK = (
    events.VERSION_RETURNED,
    events.VERSION_WITHDRAWN,
    events.GATES_FAILED,
    events.VALIDATION_FAILED,
    events.VERSION_REJECTED,
    events.VERSION_SENT_BACK,
)
ENDED_BY_AN_APPROVAL = (events.VERSION_REJECTED.verb, events.VERSION_SENT_BACK.verb)


@dataclass(frozen=True)
class Return:
    """One time that a version came back: the title says how, the reason is what was written."""

    entry: Entry
    words: tuple[str, str]
    reason: str
    approval: Approval | None

    @property
    def title(self) -> str:
        return self.words[0].format(who=_name(self.entry))

    def sentence(self, version: ModelVersion) -> str:
        what = f"{version.model.name} {version.number}"
        return self.words[1].format(who=_name(self.entry), what=what, why=self.reason)


def register() -> None:
    """Said once, in AppConfig.ready()."""
    for event in BACK:
        by_itself = event == events.GATES_FAILED  # in the name of who submitted it, hours later
        notify(event, recipients=concerned, sentence=_why_back, tells_the_actor=by_itself)
    notify(
        events.EVIDENCE_ACCEPTED,
        recipients=concerned,
        sentence="{subject} passed its gates and waits for a validator.",
        tells_the_actor=True,
    )
    notify(events.EVIDENCE_ACCEPTED, recipients=independent_validators, sentence="{subject} waits for a validator.")


def _why_back(entry: Entry) -> str:
    return came_back(entry).sentence(_version(entry))


def concerned(entry: Entry) -> set[User]:
    """Who owns and who built the version."""
    version = _version(entry)
    return {version.owner, *version.developers}


def independent_validators(entry: Entry) -> set[User]:
    """Who may validate it and has no part in it."""
    return set(who_may("validations.add_validation")(entry)) - concerned(entry)


def last_return(version: ModelVersion) -> Return | None:
    """How a draft or a rejected version came to be so; None where it never went further."""
    if version.status not in (ModelVersion.Status.DRAFT, ModelVersion.Status.REJECTED):
        return None
    rows = Entry.objects.filter(subject_kind=version.kind, subject_reference=version.reference)
    entry = rows.filter(verb__in=[event.verb for event in BACK]).order_by("-pk").first()
    return came_back(entry) if entry else None


def came_back(entry: Entry) -> Return:
    """What the ledger says of one return. Where an approval ended, the reason is what was said there."""
    reason = _note(entry)
    if entry.verb not in ENDED_BY_AN_APPROVAL:
        return Return(entry, WORDS[entry.verb], reason, None)
    approval = Approval.objects.filter(reference=reason).first()
    ending = Entry.objects.filter(subject_reference=reason, verb=entry.cause, pk__lt=entry.pk).order_by("-pk").first()
    words = WORDS.get(entry.verb) or WORDS.get(entry.cause, WORDS[events.VERSION_RETURNED.verb])
    return Return(entry, words, _note(ending) if ending else "", approval)


def _note(entry: Entry) -> str:
    return str((said(entry) or {}).get("note", ""))


def _name(entry: Entry) -> str:
    return names([entry.actor]).get(entry.actor, entry.actor)


def _version(entry: Entry) -> ModelVersion:
    return ModelVersion.objects.select_related("model__owner", "created_by").get(reference=entry.subject_reference)
