"""Who may validate: nobody with a part in the version, and nobody who came when it was under way already."""

from apps.accounts.arrivals import Arrivals
from apps.accounts.models import User
from apps.accounts.roles import permissions_of
from apps.core import subjects
from apps.inventory.models import ModelVersion
from apps.validations import events
from apps.validations.models import Validation

CONCLUDES = str(events.VALIDATION_CONCLUDED.permission)


def objection(user: User, version: ModelVersion, validation: Validation | None = None) -> str | None:
    """Why `user` can't validate `version`, as a sentence; None where they can.

    Args:
        validation: the one that is open; a revalidation is under way since it was asked for, all else since the
            version was submitted last.
    """
    if user == version.owner or user in version.developers:
        return "You developed or own it, so somebody else has to validate it."
    again = validation is not None and validation.sort == Validation.Sort.REVALIDATION
    since = validation.opened_at if validation and again else subjects.subject_of(version.kind).asked_at(version)
    roles = [role for role in user.roles if CONCLUDES in permissions_of(role)]
    late = Arrivals([user]).late(user, roles, since, version.model) if since else None
    what = "this revalidation was asked for" if again else f"{version.reference} was submitted"
    return late.after(what, "has to validate it") if late else None


def at_it(validation: Validation) -> User | None:
    """Who is at an open validation and can conclude it; None where another has to take it on."""
    person = validation.validator
    able = person is not None and person.may(CONCLUDES, validation)
    return person if person and able and objection(person, validation.version, validation) is None else None
