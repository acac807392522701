"""Verify an audit export on this machine, or that a file is what was approved."""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

from quaestor_client.commands.typed import Kinds, reference
from quaestor_client.desk import Desk
from quaestor_client.errors import PASSED, NotFit, Unusable
from quaestor_client.sending import sha256_of

ABOUT = """\
Verify, without a server, an export of the audit log (or one proof from it) against the key that you pinned:

    quaestor verify ledger-EXP-0007.zip --key "bank.example/ledger+5299f73d+Af7Y…" --checkpoint older.txt

or ask the server whether a file is, byte for byte, the artefact of a version whose approval counts now:

    quaestor verify model.onnx --approved MDL-0001@1.2.0"""
OLDEST = (3, 10)


def add(kinds: Kinds, shared: list[argparse.ArgumentParser]) -> None:
    parser = kinds.add_parser(
        "verify",
        parents=shared,
        help="verify an audit export, or that a file is what was approved",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="an export's zip, a proof, or a model's file")
    parser.add_argument(
        "--approved", type=reference("MDL", version=True), metavar="VERSION", help="whose artefact it is to be"
    )
    parser.add_argument("--key", action="append", default=[], help="the ledger's verifier key, or a file of them")
    parser.add_argument("--checkpoint", action="append", default=[], metavar="FILE", help="checkpoints that you kept")
    parser.set_defaults(run=run, parser=parser)


def run(desk: Desk, options: argparse.Namespace) -> int:
    if options.approved and (options.key or options.checkpoint):
        options.parser.error("--approved asks the server; --key and --checkpoint are for exports")
    return _artifact(desk, options) if options.approved else _export(desk, options)


def _export(desk: Desk, options: argparse.Namespace) -> int:
    """By the auditor's verifier, as it is: a script of the standard library in a process of its own."""
    if sys.version_info < OLDEST:
        raise Unusable("The verifier of exports needs Python 3.10 or later.")
    script = Path(str(files("quaestor_client") / "quaestor_verify.script"))
    command = [sys.executable, "-I", str(script), str(options.file)]
    for key in options.key:
        command += ["--key", key]
    for checkpoint in options.checkpoint:
        command += ["--checkpoint", checkpoint]
    command += ["--json"] if desk.as_json else []
    try:
        return subprocess.run(command, check=False, timeout=desk.patience.left).returncode
    except subprocess.TimeoutExpired:
        raise Unusable(f"It was not verified within the {desk.patience.seconds:g} seconds of --timeout.") from None


def _artifact(desk: Desk, options: argparse.Namespace) -> int:
    digest = sha256_of(options.file)
    version = desk.server.get(f"versions/{options.approved}/")
    approval: dict[str, Any] = version.get("approval") or {}
    artifact: dict[str, Any] = version.get("artifact") or {}
    answer = {
        "version": options.approved,
        "sha256": digest,
        "artifact": artifact.get("digest"),
        "same": bool(artifact) and artifact.get("digest") == digest,
        "approval": approval.get("reference"),
        "live": bool(approval.get("live")),
    }
    desk.answer(answer)
    if not artifact:
        raise NotFit(f"{options.approved} has no artefact of its own: it is scored elsewhere.")
    if not answer["same"]:
        raise NotFit(
            f"{options.file} is not the artefact of {options.approved}: sha256 {digest}, not {artifact['digest']}."
        )
    if not answer["live"]:
        raise NotFit(_not_approved(options.approved, version["status"], approval))
    if not desk.as_json:
        desk.paper.line(f"{options.file} is the approved artefact of {options.approved}.", "good")
        desk.paper.line(f"Approval {approval['reference']} counts now; sha256 {digest}", "muted")
    return PASSED


def _not_approved(reference: str, status: str, approval: dict[str, Any]) -> str:
    if not approval:
        return (
            f"The file is the artefact of {reference}, but that was never approved; it is {status.replace('_', ' ')}."
        )
    told = approval["status"].replace("_", " ")
    return f"The file is the artefact of {reference}, but {approval['reference']} ({told}) does not count now."
