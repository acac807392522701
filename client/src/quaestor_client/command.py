"""The command `quaestor`: reads what was typed, asks the server, and ends with a code that CI understands."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from quaestor_client import __version__
from quaestor_client.commands import data, evaluate, gate, submit, verify
from quaestor_client.desk import Desk
from quaestor_client.errors import INTERRUPTED, PASSED, UNUSABLE, Ended
from quaestor_client.showing import clean

COMMANDS = (submit, gate, evaluate, data, verify)
ABOUT = "Quaestor from a shell and from CI: submit model versions, ask the gate, push data, verify."
CODES = """\
exit codes:
  0    passed, or done
  1    the gate failed, evidence is missing, or what was verified is not what was approved
  2    something given can't be used: an option, a file, a reference, a token, a permission
  3    the server can't be reached, fails, or did not get ready within --timeout
  130  interrupted (Ctrl-C); what was asked for goes on at the server

environment:
  QUAESTOR_URL         the server's address
  QUAESTOR_TOKEN       an API token; or QUAESTOR_TOKEN_FILE, a file that holds it
"""


class Parser(argparse.ArgumentParser):
    """Errors of use as a sentence and exit code 2; no abbreviations, whose meaning a later option would change."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("allow_abbrev", False)
        super().__init__(*args, **kwargs)

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(UNUSABLE, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command; its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    options = parser().parse_args(arguments)
    desk = Desk.of(options)
    signal.signal(signal.SIGTERM, _terminated)
    try:
        return int(options.run(desk, options))
    except Ended as ended:
        return _told(ended, options, desk)
    except KeyboardInterrupt:
        desk.progress.end()
        desk.say("Interrupted." + (f" {desk.going_on}" if desk.going_on else ""))
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PASSED


def parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    shared = Parser(add_help=False)
    shared.add_argument("--json", action="store_true", help="answer as JSON on standard output")
    shared.add_argument(
        "--timeout",
        type=_seconds,
        default=900.0,
        metavar="SECONDS",
        help="how long it may take, waiting included (default: 900)",
    )
    whole = Parser(
        prog="quaestor", description=ABOUT, epilog=CODES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    whole.add_argument("--version", action="version", version=f"quaestor-client {__version__}")
    kinds = whole.add_subparsers(title="commands", dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(kinds, [shared])
    return whole


def _seconds(said: str) -> float:
    seconds = float(said)
    if not 0 < seconds < 1e6:
        raise argparse.ArgumentTypeError("a number of seconds above 0")
    return seconds


def _terminated(number: int, frame: object) -> NoReturn:
    """A cancelled CI job: end as an interrupted one does."""
    raise KeyboardInterrupt


def _told(ended: Ended, options: argparse.Namespace, desk: Desk) -> int:
    desk.progress.end()
    for line in (f"quaestor: {ended}", *(f"  {detail}" for detail in ended.details)):
        desk.say(line)
    if options.json:
        sys.stdout.write(json.dumps({name: _shown(said) for name, said in ended.as_dict().items()}) + "\n")
    return ended.code


def _shown(said: Any) -> Any:
    return clean(said) if isinstance(said, str) else said
