"""What the fresh process runs: read the request, build the walls, only then import the program and run it.

Started by path, with nothing of ours on `sys.path` yet; it imports the standard library alone until the walls stand.
"""

import errno
import importlib
import importlib.util
import json
import os
import sys
import traceback
from pathlib import Path

REPORTS = 3  # the descriptor reports go to; what programs print on 1 goes to 2
EXIT_WALLS_MISSING = 3


def say(report):
    """Tell the parent one thing: a line of JSON."""
    data = memoryview(json.dumps(report, allow_nan=False).encode() + b"\n")
    while data:
        data = data[os.write(REPORTS, data) :]


def main():
    """Serve one request."""
    request = json.load(sys.stdin.buffer)
    os.dup2(1, REPORTS)
    os.dup2(2, 1)
    os.closerange(REPORTS + 1, os.sysconf("SC_OPEN_MAX"))
    sys.path.append(request["code"])
    from apps.jobs.sandbox import walls  # leaves `apps` imported: its folder's parent can't be listed later
    from apps.jobs.sandbox.failures import Refused
    from apps.jobs.sandbox.task import Task

    inputs = {name: Path(path) for name, path in request["inputs"].items()}
    scratch = Path(request["scratch"])
    readable = [Path(request["code"]) / "apps", *inputs.values()]
    if request["file"]:
        readable.append(Path(request["file"]))
    try:
        standing = walls.build(readable, scratch, request["limits"], request["parent"])
    except walls.WallNotBuilt as wall:
        say({"walls_missing": str(wall)})
        os._exit(EXIT_WALLS_MISSING)
    say({"walls": standing})
    try:
        result = program(request).main(Task(inputs, request["parameters"], scratch, say))
        say({"result": result})
    except Refused as refusal:
        say({"refused": refusal.sentence})
    except BaseException as error:
        say(failure(error))
    sys.stdout.flush()
    os._exit(0)  # no finalisers of untrusted objects, no waiting for their threads


def program(request):
    """Import the program behind the walls: a module of ours, or a plugin's file."""
    if not request["file"]:
        return importlib.import_module(request["module"])
    described = importlib.util.spec_from_file_location("plugin", request["file"])
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


def failure(error):
    """An exception as the parent sorts it: by kind, never by the program's own claim."""
    traceback.print_exception(error)
    text = f"{type(error).__name__}: {error}"[:300]
    number = getattr(error, "errno", None)
    if isinstance(error, MemoryError) or "bad_alloc" in text or "Failed to allocate memory" in text:
        return {"failed": "memory", "message": text}
    if isinstance(error, OSError) and number == errno.EFBIG:
        return {"failed": "written", "message": text}
    if isinstance(error, PermissionError):
        return {"failed": "forbidden", "message": text}
    return {"failed": "error", "message": text}


if __name__ == "__main__":
    main()
