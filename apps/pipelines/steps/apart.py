"""Steps that run in the sandbox: the environment looked at, inputs laid out, the program watched, files taken."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from apps.files.services import open_blob, path_of
from apps.jobs import sandbox
from apps.jobs.errors import Cancelled, CannotBeDone
from apps.pipelines import environment
from apps.pipelines.format import Script
from apps.pipelines.format.shapes import Limits
from apps.pipelines.steps.context import Context

SUFFIX = {"table": ".parquet"}
MOST_JSON_BYTES = 1 << 20


def run(
    program: str,
    context: Context,
    parameters: dict[str, Any],
    *,
    scratch: Path,
    inputs: Mapping[str, Path],
    limits: Limits,
) -> sandbox.Outcome:
    """Run a program of ours in the sandbox for a step; what it prints goes into the step's log as it comes.

    Raises:
        CannotBeDone: with the sandbox's sentence, or because the environment isn't the one that was pinned.
        Cancelled: somebody cancelled the run.
    """
    _require_environment(context)
    seconds = context.said.timeout_seconds
    try:
        outcome = sandbox.run(
            program,
            dict(inputs),
            parameters,
            scratch=scratch,
            limits=sandbox.Limits(
                wall_seconds=seconds,
                cpu_seconds=seconds,
                memory_bytes=int(limits.memory_gb * (1 << 30)),
                scratch_bytes=int(limits.disk_gb * (1 << 30)),
                file_bytes=int(limits.disk_gb * (1 << 30)),
            ),
            on_progress=lambda share, message: context.job.progress(share, message),
            on_log=context.book.take,
            cancelled=context.job.cancelled,
        )
    except sandbox.Cancelled as stopped:
        raise Cancelled from stopped
    except sandbox.SandboxFailure as failure:
        raise CannotBeDone(failure.sentence) from failure
    finally:
        context.book.close()
    context.engine |= {"walls": outcome.walls, "sandbox_seconds": round(outcome.seconds, 3)}
    return outcome


def run_script(
    script: Script, context: Context, *, scratch: Path, settings: dict[str, Any], arguments: list[str], limits: Limits
) -> sandbox.Outcome:
    """Run somebody's script, which finds inputs/<name>, parameters.json and its arguments (docs/pipelines.md)."""
    outside = scratch.parent / f"{scratch.name}.py"
    inputs = {"script": _source(script, outside)}
    (scratch / "inputs").mkdir()
    for name, given in context.inputs.items():
        short = name.rpartition(".")[2]
        inputs[short] = context.file(name)
        (scratch / "inputs" / f"{short}{SUFFIX.get(given['kind'], '')}").symlink_to(inputs[short])
    (scratch / "parameters.json").write_text(json.dumps({**context.run.parameters, **settings}, sort_keys=True))
    try:
        return run(
            "apps.pipelines.programs.script",
            context,
            {"name": script.name, "arguments": arguments},
            scratch=scratch,
            inputs=inputs,
            limits=limits,
        )
    finally:
        outside.unlink(missing_ok=True)


def read_json(outcome: sandbox.Outcome, name: str) -> dict[str, Any]:
    """A JSON object that a script may have left; {} where it left none.

    Raises:
        CannotBeDone: it is too large, or no JSON object.
    """
    if not (outcome.scratch / name).exists():
        return {}
    path = outcome.file(name)
    if path.stat().st_size > MOST_JSON_BYTES:
        raise CannotBeDone(f"{name} has more than {MOST_JSON_BYTES >> 20} MB.")
    try:
        found = json.loads(path.read_bytes(), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise CannotBeDone(f"{name} is no JSON: {error}.") from error
    if not isinstance(found, dict):
        raise CannotBeDone(f"{name} has to be a JSON object.")
    return found


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")


def _source(script: Script, outside: Path) -> Path:
    if script.digest:
        return path_of(script.digest)
    outside.write_text(script.text or "")
    return outside


def _require_environment(context: Context) -> None:
    """Hold this installation's packages against the pipeline's lock."""
    context.engine["environment"] = dict(environment.here())
    wanted = context.run.definition.environment
    if wanted is None:
        return
    with open_blob(wanted.lock) as file:
        lock = file.read().decode("utf-8", "replace")
    if not any(environment.pins(lock)):
        raise CannotBeDone(
            f"The lock {wanted.lock[:12]} pins no package (name==version), so nothing can be compared."
        )
    found = environment.differences(lock)
    context.engine["environment"] = {
        **environment.here(),
        "lock": wanted.lock,
        "differences": [str(d) for d in found],
    }
    if found and wanted.on_difference == "refuse":
        raise CannotBeDone(f"The environment here isn't the one that the lock pins: {environment.told(found)}.")
    if found:
        context.say(f"The environment differs from the lock: {environment.told(found)}.")
