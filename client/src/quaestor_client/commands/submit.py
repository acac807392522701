"""Add a version to a model, and where it is wanted submit it."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from quaestor_client.commands import evaluate
from quaestor_client.commands.typed import Kinds, reference
from quaestor_client.desk import Desk
from quaestor_client.documents import read_object
from quaestor_client.errors import PASSED
from quaestor_client.sending import sha256_of
from quaestor_client.surroundings import look

ABOUT = """\
Add a version to a model: its metadata as YAML or JSON, and its artefact. Sent twice with the same content it is one
version. --start submits it, which evaluates it for its dossier; without it the version stays a draft."""


def add(kinds: Kinds, shared: list[argparse.ArgumentParser]) -> None:
    parser = kinds.add_parser(
        "submit",
        parents=shared,
        help="add a version to a model, and submit it",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", type=reference("MDL", version=False), metavar="MODEL", help="such as MDL-0001")
    parser.add_argument("metadata", type=Path, metavar="METADATA", help="a YAML or JSON file")
    parser.add_argument("--artifact", type=Path, metavar="FILE", help="the model's file (ONNX or skops)")
    parser.add_argument(
        "--parity-artifact", type=Path, metavar="FILE", help="the skops file an ONNX artefact came from"
    )
    parser.add_argument("--number", metavar="VERSION", help="the version's number, in place of the metadata's")
    parser.add_argument("--start", action="store_true", help="submit it, too")
    parser.add_argument("--wait", action="store_true", help="with --start: wait for the verdict, and end by it")
    parser.set_defaults(run=run, parser=parser)


def run(desk: Desk, options: argparse.Namespace) -> int:
    if options.wait and not options.start:
        options.parser.error("--wait waits for what --start begins")
    metadata = _metadata(options)
    files = {
        name: path
        for name, path in (("artifact", options.artifact), ("parity_artifact", options.parity_artifact))
        if path is not None
    }
    version = _added(desk, options.model, metadata, files)
    reference = str(version["reference"])
    page = desk.server.page(f"versions/{reference}/")
    if not options.start:
        desk.answer({**version, "page": page})
        _tell(desk, version, page, "is a draft")
        return PASSED
    started = desk.server.post(f"versions/{reference}/submission/")
    if options.wait:
        return evaluate.finish(desk, reference, started)
    desk.answer({**version, "status": started["status"], "evaluation": started["evaluation"], "page": page})
    _tell(desk, version, page, f"is submitted; {started['evaluation']} evaluates it")
    return PASSED


def _metadata(options: argparse.Namespace) -> dict[str, Any]:
    """What the file says, with the number that was typed, and the commit where the file names none."""
    said = read_object(options.metadata)
    if options.number:
        said["version"] = options.number
    commit = look(os.environ).commit
    if commit and not said.get("code_version"):
        said["code_version"] = commit
    return said


def _added(desk: Desk, model: str, metadata: dict[str, Any], files: dict[str, Path]) -> dict[str, Any]:
    path = f"models/{model}/versions/"
    digests = {name: sha256_of(file) for name, file in files.items()}
    key = _key(path, metadata, digests)
    if not files:
        return dict(desk.server.post(path, {"metadata": metadata}, key=key))
    fields = {"metadata": json.dumps(metadata)}
    answer = desk.server.upload(path, fields, files, key=key, watch=desk.progress.sent)
    desk.progress.end()
    return dict(answer.body)


def _key(path: str, metadata: dict[str, Any], digests: dict[str, str]) -> str:
    """A key made of the content, so that a CI job that runs again finds the version it added before."""
    whole = json.dumps([path, metadata, digests], sort_keys=True)
    return f"submit-{hashlib.sha256(whole.encode()).hexdigest()}"


def _tell(desk: Desk, version: dict[str, Any], page: str, where: str) -> None:
    if desk.as_json:
        return
    desk.paper.line(f"{version['reference']} {where}.", "strong")
    artifact = version.get("artifact")
    if artifact:
        desk.paper.line(
            f"Artefact {artifact['format']}, {artifact['size']:,} bytes, sha256 {artifact['digest']}", "muted"
        )
    desk.paper.line(page, "muted")
