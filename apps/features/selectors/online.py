"""The latest values of features by key, as programs read them while they serve."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery

from apps.accounts.models import User
from apps.core.allowed import not_allowed
from apps.core.errors import BadInput, NotYet
from apps.features.models import FeatureView, FeatureViewVersion, Materialisation
from apps.features.online import Known, store
from apps.features.online.keys import NoKey, key_text, micros_of, moment
from apps.features.online.stores import by_place

READ_VALUES = "features.read_values"
MOST_KEYS = 1_000
SECOND = 1_000_000


@dataclass(frozen=True)
class Wanted:
    """Features of one version, by name; all of them where there are none.

    Attributes:
        named: what the caller calls the view: FV-0001, or FV-0001@2.
        types: its keys in their order, each with its type.
    """

    named: str
    version: FeatureViewVersion
    types: Mapping[str, str]
    features: tuple[str, ...] = ()

    def names(self) -> list[str]:
        return list(self.features) or [one.name for one in self.version.definition.features]


def wanted(asked: Mapping[str, Sequence[str]], user: User) -> list[Wanted]:
    """The versions that are asked for, each with its keys: one query.

    Args:
        asked: by what the caller calls a view, the names of features; all of them where there are none.

    Raises:
        BadInput: there is no such view in force or version, no such feature, or its values aren't kept; by name.
        PermissionDenied: `user` may see one of them and not read its values.
        NotYet: its values have not been made yet.
    """
    views = {named: named.partition("@")[0] for named in asked}
    made = Materialisation.objects.filter(version=OuterRef("pk"), status=Materialisation.Status.DONE)
    rows: Any = FeatureViewVersion.objects.visible_to(user).filter(view__reference__in=views.values())
    rows = rows.filter(status__in=FeatureViewVersion.USABLE, view__status=FeatureView.Status.ACTIVE)
    rows = rows.select_related("view__source").annotate(
        key_types=Subquery(made.order_by("-pk").values("key_types")[:1])
    )
    known: dict[str, FeatureViewVersion] = {}
    for row in rows:
        known[row.reference] = row
        if row.status == FeatureViewVersion.Status.PUBLISHED:
            known[row.view.reference] = row
    return [_wanted(named, known.get(named), tuple(features), user) for named, features in asked.items()]


def _wanted(named: str, version: Any, features: tuple[str, ...], user: User) -> Wanted:
    if version is None:
        raise BadInput(errors={"features": [f"There is no {named} in force, or you may not see it."]})
    if not user.may(READ_VALUES, version):
        raise not_allowed(user, READ_VALUES)
    unknown = next((name for name in features if version.definition.feature(name) is None), None)
    if unknown is not None:
        raise BadInput(errors={"features": [f"{version.reference} has no feature “{unknown}”."]})
    if not version.definition.online:
        raise BadInput(errors={"features": [f"{version.reference} says that its values are not kept online."]})
    if version.key_types is None:
        raise NotYet(f"The values of {version.reference} have not been made yet. Ask for them, or wait for the job.")
    return Wanted(named, version, dict(version.key_types), features)


def read_online(wanted: Sequence[Wanted], keys: Sequence[Any], now: datetime) -> list[dict[str, Any]]:
    """What is known of each key, in one question to the store.

    A key has the parts that the views ask for. Where a view knows nothing of it, or its row is past its time to live,
    there are no values.

    Returns:
        By key: {key, values: {"FV-0001:balance": value}, views: {"FV-0001@2": {found, event_time, created_time,
        materialised_at, age_seconds, expired}}}.

    Raises:
        BadInput: a key isn't one; by its place.
        Unavailable: the store can't be reached.
    """
    texts = _texts(wanted, keys)
    every = list(dict.fromkeys(text for row in texts for text in row))
    found = by_place(store().read([one.version.pk for one in wanted], every))
    at = micros_of(now)
    return [_shown(key, row, wanted, found, at) for key, row in zip(keys, texts, strict=True)]


def _texts(wanted: Sequence[Wanted], keys: Sequence[Any]) -> list[list[str]]:
    """The text of each key for each version: views of different entities take their own parts of a key."""
    parts = {name for one in wanted for name in one.types}
    errors: dict[str, list[str]] = {}
    texts = []
    for place, key in enumerate(keys):
        try:
            if not isinstance(key, Mapping) or set(key) - parts:
                raise NoKey(f"A key here is {', '.join(sorted(parts))}, each with its value.")
            texts.append([key_text({n: key[n] for n in one.types if n in key}, one.types) for one in wanted])
        except NoKey as wrong:
            errors[f"keys[{place}]"] = [str(wrong)]
    if errors:
        raise BadInput(errors=errors)
    return texts


def _shown(
    key: Any, texts: list[str], wanted: Sequence[Wanted], found: Mapping[tuple[int, str], Known], at: int
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    views: dict[str, Any] = {}
    for one, text in zip(wanted, texts, strict=True):
        known = found.get((one.version.pk, text))
        told, lives = _standing(one, known, at)
        views[one.version.reference] = told
        content = json.loads(known.row.content) if known is not None and lives else {}
        values |= {f"{one.named}:{name}": content.get(name) for name in one.names()}
    return {"key": key, "values": values, "views": views}


def _standing(one: Wanted, known: Known | None, at: int) -> tuple[dict[str, Any], bool]:
    """How old what is known is, and whether it may still be used."""
    if known is None:
        return {"found": False}, False
    age, ttl = at - known.row.event, one.version.definition.lifetime
    expired = ttl is not None and age > int(ttl.total_seconds()) * SECOND
    told = {
        "found": True,
        "event_time": moment(known.row.event),
        "created_time": moment(known.row.created),
        "materialised_at": moment(known.as_of),
        "age_seconds": age / SECOND,
        "expired": expired,
    }
    return told, not expired
