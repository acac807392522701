"""A batch may bring rows of several versions: each is checked by what its own was tested with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from apps.monitoring.intake.checking import Checked, Versions, check_outcomes, check_predictions, versions_said
from apps.monitoring.intake.reading import ROW
from apps.monitoring.reference import Reference

if TYPE_CHECKING:
    from datetime import datetime

    import pyarrow as pa


def check_each(table: pa.Table, references: Mapping[str, Reference], versions: Versions, now: datetime) -> Checked:
    """Predictions, each row by its version's reference.

    Args:
        references: by version, the newest plan's first; rows of other versions are rejected by any.
    """
    import pyarrow.compute as pc

    said = versions_said(table, versions.model)
    newest, *_ = references
    at = [name for name in references if pc.any(pc.equal(said, name)).as_py()]
    if len(at) < 2 and pc.all(pc.equal(said, (at or [newest])[0])).as_py():
        return check_predictions(table, references[at[0]], versions, now)
    parts = []
    for name in at:
        found = check_predictions(table.filter(pc.equal(said, name)), references[name], versions, now)
        parts.append(
            replace(found, notes=[f"{name}: {note}" for note in found.notes] if len(at) > 1 else found.notes)
        )
    strange = pc.fill_null(pc.invert(pc.is_in(said, value_set=_names(at))), True)
    others = check_predictions(table.filter(strange), references[newest], versions, now)
    return _together([*parts, replace(others, notes=others.notes if not at else [])])


def check_any(table: pa.Table, references: Sequence[Reference], now: datetime) -> Checked:
    """Outcomes, which don't say of which version: taken where any version's reference knows them, the first first."""
    import pyarrow as pa
    import pyarrow.compute as pc

    checked, tried = None, set()
    for reference in references:
        known = (reference.target_type, *reference.outcomes)
        if known in tried:
            continue
        tried.add(known)
        if checked is None:
            checked = check_outcomes(table, reference, now)
        elif checked.rejections:
            rows = pa.array([said["row"] for said in checked.rejections], pa.int64())
            again = check_outcomes(table.filter(pc.is_in(table.column(ROW), value_set=rows)), reference, now)
            still = {said["row"] for said in again.rejections}
            rejected = [said for said in checked.rejections if said["row"] in still]
            checked = replace(_together([checked, replace(again, rejections=[])]), rejections=rejected)
    assert checked is not None
    return checked


def _names(names: Sequence[str]) -> pa.Array:
    import pyarrow as pa

    return pa.array(names, pa.string())


def _together(parts: Sequence[Checked]) -> Checked:
    """Parts of one batch in the rows' order. A column that two versions know by different types is kept as text."""
    import pyarrow as pa

    kinds: dict[str, set[pa.DataType]] = {}
    for part in parts:
        for field in part.good.schema:
            kinds.setdefault(field.name, set()).add(field.type)
    mixed = {name for name, found in kinds.items() if len(found) > 1}
    tables = [_as_text(part.good, mixed) for part in parts]
    good = pa.concat_tables(tables, promote_options="default").sort_by(ROW)
    rejections = sorted((said for part in parts for said in part.rejections), key=lambda said: said["row"])
    return Checked(good, rejections, [note for part in parts for note in part.notes])


def _as_text(table: pa.Table, names: set[str]) -> pa.Table:
    import pyarrow as pa

    for place, field in enumerate(table.schema):
        if field.name in names:
            table = table.set_column(place, field.name, table.column(place).cast(pa.string()))
    return table
