"""How work ends early."""


class CannotBeDone(Exception):
    """The work can't succeed, however often it is tried. The sentence is for the person who asked."""


class TryAgain(Exception):
    """The work failed for a reason that may pass: it is tried again later."""


class Cancelled(Exception):
    """Somebody cancelled the job while it ran."""


class Superseded(Exception):
    """Another attempt holds the job now, or it has ended; what this one found must not be written."""
