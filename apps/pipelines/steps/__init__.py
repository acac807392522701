"""What each kind of step does. `doing(kind)` gives the pair of functions for it.

`work` is slow and outside of any transaction; `commit` writes what it found, in the transaction that ends the step's
job, so it happens exactly once in effect. Both act as the pipeline's owner.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apps.pipelines.steps.context import Context, Fails, Waits

Outputs = dict[str, dict[str, Any]]


def _nothing_else(context: Context) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Doing:
    """How one kind of step is done.

    Args:
        work: (context) -> what was found.
        commit: (context, found) -> outputs by name, `Waits` for something that ends later, or
            `Fails`.
        revision: of what our own code does in it: raised where equal inputs give other outputs than before.
        identity: what belongs to the fingerprint beside the step's text, inputs, code and environment.
        still_there: whether an earlier try's outputs can be taken now.
    """

    work: Callable[[Context], Any]
    commit: Callable[[Context, Any], Outputs | Waits | Fails]
    revision: int = 1
    identity: Callable[[Context], dict[str, Any]] = _nothing_else
    still_there: Callable[[Context, Outputs], bool] = lambda context, outputs: True


def doing(kind: str) -> Doing:
    """The functions for a kind of step."""
    from apps.pipelines.steps import (
        checking,
        commands,
        evaluating,
        extracting,
        lagging,
        registering,
        scoring,
        splitting,
        telling,
        training,
    )

    return {
        "extract": Doing(extracting.work, extracting.commit),
        "check": Doing(checking.work, checking.commit, identity=checking.identity),
        "features": Doing(lagging.work, lagging.commit),
        "split": Doing(splitting.work, splitting.commit),
        "train": Doing(training.work, training.commit),
        "register": Doing(
            registering.work, registering.commit, identity=registering.identity, still_there=registering.still_there
        ),
        "evaluate": Doing(
            evaluating.work, evaluating.commit, identity=evaluating.identity, still_there=evaluating.still_there
        ),
        "score": Doing(scoring.work, scoring.commit),
        "notify": Doing(telling.work, telling.commit),
        "command": Doing(commands.work, commands.commit),
    }[kind]


__all__ = ["Context", "Doing", "Fails", "Outputs", "Waits", "doing"]
