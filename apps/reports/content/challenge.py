"""What a validation's signed report says, with the names and titles that its references stand for."""

import json
from typing import Any

from apps.core.canonical import plain
from apps.findings.models import Finding
from apps.reports.content import decisions
from apps.reports.keys import Key
from apps.validations.models import Validation
from apps.validations.questions import QUESTIONS

SCHEMA = "quaestor-validation-report/1"


def report(validation: Validation, key: Key) -> dict[str, Any]:
    """The report in JSON's own types: `report` is what was signed, to the letter; the rest explains it."""
    signed, version = json.loads(validation.report), validation.version
    file = version.artifact if version.artifact_id == signed["artifact"] else None
    return plain(
        {
            "schema": SCHEMA,
            "reference": validation.reference,
            "title": f"{version.model.name} {version.number}",
            "as_of": key.as_of,
            "report": signed,
            "report_digest": validation.report_digest,
            "sort_name": validation.get_sort_display(),
            "reason": validation.reason,
            "conclusion_name": validation.get_conclusion_display(),
            "artifact_sha256": file.blob_id if file else "",
            "sections": {question.key: question.section for question in QUESTIONS},
            "findings": _titles([finding["reference"] for finding in signed["findings"]]),
            "signature": decisions.signature(validation.signature),
            "checkpoint": decisions.checkpoint(key),
        }
    )


def _titles(references: list[str]) -> dict[str, str]:
    return dict(Finding.objects.filter(reference__in=references).values_list("reference", "title"))
