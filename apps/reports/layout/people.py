"""Who challenged, decided and signed, and how the ledger was sealed."""

from typing import Any

from apps.core.templatetags.format import whole
from apps.reports.layout.blocks import (
    Facts,
    Heading,
    Notice,
    Points,
    Section,
    Table,
    Text,
    Verbatim,
    cells,
    columns,
    facts,
)
from apps.reports.layout.figures import when, worded


def validation(card: dict[str, Any]) -> Section:
    said = card["validation"]
    if said is None:
        blocks: list[Any] = [Notice("No independent validation has been concluded.", "warn")]
    else:
        tone = {"fit": "good", "not_fit": "bad"}.get(said["conclusion"], "warn")
        blocks = [
            Notice(f"{said['conclusion_name']}: {said['summary']}", tone),
            facts(
                f"{said['reference']}, {said['sort'].lower()}",
                [("Scope", said["scope"]), ("Report digest (sha256)", said["report_digest"])],
            ),
            signature(said["signature"], "Concluded and signed"),
        ]
    blocks.append(Heading("Findings"))
    blocks.append(_findings(card["findings"]))
    return Section("validation", "Validation and findings", blocks)


def _findings(findings: list[dict[str, Any]]) -> Any:
    if not findings:
        return Text("None about this model or version.")
    rows = [
        cells(
            f"{each['reference']}: {each['title']}",
            each["about"],
            worded(each["severity"]) + (", blocking" if each["blocking"] else ""),
            worded(each["status"]),
            when(each["closed_at"]) if each["closed_at"] else f"due {when(each['due'])}",
        )
        for each in findings
    ]
    return Table(
        "Findings about the model and the version", columns("Finding", "About", "Severity", "Status", "When"), rows
    )


def approvals(card: dict[str, Any]) -> Section:
    blocks: list[Any] = []
    if not card["approvals"]:
        blocks.append(Notice("Nobody has been asked to approve this version.", "warn"))
    for said in card["approvals"]:
        blocks += _approval(said)
    blocks.append(Heading("The owner's attestation"))
    if not card["attestations"]:
        blocks.append(Text("The owner has not attested the uses yet."))
    for said in card["attestations"]:
        blocks += [Text(f"“{said['statement']}”"), signature(said["signature"], said["reference"])]
    return Section("approvals", "Approvals", blocks)


def _approval(said: dict[str, Any]) -> list[Any]:
    rows = [
        ("Asked by", f"{said['opened_by']['name']} on {when(said['opened_at'])}"),
        ("Decided", said["decided_at"] and when(said["decided_at"])),
        ("Route", ", ".join(f"{stage['number']}. {stage['name']}" for stage in said["stages"])),
        ("Route's policy", said["route"]),
        ("Suspended because", said["suspension"]),
        ("What was signed (dossier, sha256)", said["dossier_digest"]),
    ]
    blocks: list[Any] = [Heading(f"{said['reference']}: {said['status_name']}"), facts("The request", rows)]
    for each in said["decisions"]:
        title = f"{each['stage']}: {each['decision_name'].lower()}"
        more = [("Reason", each["reason"]), ("Exceptions relied upon", ", ".join(each["exceptions"]))]
        place = each["in_place_of"]
        blocks.append(signature(each["signature"], title, *more, ("In place of", place and place["name"])))
    if said["conditions"]:
        rows = [
            cells(f"{each['number']}. {each['text']}", when(each["due"]), each["status_name"], _fulfilled(each))
            for each in said["conditions"]
        ]
        head = columns("Condition", "Due", "Status", "Fulfilled and verified")
        blocks.append(Table(f"Conditions of {said['reference']}", head, rows))
    return blocks


def _fulfilled(said: dict[str, Any]) -> str:
    steps = [("fulfilled_by", "fulfilled_at", "Reported by"), ("verified_by", "verified_at", "verified by")]
    told = [f"{word} {said[who]['name']}, {when(said[at])}" for who, at, word in steps if said[who]]
    return "; ".join(told) or "Not yet"


def signature(said: dict[str, Any], title: str, *more: tuple[str, Any]) -> Facts:
    rows = [
        ("Signed by", f"{said['printed_name']} ({said['printed_roles']})"),
        ("Meaning", said["meaning"]),
        *more,
        ("Signed on", when(said["signed_at"])),
        ("Proved by", " and ".join(said["methods"])),
        ("Record (sha256)", said["record_digest"]),
        ("Signature", f"{said['reference']}, sha256 {said['digest']}"),
    ]
    return facts(title, rows)


def ledger(card: dict[str, Any]) -> Section:
    said, dossier = card["checkpoint"], card["dossier"]
    signed = "what the deciders were shown" if dossier["signed"] else "as the version is now; nobody was asked yet"
    blocks: list[Any] = [facts("The dossier", [("Digest (sha256)", dossier["digest"]), ("This is", signed)])]
    if said is None:
        blocks.append(Notice("The ledger has not been sealed since the last change; this card is a preview.", "warn"))
        return Section("checkpoint", "The ledger's checkpoint", blocks)
    blocks += [
        Text(
            f"Everything this card tells happened within the first {whole(said['size'])} events of the ledger, "
            f"sealed {when(said['sealed_at'])} by the signed note below. The stand-alone verifier checks the note "
            "against the ledger's key, and any later export of the ledger against the note."
        ),
        facts("Checkpoint", [("Events", whole(said["size"])), ("Root of the tree", said["root"])]),
        Verbatim(said["note"], "The signed note"),
        Heading("What to compare"),
        Points(
            [
                "The machine-readable card is attached to the PDF, byte for byte the JSON that the API gives.",
                "The record's digest under each signature is the dossier's, where it was signed on this dossier.",
                "Rendered again from the same state, this document has the same bytes.",
            ]
        ),
    ]
    return Section("checkpoint", "The ledger's checkpoint", blocks)
