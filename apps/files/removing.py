"""Taking bytes away for good, where the law or a retention asks for it. Their digest and what was said of them stay.

In two steps, so that a process killed between them leaves nothing half done: the removal is recorded in the caller's
transaction, and durable work deletes the bytes once that has committed, unless somebody holds them by then.
"""

import logging
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Model, Q

from apps.core import work
from apps.core.errors import Conflict
from apps.files.models import Blob, Removal
from apps.files.storage import blob_storage, name_of

logger = logging.getLogger(__name__)

WORK = "files.remove"
_let_go: dict[tuple[type[Model], str], Q] = {}


def lets_go(model: type[Model], rows: Q, column: str = "") -> None:
    """Those `rows` of `model` hold their bytes no longer, though they still name them. Once, in AppConfig.ready().

    Args:
        column: the foreign key of which that is so; every one of the model unless told.
    """
    _let_go[model, column] = rows


def holders(digest: str) -> list[Any]:
    """The rows of any room that need the bytes of `digest`."""
    return [row for model, column in _columns() for row in _holding(model, column, digest)]


def ask_removal(digests: Collection[str], *, reason: str, now: datetime) -> dict[str, list[Any]]:
    """Record that these bytes are to go, in the caller's transaction; they go once it has committed.

    Returns:
        The bytes that stay, with the rows that still need them.
    """
    held, going = {}, []
    for digest in sorted(set(digests)):
        blob = Blob.objects.select_for_update().get(pk=digest)
        if needed_by := holders(digest):
            held[digest] = needed_by
        else:
            Removal.objects.create(blob=blob, reason=reason[:200], asked_at=now)
            going.append(digest)
    if going:
        work.ask(WORK, now=now, digests=going)
    return held


def remove(run: Any) -> dict[str, Any]:
    """The work: delete what is to go and nobody has taken hold of since. May be done again after a worker died."""
    gone = [digest for digest in run.parameters["digests"] if _removed(digest)]
    return {"removed": len(gone), "asked": len(run.parameters["digests"])}


def require_present(*digests: str) -> None:
    """Lock blobs that a new row of the caller's transaction is going to hold: they can't go before it commits.

    Raises:
        Conflict: one of them went just now.
    """
    for digest in sorted(set(digests)):
        blob = Blob.objects.select_for_update(no_key=True).get(pk=digest)
        if blob.removals.exists() and not blob_storage().exists(blob.storage_name):
            raise Conflict("These bytes were being removed when they came. Send them again.")


def _removed(digest: str) -> bool:
    with transaction.atomic():
        blob = Blob.objects.select_for_update().get(pk=digest)
        if needed_by := holders(digest):
            logger.info("%s stays: %s took hold of it.", digest, needed_by[0])
            return False
        blob_storage().delete(blob.storage_name)
        (settings.HOME / "files" / "cache" / name_of(digest)).unlink(missing_ok=True)
        return True


def _columns() -> Iterator[tuple[type[Model], str]]:
    """Every foreign key to a blob, those without a name on this side included."""
    for relation in Blob._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and relation.related_model is not Removal:
            yield relation.related_model, relation.field.name


def _holding(model: type[Model], column: str, digest: str) -> Any:
    rows = model._base_manager.filter(**{column: digest})
    for let_go in (_let_go.get((model, "")), _let_go.get((model, column))):
        rows = rows if let_go is None else rows.exclude(let_go)
    return rows
