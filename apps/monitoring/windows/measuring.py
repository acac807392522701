"""Every figure of a window's rows of one use, and the counts that windows add up from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from apps.measures.counts import Counts
from apps.measures.definitions import Family
from apps.measures.drift import drift_results
from apps.measures.measuring import measure
from apps.measures.profiles import Profile
from apps.measures.results import NotAvailable
from apps.measures.spec import Spec
from apps.measures.tables import Table
from apps.monitoring.reference import Reference

if TYPE_CHECKING:
    import pyarrow as pa

ROWWISE = (Family.PERFORMANCE, Family.CALIBRATION, Family.FAIRNESS)


@dataclass(frozen=True)
class Measured:
    """Results in the API's shape, the window's profile, and its counts as they are stored."""

    results: list[dict[str, Any]]
    profile: Profile
    counts: dict[str, Any]


def measured(rows: pa.Table, labelled: pa.Table, reference: Reference, frozen: Profile) -> Measured:
    """Measure a window's rows; those with an outcome once more where outcomes are compared."""
    spec = reference.spec
    profile = _counted(rows, labelled, spec, frozen)
    axes = {name: axis for name, axis in frozen.axes.items() if name in profile.cells}
    results = measure(rows, spec, ROWWISE) + drift_results(replace(frozen, axes=axes), profile, spec)
    with Table(rows) as table:
        groups = _groups(table, spec)
    counts = {"profile": profile.as_dict(axes=False), "groups": groups}
    return Measured([result.as_dict() for result in results], profile, counts)


def _counted(rows: pa.Table, labelled: pa.Table, spec: Spec, frozen: Profile) -> Profile:
    """Counts over the frozen cells. Outcomes that have not arrived are not a shift: they are left out."""
    profile = frozen.count(rows, spec)
    cells = {name: found for name, found in profile.cells.items() if name != spec.target}
    if labelled.num_rows and spec.target in frozen.axes:
        only = replace(frozen, axes={spec.target: frozen.axes[spec.target]})
        cells |= only.count(labelled, spec).cells
    return replace(profile, cells=cells)


def _groups(table: Table, spec: Spec) -> dict[str, Any] | None:
    if not spec.protected:
        return None
    try:
        return Counts.read(table, spec).as_dict()
    except NotAvailable:
        return None
