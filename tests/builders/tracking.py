"""Experiments and runs in the state a test needs, reached the way the product reaches it."""

from apps.tracking.facts import Batch, Point
from apps.tracking.services.experiments import create_experiment
from apps.tracking.services.logbooks import log
from apps.tracking.services.runs import start_run, update_run


def an_experiment(user, now, name="Default risk"):
    return create_experiment(actor=user, name=name, now=now)


def a_run(user, experiment, now, name="", *, metrics=None, params=None, tags=None, curve=None, ended=True, **more):
    """A run that logged `metrics` and `params`, and of each metric in `curve` a value a step; it has ended."""
    run = start_run(actor=user, experiment=experiment, name=name, now=now, tags=tags, started_ms=1_700_000_000_000)
    points = [Point(key, value, 1_700_000_000_000) for key, value in (metrics or {}).items()]
    for key, values in (curve or {}).items():
        points += [Point(key, value, 1_700_000_000_000 + step, step) for step, value in enumerate(values)]
    said = Batch(points, list((params or {}).items()), **more)
    log(actor=user, reference=run.reference, batch=said, now=now)
    return update_run(actor=user, reference=run.reference, status="FINISHED" if ended else None, now=now)


def a_search(user, now, count=6):
    """An experiment whose runs get better and narrower: accuracy rises, the impact ratio falls."""
    experiment = an_experiment(user, now)
    runs = [
        a_run(
            user,
            experiment,
            now,
            f"run-{number}",
            metrics={"auc": 0.70 + number / 50, "ratio": 0.90 - number / 40, "inputs": 40.0 + 3 * number},
            params={"depth": str(number + 1), "booster": "gbtree" if number % 2 else "dart"},
            curve={"loss": [1.0 / (step + number + 1) for step in range(20)]},
        )
        for number in range(count)
    ]
    return experiment, runs
