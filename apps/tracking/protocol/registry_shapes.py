"""Registered models and versions as MLflow's clients read them."""

import json
from collections.abc import Sequence
from typing import Any

from apps.inventory.models import Model, ModelVersion
from apps.tracking.models import RegisteredVersion
from apps.tracking.protocol.shapes import listed, milliseconds
from apps.tracking.selectors.registry import stage_of


def model_shown(model: Model, newest: Sequence[ModelVersion] = ()) -> dict[str, Any]:
    """A model of the inventory as a registered model."""
    entry = getattr(model, "registered", None)
    shown: dict[str, Any] = {
        "name": model.name,
        "creation_timestamp": milliseconds(model.created_at),
        "last_updated_timestamp": milliseconds(entry.changed_at if entry else model.created_at),
        "user_id": model.created_by.email,
        "description": model.description,
        "tags": listed({**(entry.tags if entry else {}), "quaestor.reference": model.reference}),
    }
    if entry and entry.aliases:
        shown["aliases"] = [{"alias": alias, "version": number} for alias, number in entry.aliases.items()]
    if newest:
        shown["latest_versions"] = [version_shown(version) for version in newest]
    return shown


def version_shown(version: ModelVersion) -> dict[str, Any]:
    """A version of the inventory as a model version. Its own tags say where it stands."""
    entry: RegisteredVersion | None = getattr(version, "registered", None)
    shown: dict[str, Any] = {
        "name": version.model.name,
        "version": version.number,
        "creation_timestamp": milliseconds(version.created_at),
        "last_updated_timestamp": milliseconds(entry.changed_at if entry else version.created_at),
        "user_id": version.created_by.email,
        "current_stage": stage_of(version),
        "status": "READY",
        "tags": listed({**(entry.tags if entry else {}), **_standing(version)}),
        "aliases": _aliases(version),
    }
    return {**shown, **_origin(entry)} if entry else shown


def _standing(version: ModelVersion) -> dict[str, str]:
    lacking = sorted(field.removeprefix("metadata.") for field in version.lacks())
    said = {"quaestor.reference": version.reference, "quaestor.status": version.status}
    return {**said, "quaestor.lacks": ", ".join(lacking)} if lacking else said


def _aliases(version: ModelVersion) -> list[str]:
    entry = getattr(version.model, "registered", None)
    return [alias for alias, number in entry.aliases.items() if number == version.number] if entry else []


def _origin(entry: RegisteredVersion) -> dict[str, Any]:
    said: dict[str, Any] = {
        "description": entry.description,
        "source": entry.source,
        "run_link": entry.run_link,
        "status_message": entry.without_file,
        "run_id": entry.run.reference if entry.run else "",
        "model_id": entry.logged_model.reference if entry.logged_model else "",
        "model_params": _params(entry),
    }
    return {name: value for name, value in said.items() if value not in ("", [])}


def _params(entry: RegisteredVersion) -> list[dict[str, str]]:
    if entry.logged_model and entry.logged_model.params:
        return [{"name": key, "value": value} for key, value in entry.logged_model.params.items()]
    book = getattr(entry.run, "logbook", None)
    return [{"name": one["key"], "value": one["value"]} for one in json.loads(book.params)] if book else []
