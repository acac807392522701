"""What the model is, what it is for and made of: the inventory's and the datasets' part of a card."""

from typing import Any

from apps.accounts.models import User
from apps.datasets.models import DatasetVersion
from apps.dossiers import dossier
from apps.inventory.models import Limitation, Model, ModelVersion


def person(user: User | None) -> dict[str, str] | None:
    return None if user is None else {"reference": user.reference, "name": user.name}


def model(row: Model) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "name": row.name,
        "purpose": row.purpose,
        "description": row.description,
        "kind": row.get_kind_of_model_display(),
        "business_unit": row.business_unit.name,
        "legal_entity": row.legal_entity,
        "jurisdictions": row.jurisdictions,
        "owner": person(row.owner),
        "accountable_executive": person(row.accountable_executive),
        "developers": [person(user) for user in sorted(row.developers, key=lambda user: user.pk)],
        "vendor": row.vendor,
        "tier": row.tier,
        "tier_reasons": [str(reason) for reason in row.tier_reasons],
        "tier_method": row.tier_method,
        "materiality": row.materiality,
        "intake": {"decision": row.get_intake_display(), "reason": row.intake_reason},
        "contingency": row.contingency,
        "next_review": row.next_review,
        "status": row.get_status_display(),
    }


def version(row: ModelVersion) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "number": row.number,
        "status": str(row.status),
        "status_name": row.get_status_display(),
        "created_by": person(row.created_by),
        "created_at": row.created_at,
    }


def uses(row: Model) -> list[dict[str, Any]]:
    return dossier.uses(row)


def restrictions(row: Model) -> list[str]:
    return dossier.limits(row, Limitation.Sort.RESTRICTION)


def limitations(row: ModelVersion) -> list[str]:
    return [*dossier.limits(row.model, Limitation.Sort.LIMITATION), *row.metadata.get("limitations", [])]


def dependencies(row: Model) -> list[dict[str, Any]]:
    upstream = row.dependencies.filter(ended_at=None).order_by("upstream_kind", "upstream")
    return [{"kind": each.upstream_kind, "on": each.upstream, "note": each.note} for each in upstream]


def data(row: ModelVersion) -> list[dict[str, Any]]:
    named = {part: row.metadata[part] for part in dossier.DATA if row.metadata.get(part)}
    tables = DatasetVersion.objects.filter(reference__in=named.values()).select_related("dataset")
    found = {table.reference: table for table in tables}
    return [{"part": part, **_table(found[reference])} for part, reference in named.items()]


def _table(table: DatasetVersion) -> dict[str, Any]:
    return {
        "reference": table.reference,
        "name": table.dataset.name,
        "description": table.dataset.description,
        "classification": table.dataset.get_classification_display(),
        "rows": table.rows,
        "columns": len(table.columns),
        "missing_share": table.quality.get("missing_share"),
        "notes": table.quality.get("notes", []),
        "digest": table.digest,
        "taken_in": table.created_at,
    }


STATED = (
    *("format", "task", "algorithm", "parameters", "inputs", "target", "weight", "segments", "score_kind"),
    *("score_direction", "positive_label", "favourable_label", "threshold", "classes", "average", "unit"),
    *("tolerance", "favourable", "training_run", "training_metrics", "code_version"),
)


def method(row: ModelVersion) -> dict[str, Any]:
    said = row.said.model_dump(mode="json")
    stated = {name: said[name] for name in STATED if said.get(name) not in (None, [], {}, "")}
    return {**stated, "protected": _protected(row), "artifact": _artifact(row)}


def _protected(row: ModelVersion) -> list[dict[str, Any]]:
    return [attribute.model_dump(mode="json", exclude_none=True) for attribute in row.said.protected_attributes()]


def _artifact(row: ModelVersion) -> dict[str, Any] | None:
    file = row.artifact
    if file is None:
        return None
    return {"sha256": file.blob_id, "format": file.format, "size": file.blob.size, "scanned_at": file.scanned_at}
