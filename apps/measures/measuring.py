"""The one entry point: a scored table and what its columns mean in, results out."""

from collections.abc import Iterable, Iterator
from typing import Any

from apps.measures import catalogue
from apps.measures.definitions import Definition, Family
from apps.measures.profiles import Profile
from apps.measures.results import Result
from apps.measures.sample import Sample
from apps.measures.spec import Spec
from apps.measures.tables import Table

FROM_TABLES = (Family.PERFORMANCE, Family.CALIBRATION, Family.FAIRNESS, Family.DRIFT)


def measure(
    table: Any, spec: Spec, families: Iterable[Family | str] | None = None, reference: Any = None
) -> list[Result]:
    """Every measure of the catalogue that suits the task, over one scored table.

    Args:
        table: a Parquet file's path, an Arrow table, a pandas frame or a mapping of columns, scored already.
        spec: what its columns mean.
        families: which to compute; all that a table gives, unless named.
        reference: a table, or a frozen profile, for drift; without it drift is left out.
    Returns:
        results in the catalogue's order, each with n and interval; what has no value says why in `reason`.
    Raises:
        KeyError: the spec names a column that the table lacks.
        ValueError: a label or a bin doesn't fit its column.

    >>> from apps.measures.spec import Task
    >>> scored = {"y": [0, 0, 1, 1], "p": [0.1, 0.4, 0.35, 0.8]}
    >>> spec = Spec(task=Task.BINARY, target="y", scores=("p",), positive_label=1, min_n=1)
    >>> [round(r.value, 2) for r in measure(scored, spec) if r.measure == "auc"]
    [0.75]
    """
    wanted = set(FROM_TABLES if families is None else map(Family, families))
    if reference is None:
        wanted.discard(Family.DRIFT)
    chosen = [found for found in catalogue.definitions() if found.family in wanted and spec.task in found.tasks]
    with Table(table) as opened:
        frozen = reference if reference is None or isinstance(reference, Profile) else Profile.freeze(reference, spec)
        sample = Sample.read(opened, spec, frozen)
        return [result for found in chosen if found.compute is not None for result in _results(found, sample)]


def _results(definition: Definition, sample: Sample) -> Iterator[Result]:
    yield from definition.run(sample)
    if definition.sliced:
        for part in sample.slices():
            yield from definition.run(part)
