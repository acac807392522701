"""A model's folder as MLflow writes it: what its MLmodel says, and which of its files can be loaded here."""

import json
from dataclasses import dataclass, field
from typing import Any

from apps.core.errors import BadInput
from apps.core.written.reading import MAX_BYTES, Unreadable, read_text
from apps.files.services import open_blob, path_of
from apps.inventory.artifacts.scan import PICKLE_SENTENCE
from apps.inventory.artifacts.sniff import sniff
from apps.tracking.models import KeptFile
from apps.tracking.paths import safe
from apps.tracking.selectors.files import Owner, file_at

# The flavours whose file may be one that is loaded here, and the field that names it; the first that there is counts.
NAMED_BY = {"onnx": "data", "sklearn": "pickled_model"}
LOADABLE = ("onnx", "skops")
HOW = "Log the model with mlflow.onnx, or with mlflow.sklearn and serialization_format='skops'."


@dataclass(frozen=True)
class Description:
    """What an MLmodel says of a model, as far as it can be read; nothing of it is trusted."""

    flavours: dict[str, dict[str, Any]] = field(default_factory=dict)
    inputs: list[str] = field(default_factory=list)


def described(owner: Owner, folder: str) -> Description:
    """Read the MLmodel in a folder; where there is none, or it can't be read, nothing is described."""
    kept = file_at(owner, _in(folder, "MLmodel"))
    if kept is None or kept.blob.size > MAX_BYTES:
        return Description()
    with open_blob(kept.blob_id) as file:
        try:
            said = read_text(file.read(), "model's description").data
        except Unreadable:
            return Description()
    flavours = said.get("flavors") if isinstance(said, dict) else None
    if not isinstance(flavours, dict):
        return Description()
    kinds = {name: about for name, about in flavours.items() if isinstance(about, dict)}
    return Description(kinds, _columns(said.get("signature")))


def loadable(owner: Owner, folder: str, description: Description) -> tuple[KeptFile | None, str, str]:
    """The file of a folder that can be loaded here and its format, or why there is none.

    Returns:
        (file, "onnx" or "skops", ""), or (None, "", a sentence).
    """
    kept = next((found for name in NAMED_BY if (found := _named(owner, folder, description, name))), None)
    if kept is None:
        known = ", ".join(sorted(description.flavours)) or "none that can be read"
        return None, "", f"The model's flavours are {known}; a file in ONNX or skops is loaded here. {HOW}"
    form = sniff(path_of(kept.blob_id))
    if form in LOADABLE:
        return kept, form, ""
    return None, "", f"{PICKLE_SENTENCE if form == 'pickle' else f'{kept.path} is neither ONNX nor skops.'} {HOW}"


def _named(owner: Owner, folder: str, description: Description, flavour: str) -> KeptFile | None:
    name = description.flavours.get(flavour, {}).get(NAMED_BY[flavour])
    if not isinstance(name, str):
        return None
    try:
        return file_at(owner, _in(folder, safe(name)))
    except BadInput:
        return None


def _in(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _columns(signature: Any) -> list[str]:
    """The input columns' names of a signature, which MLflow spells as JSON inside of the YAML."""
    said = signature.get("inputs") if isinstance(signature, dict) else None
    try:
        columns = json.loads(said) if isinstance(said, str) else None
    except (ValueError, RecursionError):
        return []
    names = [one.get("name") for one in columns if isinstance(one, dict)] if isinstance(columns, list) else []
    fitting = [name for name in names if isinstance(name, str) and _fits(name)]
    return fitting if len(set(fitting)) == len(names) <= 5000 else []


def _fits(name: str) -> bool:
    return 0 < len(name.strip()) <= 200 and name.isprintable()
