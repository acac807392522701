"""Where a version comes from: the address that a client names, and whose files it leads to."""

import re
from dataclasses import dataclass

from apps.accounts.models import User
from apps.core.errors import BadInput
from apps.inventory.models import ModelVersion
from apps.tracking.models import LoggedModel, Run
from apps.tracking.paths import path_in_address, place_of, root_of, safe
from apps.tracking.selectors.files import Owner, files_of, owner_of
from apps.tracking.selectors.registry import model_named, version_of

MODEL_ID = re.compile(r"models:/+(m-[0-9a-f]{32})", re.ASCII)
VERSION = re.compile(r"models:/+([^/]+)/([^/]+)")
ALIAS = re.compile(r"models:/+([^/@]+)@([^/@]+)")
OF_A_RUN = re.compile(r"runs:/+([0-9a-f]{32})/(.+)", re.ASCII | re.DOTALL)


@dataclass(frozen=True)
class Source:
    """Files under a folder of a run or a logged model, and both where both are known."""

    text: str
    owner: Owner
    folder: str
    run: Run | None
    model: LoggedModel | None

    @property
    def root(self) -> str:
        """The address of the folder."""
        base = root_of(self.owner.experiment_id, self.owner.reference)
        return f"{base}/{self.folder}" if self.folder else base


def source_of(user: User, text: str, *, run_id: str = "", model_id: str = "") -> Source:
    """Read the source of a version.

    Args:
        run_id, model_id: whose it is, where the client says so; then it has to be theirs.

    Raises:
        BadInput: it is kept elsewhere, is somebody else's than said, or holds nothing.
    """
    found = _read(user, text)
    if run_id and (found.run is None or found.run.reference != run_id):
        raise _not_of(text, "run_id")
    if model_id and (found.model is None or found.model.reference != model_id):
        raise _not_of(text, "model_id")
    if not files_of(found.owner, found.folder):
        raise BadInput(f"Nothing is kept at '{text}'.")
    return found


def _read(user: User, text: str) -> Source:
    if match := MODEL_ID.fullmatch(text):
        return _of_model(text, _model(user, match[1], text))
    if match := ALIAS.fullmatch(text) or VERSION.fullmatch(text):
        return _of_version(user, text, match[1], match[2], by_alias="@" in text)
    if match := OF_A_RUN.fullmatch(text):
        return _in_run(text, _run(user, match[1], text), safe(match[2].strip("/")))
    if text.startswith(("models:", "runs:")):
        raise BadInput(f"Invalid model version source: '{text}'.")
    place = place_of(path_in_address(text))
    owner = owner_of(user, place) if place else None
    if place is None or owner is None:
        raise BadInput(f"Nothing is kept at '{text}', or not for you to see.")
    if isinstance(owner, LoggedModel):
        return Source(text, owner, place.path, owner.source_run, owner)
    return Source(text, owner, place.path, owner, None)


def _of_model(text: str, model: LoggedModel) -> Source:
    return Source(text, model, "", model.source_run, model)


def _in_run(text: str, run: Run, path: str) -> Source:
    """A folder that a run keeps; or, as MLflow 3 does it, the logged model that the run made under that name."""
    if not files_of(run, path):
        made = LoggedModel.objects.filter(source_run=run, name=path, put_aside_at=None).order_by("pk").last()
        if made is not None:
            return _of_model(text, made)
    return Source(text, run, path, run, None)


def _of_version(user: User, text: str, name: str, number: str, *, by_alias: bool) -> Source:
    model = model_named(user, name)
    if model is not None and by_alias:
        entry = getattr(model, "registered", None)
        number = entry.aliases.get(number, "") if entry else ""
    version: ModelVersion | None = version_of(model, number) if model else None
    entry = getattr(version, "registered", None)
    if entry is None or not entry.root:
        raise BadInput(f"'{text}' is no version with files that MLflow kept.")
    there = _read(user, entry.root)
    return Source(text, there.owner, there.folder, entry.run, entry.logged_model)


def _model(user: User, reference: str, text: str) -> LoggedModel:
    rows = LoggedModel.objects.visible_to(user).select_related("source_run", "experiment")
    found: LoggedModel | None = rows.filter(reference=reference, put_aside_at=None).first()
    if found is None:
        raise BadInput(f"There is no logged model '{text}' that you may see.")
    return found


def _run(user: User, reference: str, text: str) -> Run:
    found: Run | None = Run.objects.visible_to(user).filter(reference=reference).first()
    if found is None:
        raise BadInput(f"There is no run of '{text}' that you may see.")
    return found


def _not_of(text: str, name: str) -> BadInput:
    return BadInput(
        f"Invalid model version source: '{text}'. The {name} request parameter has to be of what contains the source."
    )
