"""Runs somebody's script as a program of its own, in the scratch folder.

The script finds its inputs as files under inputs/, its settings in parameters.json and its arguments in sys.argv, and
leaves its outputs in the folder that it starts in. What it prints is its log.
"""

import sys
import types
from typing import Any

from apps.jobs.sandbox.task import Task


def main(task: Task) -> dict[str, Any]:
    """Run the script; it has done its work where it ends without an exception and with no exit code."""
    name = task.parameters["name"]
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.argv = [name, *task.parameters["arguments"]]
    source = task.inputs["script"].read_bytes()
    module = types.ModuleType("__main__")
    module.__file__ = name
    sys.modules["__main__"] = module
    try:
        exec(compile(source, name, "exec"), module.__dict__)
    except SystemExit as ended:
        if ended.code not in (None, 0):
            raise RuntimeError(f"the script ended with exit code {ended.code}") from None
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    return {"files": sorted(path.name for path in task.scratch.iterdir() if path.is_file())}
