"""What the model is for, where it may be used, what it was made of, and how it is watched."""

from typing import Any

from apps.core.templatetags.format import percent, size, whole
from apps.reports.layout.blocks import Heading, Notice, Points, Section, Table, Text, cells, columns, facts
from apps.reports.layout.figures import when, worded

PARTS = {"training_data": "Training", "reference_data": "Reference", "evaluation_data": "Evaluation"}


def purpose(card: dict[str, Any]) -> Section:
    model, version = card["model"], card["version"]
    people = ", ".join(person["name"] for person in model["developers"])
    executive = model["accountable_executive"]
    tier = f"Tier {model['tier']}" if model["tier"] else "Not tiered"
    rows = [
        ("Model", f"{model['name']} ({model['reference']})"),
        (
            "Version",
            f"{version['number']}, added by {version['created_by']['name']} on {when(version['created_at'])}",
        ),
        ("Kind", model["kind"]),
        ("Business unit", model["business_unit"]),
        ("Legal entity", model["legal_entity"]),
        ("Jurisdictions", ", ".join(model["jurisdictions"])),
        ("Owner", model["owner"]["name"]),
        ("Accountable executive", executive and executive["name"]),
        ("Developers", people),
        ("Vendor", model["vendor"]),
        ("Tier", f"{tier} by {model['tier_method']}" if model["tier_method"] else tier),
        ("Intake", f"{model['intake']['decision']}. {model['intake']['reason']}".strip()),
        ("Where it can't be used", model["contingency"]),
        ("Next review", model["next_review"] and when(model["next_review"])),
    ]
    blocks: list[Any] = [Text(model["purpose"])]
    if model["description"]:
        blocks.append(Text(model["description"]))
    blocks.append(facts("Who and what", rows))
    if model["tier_reasons"]:
        blocks += [Heading("Why this tier"), Points(model["tier_reasons"])]
    return Section("purpose", "Purpose", blocks)


def uses(card: dict[str, Any]) -> Section:
    blocks: list[Any] = []
    if card["uses"]:
        rows = [
            cells(use["name"], use["population"] or "Not stated", use["boundaries"] or "Not stated")
            for use in card["uses"]
        ]
        blocks.append(Table("Uses it is meant for", columns("Use", "For whom", "Where it ends"), rows))
    else:
        blocks.append(Notice("No use has been stated.", "warn"))
    blocks.append(Heading("Restrictions"))
    blocks.append(Points(card["restrictions"]) if card["restrictions"] else Text("None stated."))
    blocks.append(Heading("Limitations"))
    blocks.append(Points(card["limitations"]) if card["limitations"] else Text("None stated."))
    if card["dependencies"]:
        rows = [cells(each["on"], worded(each["kind"]), each["note"] or "—") for each in card["dependencies"]]
        blocks.append(Table("What it rests on", columns("Upstream", "Kind", "Note"), rows))
    return Section("uses", "Uses and limits", blocks)


def data(card: dict[str, Any]) -> Section:
    rows = [
        cells(
            f"{PARTS.get(table['part'], worded(table['part']))}: {table['name']}",
            table["reference"],
            whole(table["rows"]),
            whole(table["columns"]),
            percent(table["missing_share"]),
            table["classification"],
        )
        for table in card["data"]
    ]
    head = columns(
        *("Table", "Version", "Rows", "Columns", "Missing cells", "Classification"),
        figures=("Rows", "Columns", "Missing cells"),
    )
    blocks: list[Any] = [Table("The tables it was made and judged on", head, rows)]
    for table in {table["reference"]: table for table in card["data"]}.values():
        told = [("Digest (sha256)", table["digest"]), ("Taken in", when(table["taken_in"]))]
        blocks.append(facts(f"{table['reference']} {table['name']}", [("About", table["description"]), *told]))
        if table["notes"]:
            blocks.append(Points(table["notes"]))
    return Section("data", "Data", blocks)


def method(card: dict[str, Any]) -> Section:
    said, file = card["method"], card["method"]["artifact"]
    rows = [
        ("Task", worded(said["task"])),
        ("Algorithm", said.get("algorithm")),
        ("Target", said["target"]),
        ("Positive label", said.get("positive_label")),
        ("Favourable", _favourable(said)),
        ("Decides from score", said.get("threshold")),
        ("Score", f"{worded(said['score_kind'])}, {said['score_direction']} means more of it"),
        ("Classes", ", ".join(map(str, said.get("classes", [])))),
        ("Unit", said.get("unit")),
        ("Weight", said.get("weight")),
        ("Segments", ", ".join(said.get("segments", []))),
        ("Training run", said.get("training_run")),
        ("Code", said.get("code_version")),
        (f"Inputs ({len(said['inputs'])})", ", ".join(said["inputs"])),
        ("Parameters", ", ".join(f"{name} = {value}" for name, value in said.get("parameters", {}).items())),
    ]
    blocks: list[Any] = [facts("How it works", rows)]
    if file:
        told = [("Format", file["format"]), ("Size", size(file["size"])), ("Digest (sha256)", file["sha256"])]
        blocks.append(facts("Artefact", [*told, ("Scan", f"accepted on {when(file['scanned_at'])}")]))
    else:
        blocks.append(Text("There is no artefact: the model is scored elsewhere, and its scores came with the data."))
    if said["protected"]:
        rows = [
            cells(each["name"], each["column"], _bins(each), each.get("reference_group", "The best served"))
            for each in said["protected"]
        ]
        head = columns("Attribute", "Column", "Groups", "Compared with")
        blocks.append(Table("Protected attributes", head, rows))
    return Section("method", "Method", blocks)


def _favourable(said: dict[str, Any]) -> Any:
    limit = said.get("favourable")
    return f"{limit['operator']} {limit['value']}" if limit else said.get("favourable_label")


def _bins(attribute: dict[str, Any]) -> str:
    return ", ".join(attribute["bins"]["labels"]) if attribute.get("bins") else "As in the data"
