"""Rules about the rooms that come before this one and so can't say them: people and the ledger."""

from collections.abc import Iterable

from apps.accounts import events
from apps.accounts.models import RoleGrant, User
from apps.audit.models import Entry
from apps.notifications.reading import name_of
from apps.notifications.rules import notify, who_may

ADMINISTRATORS = who_may("accounts.change_reset")

NOT_YOU = "If it wasn't you, tell an administrator at once."
ON_THE_OWN_ACCOUNT = {
    events.PASSWORD_CHANGED: f"Your password was changed. {NOT_YOU}",
    events.CODES_ENDED: f"One-time codes no longer guard your account. {NOT_YOU}",
    events.RECOVERY_CODE_USED: f"A recovery code was used to log in as you. {NOT_YOU}",
}


def the_person(entry: Entry) -> Iterable[User]:
    """Whom an event about a person is about."""
    number = entry.subject_reference.removeprefix("USR-")
    return User.objects.filter(pk=int(number)) if number.isdecimal() else []


def the_person_and_administrators(entry: Entry) -> Iterable[User]:
    return {*the_person(entry), *ADMINISTRATORS(entry)}


def holder_of_the_role(entry: Entry) -> Iterable[User]:
    return User.objects.filter(role_grants__reference=entry.subject_reference)


def _locked(entry: Entry) -> str:
    name = name_of(entry.subject_reference)
    return f"Five wrong tries locked signing for {name} for 15 minutes. If it was not {name}, tell an administrator."


def _role(words: str):
    def sentence(entry: Entry) -> str:
        grant = RoleGrant.objects.select_related("user").get(reference=entry.subject_reference)
        return words.format(actor=name_of(entry.actor), role=grant.role_title, person=grant.user.name)

    return sentence


def say_who_is_told() -> None:
    """Called once, when the room is ready."""
    notify(events.SIGNING_LOCKED, recipients=the_person_and_administrators, sentence=_locked)
    notify(
        events.ROLE_REQUESTED,
        recipients=who_may("accounts.change_rolegrant"),
        sentence=_role("{actor} asks for the role {role} for {person}; a second administrator has to confirm it."),
    )
    notify(
        events.ROLE_GRANTED,
        recipients=holder_of_the_role,
        sentence=_role("{actor} confirmed your role: {role}."),
    )
    notify(
        events.RESET_REQUESTED,
        recipients=who_may("accounts.change_reset"),
        sentence="{actor} asks for a reset ({reference}); a second administrator has to carry it out.",
    )
    for event, sentence in ON_THE_OWN_ACCOUNT.items():
        notify(event, recipients=the_person, sentence=sentence, tells_the_actor=True)
