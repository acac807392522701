"""One use, however it is spelled: senders write names by hand, and approvals are not about capitals and blanks."""

from collections.abc import Iterable, Mapping


def folded(name: str) -> str:
    """What is the same for every spelling of a use."""
    return " ".join(name.split()).casefold()


def spellings(said: Mapping[str, int], known: Iterable[str]) -> dict[str, str]:
    """The one spelling for each that was said: the model's own, or else the commonest.

    Args:
        said: how many rows say so, by spelling.
        known: the model's uses, as they are written there.
    """
    own = {folded(name): name for name in known}
    for name in sorted(said, key=lambda each: (-said[each], each)):
        own.setdefault(folded(name), " ".join(name.split()))
    return {name: own[folded(name)] for name in said}
