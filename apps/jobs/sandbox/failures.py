"""How untrusted work may end badly. Each failure holds a `sentence` for the person who asked for the work."""


class SandboxFailure(Exception):
    """The work brought no result; `sentence` says why, `code` names the kind for machines.

    `log` is the tail of what was printed inside, a traceback mostly: for whoever runs the machine, never shown.
    """

    code = "failed"
    log = ""

    def __init__(self, sentence: str):
        super().__init__(sentence)
        self.sentence = sentence


class WallsMissing(SandboxFailure):
    """A wall couldn't be built on this machine, so nothing untrusted was run."""

    code = "walls_missing"


class TimedOut(SandboxFailure):
    """It ran, or computed, longer than it may."""

    code = "timed_out"


class OutOfMemory(SandboxFailure):
    """It wanted more memory than it may have."""

    code = "out_of_memory"


class TooMuchWritten(SandboxFailure):
    """It wrote or said more than it may."""

    code = "too_much_written"


class Forbidden(SandboxFailure):
    """It reached for something outside: a file, the network, another process."""

    code = "forbidden"


class Crashed(SandboxFailure):
    """It raised, ended by a signal, or ended without an answer."""

    code = "crashed"


class Cancelled(SandboxFailure):
    """The person who asked for it took that back."""

    code = "cancelled"


class Refused(SandboxFailure):
    """The program looked at its inputs and declined, with a sentence of its own."""

    code = "refused"
