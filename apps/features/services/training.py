"""Every way a training set changes: asked for, built by its job, or refused with a reason."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.acts import act
from apps.core.canonical import digest
from apps.core.errors import BadInput, RuleViolated
from apps.datasets.models import Dataset, DatasetVersion
from apps.datasets.selectors.tables import table_path
from apps.datasets.services.tables import Prepared, add_version, prepare_file, register_dataset
from apps.features import events
from apps.features.joining import Joined, Labels, Tally, join
from apps.features.models import FeatureViewVersion, TrainingRecord, TrainingSet, TrainingSetUse
from apps.features.services.computing import rows_of
from apps.features.services.planning import STRICTEST, Asked, Plan, chosen, plan
from apps.files.receiving import waiting_room
from apps.jobs.errors import CannotBeDone
from apps.jobs.models import Job
from apps.jobs.running import Run
from apps.jobs.services import enqueue

JOB = "features.build_training_set"
Status = TrainingSet.Status
Progress = Callable[[float, str], None]


def request_training_set(
    *,
    actor: User,
    labels: DatasetVersion,
    views: Sequence[Asked],
    now: datetime,
    label_time: str = "",
    target: str = "",
    dataset: Dataset | None = None,
    name: str = "",
) -> TrainingSet:
    """Ask for labels with features as they were known; a job builds them into a version of `dataset`.

    Args:
        dataset: whose next version it becomes; without one, a new dataset called `name` is registered.

    Raises:
        BadInput, Leak, RuleViolated, PermissionDenied: see `planning.plan`; or neither dataset nor name is given.
        RuleViolated: the dataset is handled less carefully than what goes into it.
    """
    planned = plan(actor=actor, labels=labels, asked=views, label_time=label_time, target=target)
    if (dataset is None) == (not name):
        raise BadInput(errors={"dataset": ["Name the dataset whose version it becomes, or a name for a new one."]})
    if dataset is not None:
        _require_as_strict(dataset, planned)
    with transaction.atomic():
        into = dataset or _registered(actor, name, planned, now)
        new = TrainingSet(
            dataset=into,
            labels=labels,
            label_time=planned.label_time,
            target=planned.target,
            views=planned.views,
            requested_by=actor,
            requested_at=now,
        )
        with act(events.TRAINING_SET_REQUESTED, actor=actor, creates=new, now=now) as training_set:
            TrainingSetUse.objects.bulk_create(_uses(training_set, planned))
            job = enqueue(
                JOB,
                now=now,
                requested_by=actor,
                subject_kind=training_set.kind,
                subject_reference=training_set.reference,
                root_reference=into.reference,
                training_set=training_set.reference,
            )
            training_set.job = job.pk
            training_set.save()
        return training_set


def work(run: Run) -> dict[str, Any]:
    """Join, and take the result in. Slow; outside of any transaction."""
    training_set = _of(run.job)
    with tempfile.TemporaryDirectory(dir=waiting_room(), prefix="training-") as folder:
        target = Path(folder) / f"{training_set.reference}.parquet"
        joined = build(training_set, target, run.progress)
        run.progress(0.8, "Taking the table in")
        prepared = prepare_file(target, metadata=metadata_of(training_set))
    return {"prepared": prepared, "document": document_of(training_set, joined, prepared)}


def build(training_set: TrainingSet, target: Path, progress: Progress = lambda share, message: None) -> Joined:
    """The training set as a Parquet file at `target`.

    Raises:
        Leak: it would have known the future.
    """
    rows = []
    for place, entry in enumerate(training_set.views):
        progress(0.3 * place / len(training_set.views), f"Reading {entry['source']}")
        rows.append(
            rows_of(
                FeatureViewVersion.objects.get(reference=entry["view"]),
                DatasetVersion.objects.get(reference=entry["source"]),
                target.parent / f"view_{place}.parquet",
                features=entry["features"],
                keys=entry["keys"],
                prefix=entry["prefix"],
                tried=True,
            )
        )
    labels = Labels(table_path(training_set.labels), training_set.label_time, training_set.target or None)
    return join(labels, rows, target, progress=lambda share, message: progress(0.3 + 0.5 * share, message))


def commit(run: Run, found: dict[str, Any]) -> dict[str, Any]:
    """Make the table a version, and keep what it was made of, in the transaction that ends the job."""
    training_set, now, document = _of(run.job), timezone.now(), found["document"]
    actor = training_set.requested_by
    version, _ = add_version(actor=actor, dataset=training_set.dataset, prepared=found["prepared"], now=now)
    cause = events.TRAINING_SET_REQUESTED.verb
    with act(
        events.TRAINING_SET_BUILT, actor=User.objects.system(), subject=training_set, now=now, cause=cause
    ) as training_set:
        training_set.move_to(Status.BUILT)
        training_set.version, training_set.finished_at = version, now
        training_set.document_digest = digest(document)
        training_set.save()
        TrainingRecord(training_set=training_set, document=document, digest=training_set.document_digest).save()
    return {"training_set": training_set.reference, "version": version.reference, "rows": version.rows}


def failed(job: Job) -> None:
    """The job gave up or was cancelled: the training set says so, and why."""
    training_set = TrainingSet.objects.get(reference=job.parameters["training_set"])
    if training_set.status != Status.REQUESTED:
        return
    reason, now = job.error or "Somebody cancelled it.", timezone.now()
    cause = events.TRAINING_SET_REQUESTED.verb
    with act(
        events.TRAINING_SET_REFUSED,
        actor=User.objects.system(),
        subject=training_set,
        now=now,
        note=reason,
        cause=cause,
    ) as training_set:
        training_set.move_to(Status.REFUSED)
        training_set.error, training_set.finished_at = reason, now
        training_set.save()


def metadata_of(training_set: TrainingSet) -> dict[str, Any]:
    """Which column plays which part: as in the labels, the protected features with their protected columns."""
    said = dict(training_set.labels.metadata)
    if training_set.target:
        said["target"] = training_set.target
    said.setdefault("time_column", training_set.label_time)
    flagged = [
        feature["column"]
        for use in training_set.uses.order_by("pk")
        for feature in use.features
        if feature["protected"]
    ]
    if flagged:
        said["protected"] = [*said.get("protected", []), *flagged]
    return said


def document_of(training_set: TrainingSet, joined: Joined, prepared: Prepared) -> dict[str, Any]:
    """What the training set was made of, and how its labels fared: the record that its event names by digest."""
    views = zip(training_set.views, joined.tallies, strict=True)
    return {
        "training_set": training_set.reference,
        "labels": {
            "version": training_set.labels.reference,
            "digest": training_set.labels.digest,
            "rows": joined.labels,
            "time": training_set.label_time,
            "target": training_set.target,
        },
        "views": [_fared(entry, tally) for entry, tally in views],
        "result": {"digest": prepared.digest, "rows": prepared.rows},
    }


def _fared(entry: dict[str, Any], tally: Tally) -> dict[str, Any]:
    version = FeatureViewVersion.objects.get(reference=entry["view"])
    source = DatasetVersion.objects.get(reference=entry["source"])
    features = []
    for name in entry["features"]:
        feature, column = version.definition.feature(name), f"{entry['prefix']}{name}"
        assert feature is not None
        features.append(
            {
                "name": name,
                "column": column,
                "protected": feature.protected,
                "missing": tally.missing(column),
                "empty": tally.empty[column],
                "not_finite": tally.not_finite[column],
            }
        )
    return {
        **entry,
        "digest": version.digest,
        "source_digest": source.digest,
        "ttl": version.definition.ttl,
        "labels": {name: getattr(tally, name) for name in ("keyless", "unmatched", "expired", "matched")},
        "features": features,
    }


def _registered(actor: User, name: str, planned: Plan, now: datetime) -> Dataset:
    return register_dataset(
        actor=actor,
        name=name,
        now=now,
        description=f"Training sets from {planned.labels.dataset.reference} {planned.labels.dataset.name}.",
        classification=planned.classification,
        business_unit=planned.labels.dataset.business_unit,
    )


def _require_as_strict(dataset: Dataset, planned: Plan) -> None:
    if STRICTEST.index(dataset.classification) > STRICTEST.index(planned.classification):
        wanted = Dataset.Classification(planned.classification).label.lower()
        here = dataset.get_classification_display().lower()
        raise RuleViolated(
            f"{dataset.reference} is {here}, and what would go into it is {wanted}. "
            "Choose a dataset that is handled as carefully."
        )


def _uses(training_set: TrainingSet, planned: Plan) -> list[TrainingSetUse]:
    return [
        TrainingSetUse(
            training_set=training_set,
            version=one.view,
            source=source,
            features=[
                {"name": feature.name, "column": f"{one.prefix}{feature.name}", "protected": feature.protected}
                for feature in chosen(one)
            ],
        )
        for one, source in zip(planned.asked, planned.sources, strict=True)
    ]


def _of(job: Job) -> TrainingSet:
    rows = TrainingSet.objects.select_related("dataset", "labels__dataset", "requested_by")
    training_set: TrainingSet = rows.get(reference=job.parameters["training_set"])
    if training_set.status != Status.REQUESTED:
        raise CannotBeDone("The training set waits for it no longer.")
    return training_set
