"""What a model card says, as plain JSON: a pure function of rows in earlier rooms, with no clock of its own."""

from typing import Any

from apps.core.canonical import plain
from apps.inventory.models import ModelVersion
from apps.reports.content import decisions, identity, measured, watching
from apps.reports.keys import Key

SCHEMA = "quaestor-card/1"


def card(version: ModelVersion, key: Key) -> dict[str, Any]:
    """The card of `version` as of `key`, in JSON's own types; docs/rooms/reports.md lists its parts."""
    model = version.model
    return plain(
        {
            "schema": SCHEMA,
            "reference": version.reference,
            "title": f"{model.name} {version.number}",
            "as_of": key.as_of,
            "standing": decisions.standing(version, key),
            "model": identity.model(model),
            "version": identity.version(version),
            "uses": identity.uses(model),
            "restrictions": identity.restrictions(model),
            "limitations": identity.limitations(version),
            "dependencies": identity.dependencies(model),
            "data": identity.data(version),
            "method": identity.method(version),
            **measured.evidence(version),
            "validation": decisions.validation(version),
            "findings": decisions.findings(version),
            "approvals": decisions.approvals(version),
            "attestations": decisions.attestations(version),
            "deployments": watching.deployments(version),
            "monitoring": watching.monitoring(version),
            "retirement": watching.retirement(model),
            "dossier": {"digest": key.dossier_digest, "signed": key.signed},
            "checkpoint": decisions.checkpoint(key),
        }
    )
