"""Every way a pipeline's text changes: proposed, drafted, edited, withdrawn, published by another."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.audit.acts import act, lock
from apps.core.canonical import digest
from apps.core.consequences import carry
from apps.core.errors import BadInput, Conflict, RuleViolated
from apps.core.written import Problem, Text, Unreadable, named, read_text
from apps.datasets.models import Dataset, DatasetVersion
from apps.inventory.metadata import read as read_metadata
from apps.inventory.models import Model
from apps.pipelines import events
from apps.pipelines.format import Definition, read_pipeline
from apps.pipelines.format.candidates import expected
from apps.pipelines.format.steps import Register
from apps.pipelines.models import CodeFile, Pipeline, PipelineVersion

Status = PipelineVersion.Status
Named = tuple[tuple[str | int, ...], str]  # where in the document, and what is named there


class PipelineUnreadable(BadInput):
    """The text isn't a pipeline; `problems` point at lines, `errors` tells the same by field."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        errors: dict[str, list[str]] = {}
        for problem in problems:
            errors.setdefault(problem.field or "text", []).append(f"Line {problem.line}: {problem.message}")
        super().__init__(errors=errors)
        self.problems = list(problems)


def read(text: str, actor: User) -> tuple[Definition, Model]:
    """`text` as a typed pipeline, and the model it is of; all it names is there, and may be seen by `actor`.

    Raises:
        PipelineUnreadable: with every line that has to be mended.
    """
    try:
        definition = read_pipeline(text)
    except Unreadable as refused:
        raise PipelineUnreadable(refused.problems) from None
    model = Model.objects.visible_to(actor).filter(reference=definition.model).first()
    problems = list(_unknown(definition, model, actor, read_text(text, "pipeline")))
    if model is None or problems:
        raise PipelineUnreadable(sorted(problems, key=lambda problem: problem.line))
    return definition, model


def propose_pipeline(*, actor: User, text: str, now: datetime, note: str = "") -> Pipeline:
    """Write a new pipeline of the model that `text` names; the text becomes version 1, a draft.

    Raises:
        PipelineUnreadable: `text` isn't a pipeline, or names what isn't there.
        Conflict: the model has a pipeline of that name.
    """
    definition, model = read(text, actor)
    _require_not_retired(model)
    if Pipeline.objects.filter(model=model, name=definition.name).exists():
        raise Conflict(
            f"{model.reference} has a pipeline called “{definition.name}”. Draft a next version of that one."
        )
    new = Pipeline(name=definition.name, model=model, owner=actor, created_by=actor, created_at=now)
    with act(events.PIPELINE_PROPOSED, actor=actor, creates=new, now=now, note=note) as pipeline:
        _version(pipeline, definition, text, actor, now, number=1, note=note).save()
        return pipeline


def draft_version(*, actor: User, pipeline: Pipeline, text: str, now: datetime, note: str = "") -> PipelineVersion:
    """Begin the next version of a pipeline.

    Raises:
        PipelineUnreadable: `text` isn't a pipeline of the same model.
        Conflict: there is a draft already.
    """
    definition = _of_same_model(text, pipeline, actor)
    with transaction.atomic():
        latest = lock(pipeline).versions.order_by("-number").first()
        if latest is not None and latest.is_draft:
            raise Conflict(f"{latest.reference} is a draft already. Edit or withdraw that one.")
        new = _version(pipeline, definition, text, actor, now, number=latest.number + 1 if latest else 1, note=note)
        with act(events.VERSION_DRAFTED, actor=actor, creates=new, now=now, note=note) as version:
            return version


def edit_draft(
    *,
    actor: User,
    version: PipelineVersion,
    text: str,
    now: datetime,
    note: str | None = None,
    revision: int | None = None,
) -> PipelineVersion:
    """Replace a draft's text. Only its author does, so that whoever publishes it has written none of it.

    Raises:
        PipelineUnreadable: `text` isn't a pipeline of the same model.
        RuleViolated: somebody else wrote the draft.
        IllegalTransition: it isn't a draft any more.
    """
    definition = _of_same_model(text, version.pipeline, actor)
    with act(
        events.DRAFT_EDITED, actor=actor, subject=version, now=now, expected_revision=revision, note=note or ""
    ) as draft:
        draft.move_to(Status.DRAFT)
        if draft.author != actor:
            raise RuleViolated(
                f"Only {draft.author} can edit this draft, so that whoever publishes it wrote none of it. "
                "Withdraw it and write your own instead."
            )
        draft.text, draft.document, draft.digest = _contents(definition, text)
        draft.note = draft.note if note is None else note
        draft.save()
        return draft


def withdraw_draft(
    *, actor: User, version: PipelineVersion, now: datetime, note: str = "", revision: int | None = None
) -> PipelineVersion:
    """Give a draft up, so that another can be begun."""
    with act(
        events.DRAFT_WITHDRAWN, actor=actor, subject=version, now=now, expected_revision=revision, note=note
    ) as draft:
        draft.move_to(Status.WITHDRAWN)
        draft.save()
        return draft


def publish_version(
    *, actor: User, version: PipelineVersion, now: datetime, note: str = "", revision: int | None = None
) -> PipelineVersion:
    """Put a draft that somebody else wrote into force; runs that go on finish as they began.

    Raises:
        RuleViolated: `actor` wrote it.
        PipelineUnreadable: it names what isn't there any more, or what `actor` may not see.
        IllegalTransition: it isn't a draft.
    """
    version.require_open_to(events.VERSION_PUBLISHED)
    read(version.text, actor)
    with transaction.atomic():
        _supersede(actor, version, now)
        with act(
            events.VERSION_PUBLISHED, actor=actor, subject=version, now=now, expected_revision=revision, note=note
        ) as draft:
            draft.move_to(Status.PUBLISHED)
            draft.published_by, draft.published_at = actor, now
            draft.save()
            _rename(draft)
        carry(events.VERSION_PUBLISHED, draft, actor=actor, now=now)
        return draft


def _supersede(actor: User, version: PipelineVersion, now: datetime) -> None:
    """End the version in force first, because only one may be published at any time."""
    lock(version.pipeline)
    found = version.pipeline.versions.filter(status=Status.PUBLISHED).exclude(pk=version.pk).first()
    if found is None:
        return
    cause = events.VERSION_PUBLISHED.verb
    with act(events.VERSION_SUPERSEDED, actor=actor, subject=found, now=now, cause=cause) as before:
        before.move_to(Status.SUPERSEDED)
        before.ended_at = now
        before.save()


def _rename(version: PipelineVersion) -> None:
    """A pipeline is called what its published version calls it."""
    pipeline = lock(version.pipeline)
    if pipeline.name != version.definition.name:
        pipeline.name = version.definition.name
        pipeline.save()


def _of_same_model(text: str, pipeline: Pipeline, actor: User) -> Definition:
    definition, model = read(text, actor)
    if model != pipeline.model:
        sentence = f"{pipeline.reference} is a pipeline of {pipeline.model.reference}, and stays one."
        raise PipelineUnreadable([Problem(*read_text(text, "pipeline").spot(("model",)), "model", sentence)])
    taken = Pipeline.objects.filter(model=model, name=definition.name).exclude(pk=pipeline.pk)
    if taken.exists():
        sentence = "Another pipeline of this model has that name."
        raise PipelineUnreadable([Problem(*read_text(text, "pipeline").spot(("name",)), "name", sentence)])
    return definition


def _require_not_retired(model: Model) -> None:
    if model.status == Model.Status.RETIRED:
        raise RuleViolated(f"{model.reference} is retired; nothing is trained for it any more.")


def _unknown(definition: Definition, model: Model | None, actor: User, text: Text) -> Iterator[Problem]:
    """What the document names and `actor` can't see, line by line."""
    if model is None:
        yield Problem(*text.spot(("model",)), "model", f"There is no model {definition.model} here.")
        return
    datasets = dict(_datasets(definition))
    seen = set(
        Dataset.objects.visible_to(actor).filter(reference__in=datasets.values()).values_list("reference", flat=True)
    )
    versions = dict(_dataset_versions(definition))
    seen |= set(
        DatasetVersion.objects.visible_to(actor)
        .filter(reference__in=versions.values())
        .values_list("reference", flat=True)
    )
    for path, reference in {**datasets, **versions}.items():
        if reference not in seen:
            yield Problem(*text.spot(path), named(path), f"There is no {reference} here.")
    yield from _unregistrable(definition, text)
    sent = set(CodeFile.objects.filter(model=model).values_list("blob_id", flat=True))
    for path, sha in _files(definition):
        if sha not in sent:
            sentence = f"No file of this digest was sent for {model.reference}. Send it first, or write it out."
            yield Problem(*text.spot(path), named(path), sentence)


def _unregistrable(definition: Definition, text: Text) -> Iterator[Problem]:
    """What no version's metadata could say, told before anything is trained for it."""
    for number, step in enumerate(definition.steps):
        if not isinstance(step, Register):
            continue
        try:
            read_metadata(expected(definition, step))
        except BadInput as refused:
            for field, sentences in refused.errors.items():
                path = ("steps", number, "metadata", field.removeprefix("metadata.").partition("[")[0])
                yield from (Problem(*text.spot(path), named(path), sentence) for sentence in sentences)


def _datasets(definition: Definition) -> Iterator[Named]:
    for place, reference in enumerate(definition.triggers.new_data):
        yield ("triggers", "new_data", place), reference
    for number, step in enumerate(definition.steps):
        for path, reference in step.datasets():
            yield ("steps", number, *path), reference


def _dataset_versions(definition: Definition) -> Iterator[Named]:
    for number, step in enumerate(definition.steps):
        for path, place, _ in step.wanted():
            if place.startswith("DS-"):
                yield ("steps", number, *path), place


def _files(definition: Definition) -> Iterator[Named]:
    if definition.environment:
        yield ("environment", "lock"), definition.environment.lock
    for number, step in enumerate(definition.steps):
        for script in step.scripts():
            if script.digest:
                yield ("steps", number, "script", "digest"), script.digest


def _version(
    pipeline: Pipeline, definition: Definition, text: str, author: User, now: datetime, *, number: int, note: str
) -> PipelineVersion:
    kept, document, sha = _contents(definition, text)
    return PipelineVersion(
        pipeline=pipeline,
        number=number,
        reference=f"{pipeline.reference}@{number}",
        text=kept,
        document=document,
        digest=sha,
        author=author,
        drafted_at=now,
        note=note,
    )


def _contents(definition: Definition, text: str) -> tuple[str, dict[str, Any], str]:
    """What is kept of a text: itself, what it means with every default written out, and the digest of that."""
    document = definition.model_dump(mode="json", by_alias=True)
    return text, document, digest(document)
