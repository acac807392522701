"""Who may know of what.

A root (a model, a dataset) belongs to a business unit. Everything else hangs on a root, and says by SCOPE how:

    ""                 it is a root itself and has `business_unit`
    "version__model"   the path of foreign keys to its root
    "root_reference"   it holds its root's reference as text (rooms that know subjects by reference only)
    None               everybody who is signed in may see it (policies)

A person sees the roots of their units and those granted to them one by one (guardian); an auditor sees all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Model, Q, QuerySet

BY_REFERENCE = "root_reference"
KEPT = "_root"

_roots: dict[str, type[Model]] = {}


def root(model: type[Model]) -> type[Model]:
    """Class decorator: `model` is a root, found by the prefix of its references."""
    _roots[model.PREFIX] = model  # type: ignore[attr-defined]
    return model


def root_models() -> tuple[type[Model], ...]:
    return tuple(_roots.values())


def visible_roots(model: type[Model], user: Any) -> QuerySet:
    """The rows of one root table that `user` may know of."""
    rows: QuerySet[Any] = QuerySet(model)
    if user.sees_everything:
        return rows
    granted = user.granted_ids(model)
    return rows.filter(Q(business_unit__in=user.unit_ids) | Q(pk__in=granted))


def visible(rows: QuerySet, user: Any) -> Any:
    path = rows.model.SCOPE
    if path is None or user.sees_everything:
        return rows
    if path == BY_REFERENCE:
        return rows.filter(by_reference(user))
    if path == "":
        return rows.filter(Q(business_unit__in=user.unit_ids) | Q(pk__in=user.granted_ids(rows.model)))
    return rows.filter(**{f"{path}__in": visible_roots(_target(rows.model, path), user)})


def by_reference(user: Any, column: str = BY_REFERENCE) -> Q:
    """A condition on a text column that holds a root's reference; "" belongs to nobody and is seen by all."""
    seen = Q(**{column: ""})
    for model in root_models():
        seen |= Q(**{f"{column}__in": visible_roots(model, user).values("reference")})
    return seen


def known(references: Collection[str], user: Any) -> set[str]:
    """Those of the roots named that `user` may know of; "" belongs to nobody and is known to all. A query a kind."""
    found = {""}
    for model in root_models():
        found |= set(visible_roots(model, user).filter(reference__in=references).values_list("reference", flat=True))
    return found


def root_of(row: Any) -> Any:
    """The root that `row` hangs on; None where everybody may see it.

    Raises:
        LookupError: the root it names does not exist.
    """
    path = row.SCOPE
    if path is None:
        return None
    if KEPT in row.__dict__:
        return row.__dict__[KEPT]
    if path == BY_REFERENCE:
        return find_root(row.root_reference) if row.root_reference else None
    for step in filter(None, path.split("__")):
        row = getattr(row, step)
    return row


def keep(rows: Iterable[Any], root: Any) -> None:
    """Have `rows`, which hang on `root`, keep it: a page that asks much of them has read it once already."""
    for row in rows:
        row.__dict__[KEPT] = root


def root_reference(row: Any) -> str:
    """The reference of the root of `row`, "" where it has none; read without a query where `row` holds it."""
    if row.SCOPE == BY_REFERENCE:
        return str(row.root_reference)
    found = root_of(row)
    return "" if found is None else str(found.reference)


def root_kind(reference: str) -> str:
    """The kind of the root that `reference` names: "model"; "" where there is no such root."""
    model = _roots.get(reference.partition("-")[0])
    return "" if model is None else str(model._meta.model_name)


def find_root(reference: str) -> Any:
    return find_roots([reference])[reference]


def find_roots(references: Collection[str]) -> dict[str, Any]:
    """The roots of those references: one query a kind of root, however many they are.

    Raises:
        LookupError: one of them does not exist.
    """
    found: dict[str, Any] = {}
    for prefix in {reference.partition("-")[0] for reference in references}.intersection(_roots):
        rows: Any = QuerySet(_roots[prefix]).filter(reference__in=references)
        found.update((row.reference, row) for row in rows)
    missing = sorted(set(references).difference(found))
    if missing:
        raise LookupError(f"There is no root {missing[0]}.")
    return found


def reaches(user: Any, row: Any) -> bool:
    """Whether `row` lies within the scope of `user`."""
    return holds(user, root_of(row))


def holds(user: Any, root: Any) -> bool:
    """Whether what hangs on `root` lies within the scope of `user`; on None everybody's does."""
    if root is None or user.sees_everything:
        return True
    return root.business_unit_id in user.unit_ids or root.pk in user.granted_ids(type(root))


def _target(model: type[Model], path: str) -> type[Model]:
    for step in path.split("__"):
        model = model._meta.get_field(step).related_model  # type: ignore[assignment]
    return model
