"""What every command works with: the server, the paper it writes on, the progress it shows."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from quaestor_client.errors import NotFit, Unreachable
from quaestor_client.patience import Patience
from quaestor_client.progress import Progress
from quaestor_client.server import Server
from quaestor_client.settings import from_environment
from quaestor_client.showing import Paper, clean

FIRST_LOOK_SECONDS, LONGEST_LOOK_SECONDS = 0.5, 5.0
ENDED = ("done", "failed", "cancelled")


@dataclass
class Desk:
    """One command's means. `going_on` is what to say where it is interrupted while the server works for it."""

    patience: Patience
    progress: Progress
    as_json: bool
    going_on: str = ""
    paper: Paper = field(default_factory=Paper)

    @classmethod
    def of(cls, options: argparse.Namespace) -> Desk:
        return cls(Patience(options.timeout), Progress(), options.json)

    @cached_property
    def server(self) -> Server:
        """The server that the environment names.

        Raises:
            Unusable: the environment names none.
        """
        settings = from_environment(os.environ)
        if settings.in_the_clear:
            self.say("The token travels unencrypted: QUAESTOR_URL begins with http://.")
        return Server(settings, self.patience, self.say)

    def say(self, words: str) -> None:
        """A line beside the answer: to the person, not to the program that reads it."""
        self.progress.end()
        sys.stderr.write(clean(words) + "\n")
        sys.stderr.flush()

    def answer(self, said: Any) -> None:
        """The answer as JSON, where it is wanted so."""
        if self.as_json:
            sys.stdout.write(json.dumps(said, indent=2) + "\n")

    def wait(self, job: dict[str, Any], how_to_go_on: str) -> dict[str, Any]:
        """The job when it has ended well.

        Args:
            how_to_go_on: what to say where nobody waits any longer; the job does not end by that.

        Raises:
            NotFit: it failed or was cancelled.
            Unreachable: it did not end in time.
        """
        self.going_on, pause = how_to_go_on, FIRST_LOOK_SECONDS
        while job["state"] not in ENDED:
            self.progress.show(job.get("progress") or 0.0, job.get("message") or "Waiting for a worker")
            if self.patience.left <= pause:
                told = f"It did not end within the {self.patience.seconds:g} seconds of --timeout."
                raise Unreachable(f"{told} {how_to_go_on}")
            self.patience.sleep(pause)
            pause = min(pause * 1.5, LONGEST_LOOK_SECONDS)
            job = self.server.get(f"jobs/{job['id']}/")
        self.progress.end()
        self.going_on = ""
        if job["state"] != "done":
            raise NotFit(job.get("error") or f"The job {job['id']} was {job['state']}.")
        return job
