"""Every way a logged model changes."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.accounts.models import User
from apps.audit.acts import act
from apps.core.errors import BadInput, RuleViolated
from apps.tracking import events
from apps.tracking.models import Experiment, LoggedModel, ModelMetric, Run
from apps.tracking.selectors.files import digest_of_files

Status = LoggedModel.Status
MOST_PARAMS = 1000


@dataclass(frozen=True)
class Measured:
    """A metric that a run logged of a model: on which dataset, where it named one."""

    key: str
    value: float  # NaN is a value too
    step: int
    timestamp: int
    dataset_name: str = ""
    dataset_digest: str = ""


def create_logged_model(
    *,
    actor: User,
    experiment: Experiment,
    now: datetime,
    name: str = "",
    model_type: str = "",
    source_run: Run | None = None,
    params: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
) -> LoggedModel:
    """Begin to log a model; its files follow, and then it is said to be whole.

    Raises:
        RuleViolated: the experiment was put aside.
        BadInput: the run is of another experiment.
    """
    if experiment.status != Experiment.Status.ACTIVE:
        raise RuleViolated(f"{experiment} was put aside. Restore it before you log to it.")
    if source_run is not None and source_run.experiment_id != experiment.pk:
        raise BadInput("The source run is of another experiment.")
    reference = f"m-{secrets.token_hex(16)}"
    new = LoggedModel(
        reference=reference,
        experiment=experiment,
        name=name or f"model-{reference[2:10]}",
        model_type=model_type,
        source_run=source_run,
        params=_bounded(params or {}),
        tags=dict(tags or {}),
        created_by=actor,
        created_at=now,
        changed_at=now,
    )
    with act(events.LOGGED_MODEL_CREATED, actor=actor, creates=new, now=now) as model:
        return model


def finish_logged_model(*, actor: User, model: LoggedModel, status: str, now: datetime) -> LoggedModel:
    """Say that a logged model is whole, or that its upload failed. Said twice, it is said once.

    Raises:
        BadInput: that is no way to end.
        IllegalTransition: what is whole does not fail any more.
    """
    endings = {Status.READY: events.LOGGED_MODEL_READY, Status.FAILED: events.LOGGED_MODEL_FAILED}
    if status not in endings:
        raise BadInput(f"A logged model ends as {' or '.join(endings)}.")
    _require_here(model)
    if model.status == status:
        return model
    with act(endings[Status(status)], actor=actor, subject=model, now=now) as model:
        model.move_to(status)
        model.digest, model.changed_at = digest_of_files(model), now
        model.save()
        return model


def describe_logged_model(
    *,
    actor: User,
    model: LoggedModel,
    now: datetime,
    params: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
    without_tag: str | None = None,
) -> LoggedModel:
    """Set parameters, or set tags or take one away.

    Raises:
        BadInput: a parameter would be another than was said, or there would be too many; or there is no such tag.
    """
    _require_here(model)
    with act(events.LOGGED_MODEL_DESCRIBED, actor=actor, subject=model, now=now) as model:
        model.params = _bounded(_unchanged(model.params, params or {}))
        kept = {**model.tags, **(tags or {})}
        if without_tag is not None and kept.pop(without_tag, None) is None:
            raise BadInput(f"{model.reference} has no tag {without_tag!r}.")
        model.tags, model.changed_at = kept, now
        model.save()
        return model


def put_aside(*, actor: User, model: LoggedModel, now: datetime) -> LoggedModel:
    """Put a logged model aside: lists leave it out; its files stay.

    Raises:
        RuleViolated: a version was registered from it.
    """
    _require_here(model)
    registered = model.registered_versions.select_related("version").order_by("pk").first()
    if registered is not None:
        raise RuleViolated(f"{registered.version.reference} was registered from {model.reference}.")
    with act(events.LOGGED_MODEL_DELETED, actor=actor, subject=model, now=now) as model:
        model.put_aside_at = model.changed_at = now
        model.save()
        return model


def note_metrics(*, run: Run, measured: Iterable[tuple[str, Measured]]) -> None:
    """Keep what a run measured of logged models, beside the run's own metrics, in the caller's transaction.

    Args:
        measured: the logged model's reference with each value; what is of another experiment is left out.
    """
    said = list(measured)
    models = LoggedModel.objects.filter(
        reference__in={reference for reference, _ in said}, experiment=run.experiment_id
    )
    by_reference = {model.reference: model for model in models}
    rows = [_row(by_reference[reference], run, metric) for reference, metric in said if reference in by_reference]
    ModelMetric.objects.bulk_create(rows, ignore_conflicts=True)


def _row(model: LoggedModel, run: Run, metric: Measured) -> ModelMetric:
    is_nan = metric.value != metric.value
    return ModelMetric(
        model=model,
        run=run,
        key=metric.key,
        value=0.0 if is_nan else metric.value,
        is_nan=is_nan,
        step=metric.step,
        timestamp=metric.timestamp,
        dataset_name=metric.dataset_name,
        dataset_digest=metric.dataset_digest,
    )


def _unchanged(known: Mapping[str, Any], said: Mapping[str, str]) -> dict[str, str]:
    for key, value in said.items():
        if known.get(key, value) != value:
            raise BadInput(f"The parameter {key!r} was {known[key]!r}; a parameter is said once.")
    return {**known, **said}


def _bounded(params: Mapping[str, str]) -> dict[str, str]:
    if len(params) > MOST_PARAMS:
        raise BadInput(f"A logged model has at most {MOST_PARAMS:,} parameters.")
    return dict(params)


def _require_here(model: LoggedModel) -> None:
    if model.put_aside_at is not None:
        raise RuleViolated(f"{model} was put aside.")
