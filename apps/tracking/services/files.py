"""How runs and logged models come to keep files. Nothing kept is ever taken away again: it is evidence."""

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.audit.acts import act, permit
from apps.core.errors import RuleViolated
from apps.files.receiving import Received
from apps.files.removing import require_present
from apps.files.services import keep
from apps.tracking import events
from apps.tracking.models import KeptFile, LoggedModel, Run
from apps.tracking.models.files import LONGEST_PATH
from apps.tracking.selectors.files import Owner, digest_of_files, file_at, files_of, held
from apps.tracking.services.logbooks import enter_file, locked_book, refuse_others, refuse_put_aside, seal


def keep_file(*, actor: User, owner: Owner, path: str, received: Received, now: datetime) -> KeptFile:
    """Keep a received file under `path`. The same bytes again change nothing; other bytes take its place.

    While a run is under way its files need no event of their own; once it has ended, or a logged model is whole, each
    is an event that names the file's digest.

    Raises:
        RuleViolated: the owner was put aside, or a folder and a file would have one name.
    """
    require_keepable(actor=actor, owner=owner, path=path)
    blob = keep(received)
    known = file_at(owner, path)
    if known is not None and known.blob_id == blob.digest:
        return known
    row = KeptFile(**held(owner), path=path, blob=blob, kept_by=actor, kept_at=now)
    with transaction.atomic():
        require_present(blob.digest)
        if isinstance(owner, Run):
            _enter(actor, owner, row, now)
        else:
            _add(actor, owner, row, now)
    return row


def require_keepable(*, actor: User, owner: Owner, path: str) -> None:
    """Refuse before the bytes are received what keeping them would refuse."""
    permit(events.RUN_AMENDED if isinstance(owner, Run) else events.LOGGED_MODEL_AMENDED, actor, owner, "")
    if owner.put_aside_at is not None:
        raise RuleViolated(f"{owner} was put aside. Restore it before you log to it.")
    if len(path) > LONGEST_PATH:
        raise RuleViolated(f"A path has at most {LONGEST_PATH:,} letters.")
    parts = path.split("/")
    above = ["/".join(parts[:depth]) for depth in range(1, len(parts))]
    if KeptFile.objects.filter(**held(owner), path__in=above).exists() or files_of(owner, path):
        raise RuleViolated(f"“{path}” would be a file and a folder at once.")


def _enter(actor: User, run: Run, row: KeptFile, now: datetime) -> None:
    """A run's file is a fact in its logbook."""
    book = locked_book(actor, run.reference)
    run = book.run
    refuse_put_aside(run)
    if run.is_open:
        refuse_others(actor, run)
        enter_file(book, row)
        return
    with act(events.RUN_AMENDED, actor=actor, subject=run, now=now, note=_said(row)) as run:
        enter_file(book, row)
        seal(run, book)


def _add(actor: User, model: LoggedModel, row: KeptFile, now: datetime) -> None:
    row.save()
    if model.status == LoggedModel.Status.READY:
        with act(events.LOGGED_MODEL_AMENDED, actor=actor, subject=model, now=now, note=_said(row)) as model:
            model.digest, model.changed_at = digest_of_files(model), now
            model.save()


def _said(row: KeptFile) -> str:
    return f"{row.path} sha256:{row.blob_id}"
