"""Logging to runs: while one is under way by facts alone, after its end by an event that names their digest."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from apps.accounts.models import User
from apps.audit.acts import act
from apps.core import statements
from apps.core.allowed import not_allowed
from apps.core.errors import BadInput, RuleViolated
from apps.tracking import events
from apps.tracking.chain import extended
from apps.tracking.facts import Batch, Data, Point, Use
from apps.tracking.models import (
    DataInput,
    KeptFile,
    LatestMetric,
    Logbook,
    MetricPoint,
    ModelUse,
    Param,
    Run,
    RunTag,
    TagChange,
)
from apps.tracking.selectors.data import version_meant
from apps.tracking.services.bulk import insert
from apps.tracking.services.logged_models import Measured, note_metrics

NAME_TAG = "mlflow.runName"
CONTEXT_TAG = "mlflow.data.context"
BOOK_FIELDS = [field for field in Logbook._meta.concrete_fields if not field.primary_key]
SOMEBODY_ELSES = "Only who started a run logs to it while it is under way."


def locked_book(user: User, reference: str) -> Logbook:
    """The logbook of the run, with the run and its experiment, locked until the transaction ends.

    Raises:
        Run.DoesNotExist: there is none, or `user` may not know of it.
    """
    rows = Logbook.objects.select_for_update(of=("self",), no_key=True).select_related("run__experiment")
    book = rows.filter(run__reference=reference).first()
    if book is None or not _within_reach(user, book.run):
        raise Run.DoesNotExist(f"Run '{reference}' not found.")
    return book


def _within_reach(user: User, run: Run) -> bool:
    experiment = run.experiment
    if user.sees_everything or experiment.business_unit_id in user.unit_ids:
        return True
    return experiment.pk in user.granted_ids(type(experiment))


def log(*, actor: User, reference: str, batch: Batch, now: datetime) -> None:
    """Log all of `batch` to a run, or nothing.

    Raises:
        BadInput: a parameter was said otherwise before.
        RuleViolated: the run was put aside, or is under way and somebody else's.
    """
    with transaction.atomic():
        book = locked_book(actor, reference)
        run = book.run
        refuse_put_aside(run)
        if not run.is_open:
            with act(events.RUN_AMENDED, actor=actor, subject=run, now=now, note=batch.words()) as run:
                write(book, batch, actor)
                run.name = batch.tags.get(NAME_TAG) or run.name
                seal(run, book)
            return
        refuse_others(actor, run)
        write(book, batch, actor)
        name = batch.tags.get(NAME_TAG)
        if name and name != run.name:
            with act(events.RUN_RENAMED, actor=actor, subject=run, now=now) as run:
                run.name = name
                run.save()


def take_tag_away(*, actor: User, reference: str, key: str, now: datetime) -> None:
    """Take a tag of a run away; that it was there is kept.

    Raises:
        Run.DoesNotExist: there is no such run, or no such tag on it.
    """
    with transaction.atomic():
        book = locked_book(actor, reference)
        if key not in _by_key(book.tags):
            raise RunTag.DoesNotExist(f"No tag with name: {key} in run with id {reference}")
        log(actor=actor, reference=reference, batch=Batch(tags={key: None}), now=now)


def refuse_put_aside(run: Run) -> None:
    """Raises RuleViolated for a run that does not count at present."""
    if run.is_put_aside:
        raise RuleViolated(f"The run {run.reference} must be in the 'active' state. Current state is deleted.")


def refuse_others(actor: User, run: Run) -> None:
    """While a run is under way no event says who logs, so it is who started it and nobody else.

    Raises:
        PermissionDenied: `actor` is somebody else, or may not log at all.
    """
    permission = str(events.RUN_ENDED.permission)
    if not actor.has_perm(permission):
        raise not_allowed(actor, permission)
    if run.started_by_id != actor.pk:
        raise PermissionDenied(SOMEBODY_ELSES)


def seal(run: Run, book: Logbook) -> None:
    """Have the run's own row name what its logbook holds; inside the act that tells of it."""
    run.digest, run.entries = book.head, book.entries
    run.save()


def write(book: Logbook, batch: Batch, actor: User, *, new: bool = False) -> None:
    """Put a batch into a locked logbook: the facts in their places, the head after them, and the latest of each.

    Args:
        new: whether the logbook is not in the database yet.
    """
    places, before = count(book.entries + 1), None if new else dict(vars(book))
    facts = [
        *_params(book, batch.params, places),
        *_points(book, batch.points, places),
        *_tags(book, batch.tags, places),
        *_data(book, batch.data, actor, places),
        *_uses(book, batch.uses, places),
    ]
    if facts or new:
        book.entries, book.head = next(places) - 1, extended(book.head, facts)
        _keep(book, before)


def enter_file(book: Logbook, row: KeptFile) -> None:
    """Give a file that the run keeps its place in a locked logbook."""
    row.place = book.entries + 1
    row.save()
    book.entries, book.head = row.place, extended(book.head, [row])
    book.save()


def _keep(book: Logbook, before: Mapping[str, Any] | None) -> None:
    """Write a new logbook, or of one that was there what moved: a training loop waits for it."""
    if before is None:
        insert([book])
        return
    moved = [
        (field, value) for field in BOOK_FIELDS if (value := getattr(book, field.attname)) != before[field.attname]
    ]
    statements.update(Logbook, book.pk, moved)


def _params(book: Logbook, said: Sequence[tuple[str, str]], places: Iterator[int]) -> list[Param]:
    if not said:
        return []
    known, rows = _by_key(book.params), []
    for key, value in said:
        before = known.setdefault(key, {"key": key, "value": value, "new": True})
        if before["value"] != value:
            raise BadInput(_said_before(book.run, key, before["value"], value))
        if before.pop("new", False):
            rows.append(Param(run_id=book.run_id, key=key, value=value, place=next(places)))
    insert(rows)
    book.params = _listed(known)
    return rows


def _said_before(run: Run, key: str, before: str, value: str) -> str:
    return (
        f"Changing param values is not allowed. Param with key='{key}' was already logged with"
        f" value='{before[:500]}' for run ID='{run.reference}'. Attempted logging new value '{value[:500]}'."
    )


def _points(book: Logbook, said: Sequence[Point], places: Iterator[int]) -> list[MetricPoint]:
    rows = [_point(book.run_id, place, point) for point, place in zip(said, places, strict=False)]
    taken = set(insert(rows, or_else="DO NOTHING", returning="place"))
    rows = [row for row in rows if row.place in taken]
    if rows:
        _note_latest(book, rows)
        _note_for_models(book.run, rows)
    return rows


def _point(run_id: int, place: int, point: Point) -> MetricPoint:
    nan = math.isnan(point.value)
    return MetricPoint(
        run_id=run_id,
        place=place,
        key=point.key,
        step=point.step,
        timestamp=point.timestamp,
        value=0.0 if nan else point.value,
        is_nan=nan,
        model_id=point.model_id,
        dataset_name=point.dataset_name,
        dataset_digest=point.dataset_digest,
    )


def _note_latest(book: Logbook, rows: Sequence[MetricPoint]) -> None:
    known = _by_key(book.metrics)
    later: dict[str, MetricPoint] = {}
    for row in rows:
        there = known.get(row.key)
        if there is None or _order(row) >= (there["step"], there["timestamp"], _number(there["value"])):
            later[row.key] = row
            known[row.key] = metric_shown(row)
    book.metrics = _listed(known)
    latest = [
        LatestMetric(run_id=row.run_id, key=row.key, value=row.value, is_nan=row.is_nan) for row in later.values()
    ]
    insert(latest, or_else="(run_id, key) DO UPDATE SET value = excluded.value, is_nan = excluded.is_nan")


def _note_for_models(run: Run, rows: Sequence[MetricPoint]) -> None:
    of_models = [
        (row.model_id, Measured(row.key, number, row.step, row.timestamp, row.dataset_name, row.dataset_digest))
        for row in rows
        if row.model_id
        for number in [math.nan if row.is_nan else row.value]
    ]
    if of_models:
        note_metrics(run=run, measured=of_models)


def _order(row: MetricPoint) -> tuple[int, int, float]:
    return row.step, row.timestamp, row.value


def _number(shown: float | str) -> float:
    return 0.0 if isinstance(shown, str) else shown


def metric_shown(row: MetricPoint) -> dict[str, Any]:
    """A point as the protocol lists it; what the client did not say of it stays unsaid."""
    value = "NaN" if row.is_nan else row.value
    shown = {"key": row.key, "value": value, "timestamp": row.timestamp, "step": row.step}
    said = {"model_id": row.model_id, "dataset_name": row.dataset_name, "dataset_digest": row.dataset_digest}
    return {**shown, **{name: text for name, text in said.items() if text}}


def _tags(book: Logbook, said: Mapping[str, str | None], places: Iterator[int]) -> list[TagChange]:
    known = _by_key(book.tags)
    moved = {key: value for key, value in said.items() if known.get(key, {}).get("value") != value}
    if not moved:
        return []
    rows = [TagChange(run_id=book.run_id, place=next(places), key=key, value=value) for key, value in moved.items()]
    insert(rows)
    gone = [key for key, value in moved.items() if value is None]
    if gone:
        RunTag.objects.filter(run_id=book.run_id, key__in=gone).delete()
    set_now = [RunTag(run_id=book.run_id, key=key, value=value) for key, value in moved.items() if value is not None]
    insert(set_now, or_else="(run_id, key) DO UPDATE SET value = excluded.value")
    known.update((tag.key, {"key": tag.key, "value": tag.value}) for tag in set_now)
    book.tags = _listed({key: tag for key, tag in known.items() if key not in gone})
    return rows


def _data(book: Logbook, said: Sequence[Data], actor: User, places: Iterator[int]) -> list[DataInput]:
    if not said:
        return []
    shown = json.loads(book.inputs)
    listed = shown.setdefault("dataset_inputs", [])
    known = {(one["dataset"]["name"], one["dataset"]["digest"]) for one in listed}
    rows = []
    for data in said:
        if (data.name, data.digest) not in known:
            known.add((data.name, data.digest))
            rows.append(_input(book.run_id, next(places), data, actor))
            listed.append(_data_shown(data))
    insert(rows)
    book.inputs = _spelled(shown)
    return rows


def _input(run_id: int, place: int, data: Data, actor: User) -> DataInput:
    version, known_by = version_meant(actor, data)
    return DataInput(
        run_id=run_id,
        place=place,
        name=data.name,
        digest=data.digest,
        source_type=data.source_type,
        source=data.source,
        schema=data.schema,
        profile=data.profile,
        tags=dict(data.tags),
        context=data.tags.get(CONTEXT_TAG, ""),
        version=version,
        known_by=known_by,
    )


def _data_shown(data: Data) -> dict[str, Any]:
    said = {
        "name": data.name,
        "digest": data.digest,
        "source_type": data.source_type,
        "source": data.source,
        "schema": data.schema,
        "profile": data.profile,
    }
    tags = [{"key": key, "value": value} for key, value in data.tags.items()]
    return {"tags": tags, "dataset": {name: text for name, text in said.items() if text}}


def _uses(book: Logbook, said: Sequence[Use], places: Iterator[int]) -> list[ModelUse]:
    rows = [
        ModelUse(run_id=book.run_id, place=next(places), model_id=use.model_id, made=use.made, step=use.step)
        for use in said
        if not _is_noted(book, use)
    ]
    insert(rows)
    return rows


def _is_noted(book: Logbook, use: Use) -> bool:
    """Whether the logbook lists this use already; it does from now on."""
    shown = json.loads(book.outputs if use.made else book.inputs)
    listed = shown.setdefault("model_outputs" if use.made else "model_inputs", [])
    one = {"model_id": use.model_id, "step": use.step} if use.made else {"model_id": use.model_id}
    if one in listed:
        return True
    listed.append(one)
    setattr(book, "outputs" if use.made else "inputs", _spelled(shown))
    return False


def _by_key(text: str) -> dict[str, dict[str, Any]]:
    return {one["key"]: one for one in json.loads(text)}


def _listed(known: Mapping[str, Any]) -> str:
    return _spelled(list(known.values()))


def _spelled(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
