"""Evaluate a draft to look at, wait for it, and say what the policy makes of it."""

from __future__ import annotations

import argparse
from typing import Any

from quaestor_client.commands.typed import Kinds, reference
from quaestor_client.desk import Desk
from quaestor_client.errors import FAILED, PASSED, NotFit, Unreachable
from quaestor_client.outputs import table
from quaestor_client.showing import interval, number

ABOUT = """\
Evaluate a draft version to look at: the model is scored and measured on the server, and the gate policy in force
gives its verdict. It ends with 0 where the verdict passes, else with 1. It is no part of any dossier."""
PASSES = ("passed", "passed_near_limit")


def add(kinds: Kinds, shared: list[argparse.ArgumentParser]) -> None:
    parser = kinds.add_parser(
        "evaluate",
        parents=shared,
        help="evaluate a draft and wait for its verdict",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("version", type=reference("MDL", version=True), metavar="VERSION")
    parser.add_argument(
        "--evaluation",
        type=reference("EVL", version=False),
        metavar="EVL-…",
        help="wait for this one, and begin none",
    )
    parser.add_argument("--results", action="store_true", help="print every result, not the gates alone")
    parser.set_defaults(run=run)


def run(desk: Desk, options: argparse.Namespace) -> int:
    path = f"versions/{options.version}/evaluations/"
    if options.evaluation:
        begun = _named(desk, options.version, options.evaluation)
    else:
        begun = desk.server.post(path, {"dry_run": True})
    return finish(desk, options.version, begun, results=options.results)


def finish(desk: Desk, version: str, begun: dict[str, Any], *, results: bool = False) -> int:
    """Wait for an evaluation that was begun, tell its verdict, and give the exit code it stands for."""
    evaluation = str(begun["evaluation"])
    again = f"It goes on at the server; “quaestor evaluate {version} --evaluation {evaluation}” waits for it."
    desk.wait(begun["job"], again)
    verdict = dict(desk.server.get(f"versions/{version}/verdict/", evaluation=evaluation))
    measured = list(desk.server.each(f"versions/{version}/results/", evaluation=evaluation)) if results else []
    desk.answer({"version": version, **verdict, **({"results": measured} if results else {})})
    if not desk.as_json:
        table.write(desk.paper, {"version": version, **verdict})
        if measured:
            desk.paper.line()
            _write_results(desk, measured)
        desk.paper.line(desk.server.page(f"evaluations/{evaluation}/"), "muted")
    return PASSED if verdict["outcome"] in PASSES else FAILED


def _named(desk: Desk, version: str, reference: str) -> dict[str, Any]:
    """An evaluation that is under way or done, in the shape that beginning one is answered in."""
    row = desk.server.get(f"evaluations/{reference}/")
    if row["version"] != version:
        raise NotFit(f"{reference} is of {row['version']}, not of {version}.")
    if row["status"] == "failed":
        raise NotFit(row["error"] or f"{reference} failed.")
    if row["status"] == "done":
        return {"evaluation": reference, "job": {"id": row["job"], "state": "done"}}
    if not row["job"]:
        raise Unreachable(f"{reference} has no job to wait for.")
    return {"evaluation": reference, "job": desk.server.get(f"jobs/{row['job']}/")}


def _write_results(desk: Desk, results: list[dict[str, Any]]) -> None:
    rows = [
        [
            row["measure"],
            table.whom(row),
            number(row["value"]),
            interval(row["low"], row["high"]),
            f"{row['n']:,}",
            row["status"],
        ]
        for row in results
    ]
    desk.paper.table(["Measure", "Of", ">Value", "Interval", ">n", "Status"], rows)
