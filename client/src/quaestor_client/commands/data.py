"""Send a table as a dataset's next version."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from quaestor_client.commands.typed import Kinds, reference
from quaestor_client.desk import Desk
from quaestor_client.documents import read_object
from quaestor_client.errors import PASSED, Unusable

ABOUT = """\
Send a CSV or Parquet file as a dataset's next version, and print its reference, which is all that standard output
gets. The same content is the same version: sent again it is not stored again."""


def add(kinds: Kinds, shared: list[argparse.ArgumentParser]) -> None:
    parser = kinds.add_parser("data", help="send data")
    deeds = parser.add_subparsers(title="commands", dest="deed", required=True, metavar="COMMAND")
    push = deeds.add_parser(
        "push",
        parents=shared,
        help="send a table as a dataset's next version",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    push.add_argument("dataset", type=reference("DS", version=False), metavar="DATASET", help="such as DS-0001")
    push.add_argument("file", type=Path, metavar="FILE", help="CSV (UTF-8, names in the first line) or Parquet")
    push.add_argument("--metadata", type=Path, metavar="FILE", help="which column plays which part, as YAML or JSON")
    push.set_defaults(run=run)


def run(desk: Desk, options: argparse.Namespace) -> int:
    if options.file.suffix.lower() not in (".csv", ".parquet"):
        raise Unusable(f"{options.file} is neither .csv nor .parquet.")
    fields = {"metadata": json.dumps(read_object(options.metadata))} if options.metadata else {}
    path = f"datasets/{options.dataset}/versions/"
    answer = desk.server.upload(path, fields, {"file": options.file}, watch=desk.progress.sent)
    desk.progress.end()
    version = answer.body
    known = answer.status == 200
    desk.answer({**version, "new": not known})
    if not desk.as_json:
        desk.paper.line(version["reference"])
        told = "was there already" if known else "is new"
        desk.say(f"{version['reference']} {told}: {version['rows']:,} rows, digest {version['digest']}.")
    return PASSED
