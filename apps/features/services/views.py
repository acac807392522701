"""Every way a feature view changes."""

from datetime import datetime
from typing import Any

import yaml
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit.acts import act, lock
from apps.core.canonical import digest
from apps.core.consequences import carry
from apps.core.errors import Conflict, IllegalTransition, RuleViolated
from apps.core.written import read_text
from apps.features import events
from apps.features.definitions import ViewDefinition
from apps.features.models import Feature, FeatureView, FeatureViewVersion
from apps.features.services.reading import Written, read

Status = FeatureViewVersion.Status
TAKEN = "{source} has a feature view called “{name}” already. Draft a next version of that one."


def propose_view(*, actor: User, text: str, now: datetime, note: str = "") -> FeatureView:
    """Write a new feature view; `text` becomes version 1, a draft.

    Raises:
        ViewUnreadable: `text` isn't a feature view, or can't stand over its source.
        Conflict: its source has a view of that name already.
    """
    written = read(text, actor=actor)
    definition, taken = written.definition, _taken(written)
    if FeatureView.objects.filter(source=written.source, name=definition.name).exists():
        raise taken
    new = FeatureView(
        name=definition.name,
        entity=definition.entity,
        source=written.source,
        owner=written.owners[""],
        proposed_by=actor,
        proposed_at=now,
    )
    try:
        with act(events.VIEW_PROPOSED, actor=actor, creates=new, now=now, note=note) as view:
            _version(view, written, text, actor, now, number=1, note=note).save()
            return view
    except IntegrityError:  # somebody proposed the same at the same moment
        raise taken from None


def draft_version(*, actor: User, view: FeatureView, text: str, now: datetime, note: str = "") -> FeatureViewVersion:
    """Begin the next version of `view`.

    Raises:
        ViewUnreadable: `text` isn't a feature view, or can't stand over its source, or has another one.
        Conflict: there is a draft already.
        IllegalTransition: the view is archived.
    """
    written = read(text, actor=actor, view=view)
    with transaction.atomic():
        view = lock(view)
        _require_active(view)
        latest = view.versions.order_by("-number").first()
        if latest is not None and latest.is_draft:
            raise Conflict(f"{latest.reference} is a draft already. Edit or withdraw that one.")
        new = _version(view, written, text, actor, now, number=latest.number + 1 if latest else 1, note=note)
        with act(events.VERSION_DRAFTED, actor=actor, creates=new, now=now, note=note) as version:
            return version


def edit_draft(
    *,
    actor: User,
    version: FeatureViewVersion,
    text: str,
    now: datetime,
    note: str | None = None,
    revision: int | None = None,
) -> FeatureViewVersion:
    """Replace a draft's text. Only its author does, so that whoever reviews it has written none of it.

    Raises:
        ViewUnreadable: see `draft_version`.
        RuleViolated: somebody else wrote the draft.
        IllegalTransition: it isn't a draft any more.
    """
    written = read(text, actor=actor, view=version.view)
    with act(
        events.DRAFT_EDITED, actor=actor, subject=version, now=now, expected_revision=revision, note=note or ""
    ) as draft:
        draft.move_to(Status.DRAFT)
        if draft.author != actor:
            raise RuleViolated(
                f"Only {draft.author} can edit this draft, so that whoever reviews it wrote none of it. "
                "Withdraw it and write your own instead."
            )
        draft.text, draft.document, draft.digest = _contents(written.definition, text)
        draft.note = draft.note if note is None else note
        draft.save()
        return draft


def withdraw_draft(
    *, actor: User, version: FeatureViewVersion, now: datetime, note: str = "", revision: int | None = None
) -> FeatureViewVersion:
    """Give a draft up, so that another can be begun."""
    with act(
        events.DRAFT_WITHDRAWN, actor=actor, subject=version, now=now, expected_revision=revision, note=note
    ) as draft:
        draft.move_to(Status.WITHDRAWN)
        draft.ended_at = now
        draft.save()
        return draft


def publish_version(
    *, actor: User, version: FeatureViewVersion, now: datetime, note: str = "", revision: int | None = None
) -> FeatureViewVersion:
    """Put a draft that somebody else wrote into force, and end the version before it.

    Its SQL is looked at once more over the source as it is now.

    Raises:
        ViewUnreadable: the source's newest version has no place for it any more.
        RuleViolated: `actor` wrote it. IllegalTransition: it isn't a draft.
    """
    version.require_open_to(events.VERSION_PUBLISHED)
    written = read(version.text, actor=actor, author=version.author, view=version.view)
    with transaction.atomic():
        lock(version.view)  # always before its versions, so that two publications wait and don't deadlock
        _supersede(actor, version, now)
        with act(
            events.VERSION_PUBLISHED, actor=actor, subject=version, now=now, expected_revision=revision, note=note
        ) as draft:
            draft.move_to(Status.PUBLISHED)
            if draft.digest != digest(_document(written.definition)):
                raise Conflict("The draft was edited while you reviewed it. Read it again.")
            draft.published_by, draft.published_at = actor, now
            draft.save()
            Feature.objects.bulk_create(_features(draft, written))
            _take_over(draft, written)
        carry(events.VERSION_PUBLISHED, draft, actor=actor, now=now)
        return draft


def archive_view(
    *, actor: User, view: FeatureView, now: datetime, note: str = "", revision: int | None = None
) -> FeatureView:
    """Take a view out of use. What was made of it stays; nothing new is made, and a draft of it is given up.

    Raises:
        IllegalTransition: it is archived already.
    """
    with transaction.atomic():
        with act(
            events.VIEW_ARCHIVED, actor=actor, subject=view, now=now, expected_revision=revision, note=note
        ) as view:
            view.move_to(FeatureView.Status.ARCHIVED)
            view.archived_by, view.archived_at = actor, now
            view.save()
        for found in view.versions.filter(status__in=[Status.DRAFT, Status.PUBLISHED]).order_by("number"):
            cause = events.VIEW_ARCHIVED.verb
            with act(events.VERSION_ENDED, actor=actor, subject=found, now=now, cause=cause) as version:
                version.move_to(Status.ENDED)
                version.ended_at = now
                version.save()
        carry(events.VIEW_ARCHIVED, view, actor=actor, now=now)
        return view


def _taken(written: Written) -> Conflict:
    return Conflict(TAKEN.format(source=written.source.reference, name=written.definition.name))


def _require_active(view: FeatureView) -> None:
    if view.status != FeatureView.Status.ACTIVE:
        raise IllegalTransition(f"{view.reference} is archived, so that nothing new is made of it.")


def _supersede(actor: User, version: FeatureViewVersion, now: datetime) -> None:
    """End the version in force first, because only one may be at any time."""
    found = version.view.versions.filter(status=Status.PUBLISHED).exclude(pk=version.pk).first()
    if found is None:
        return
    cause = events.VERSION_PUBLISHED.verb
    with act(events.VERSION_SUPERSEDED, actor=actor, subject=found, now=now, cause=cause) as before:
        before.move_to(Status.SUPERSEDED)
        before.ended_at = now
        before.save()


def _features(version: FeatureViewVersion, written: Written) -> list[Feature]:
    owners = written.owners
    return [
        Feature(
            version=version,
            place=place,
            name=feature.name,
            type=feature.type,
            description=feature.description,
            owner=owners[feature.owner or ""],
            protected=feature.protected,
            expression=feature.expression or "",
        )
        for place, feature in enumerate(written.definition.features)
    ]


def _take_over(version: FeatureViewVersion, written: Written) -> None:
    """A view is called, and owned by whom, its version in force says."""
    view, definition = lock(version.view), written.definition
    if FeatureView.objects.filter(source=view.source, name=definition.name).exclude(pk=view.pk).exists():
        raise _taken(written)
    view.name, view.entity, view.owner = definition.name, definition.entity, written.owners[""]
    view.save()


def _version(
    view: FeatureView, written: Written, text: str, author: User, now: datetime, *, number: int, note: str
) -> FeatureViewVersion:
    kept, document, sha = _contents(written.definition, text)
    return FeatureViewVersion(
        view=view,
        number=number,
        reference=f"{view.reference}@{number}",
        text=kept,
        document=document,
        digest=sha,
        author=author,
        drafted_at=now,
        note=note,
    )


def _contents(definition: ViewDefinition, text: str) -> tuple[str, dict[str, Any], str]:
    """What is kept of a text: itself, what it means with every default written out, and the digest of that."""
    document = _document(definition)
    return _legible(text), document, digest(document)


def _document(definition: ViewDefinition) -> dict[str, Any]:
    return definition.model_dump(mode="json")


def _legible(text: str) -> str:
    """JSON that a program sent, as the YAML that people will read; anything else as it was typed."""
    if not text.lstrip().startswith("{"):
        return text
    data = read_text(text).data
    laid_out = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=110)
    return laid_out if read_text(laid_out).data == data else text
