"""Tables that a step makes: each becomes the next version of a dataset, so the rules for data hold for it."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from apps.audit.acts import act
from apps.core.errors import BadInput
from apps.datasets.models import Dataset
from apps.datasets.services.tables import Prepared, add_version, prepare_file, register_dataset
from apps.jobs.errors import CannotBeDone
from apps.pipelines import events
from apps.pipelines.models import KeptDataset
from apps.pipelines.steps.context import Context, table_output


def prepared(path: Path, metadata: Mapping[str, Any] | None, context: Context, output: str) -> Prepared:
    """A file that the step made, read and typed. Slow.

    Raises:
        CannotBeDone: it is no table.
    """
    try:
        return prepare_file(path, filename=f"{context.run.reference}-{output}.parquet", metadata=metadata)
    except BadInput as refusal:
        raise CannotBeDone(f"What it gave as {output} is no table that can be kept: {refusal}") from refusal


def keep(
    context: Context, output: str, made: Prepared, into: str | None, like: Dataset | None, now: datetime
) -> dict[str, Any]:
    """Make a prepared table a version of `into`, or of the dataset that is kept for this output.

    Args:
        like: the dataset whose classification and description a new one takes over.
    """
    dataset = _named(context, into) if into else _kept(context, output, like, now)
    version, _ = add_version(actor=context.actor, dataset=dataset, prepared=made, now=now)
    return table_output(version)


def parts_still_in(metadata: Mapping[str, Any], columns: list[str]) -> dict[str, Any]:
    """What was said of a table's columns, for a table that has some of them."""
    found = {part: kept for part, said in metadata.items() if (kept := _still_in(part, said, columns))}
    if "target" not in found:
        found.pop("labels", None)
    return found


def _still_in(part: str, said: Any, columns: list[str]) -> Any:
    if part == "labels":  # of the target, no columns
        return said
    if isinstance(said, list):
        return [name for name in said if _column(name) in columns]
    return said if not isinstance(said, str) or said in columns else None


def _column(said: Any) -> str:
    return str(said["column"]) if isinstance(said, dict) else str(said)


def _named(context: Context, reference: str) -> Dataset:
    found: Dataset | None = Dataset.objects.visible_to(context.actor).filter(reference=reference).first()
    if found is None:
        raise CannotBeDone(f"There is no {reference} that {context.actor}, whom this pipeline acts as, may see.")
    return found


def _kept(context: Context, output: str, like: Dataset | None, now: datetime) -> Dataset:
    """The dataset of this pipeline's output, registered when its first table comes."""
    pipeline, name = context.pipeline, f"{context.said.name}.{output}"
    known = KeptDataset.objects.filter(pipeline=pipeline, output=name).select_related("dataset").first()
    if known is not None:
        return known.dataset
    dataset = register_dataset(
        actor=context.actor,
        name=f"{pipeline.name}: {name}"[:120],
        description=f"What the step {context.said.name} of {pipeline.reference} makes.",
        classification=like.classification if like else Dataset.Classification.CONFIDENTIAL,
        business_unit=pipeline.model.business_unit,
        now=now,
    )
    with act(
        events.DATASET_KEPT,
        actor=context.actor,
        subject=pipeline,
        now=now,
        note=f"{dataset.reference} for {name}",
        cause=events.RUN_BEGUN.verb,
    ):
        KeptDataset.objects.create(pipeline=pipeline, output=name, dataset=dataset)
    return dataset
