"""Runs and what they keep, without a client."""

import secrets

from apps.audit.acts import act
from apps.files.receiving import receive
from apps.tracking import events
from apps.tracking.models import Run
from apps.tracking.selectors.files import Owner
from apps.tracking.services.experiments import create_experiment
from apps.tracking.services.files import keep_file
from apps.tracking.services.logged_models import create_logged_model


def a_run(actor, now, *, experiment=None, name="try"):
    """A run under way, in an experiment of the actor's unit."""
    experiment = experiment or create_experiment(actor=actor, name=f"tries {secrets.token_hex(4)}", now=now)
    started = {"started_by": actor, "started_ms": int(now.timestamp() * 1000), "begun_at": now}
    new = Run(reference=secrets.token_hex(16), experiment=experiment, name=name, **started)
    with act(events.RUN_STARTED, actor=actor, creates=new, now=now) as run:
        return run


def a_logged_model(actor, now, *, run=None, name="model", **said):
    """A logged model that is being uploaded, of a run."""
    run = run or a_run(actor, now)
    return create_logged_model(actor=actor, experiment=run.experiment, source_run=run, name=name, now=now, **said)


def keeps(actor, owner: Owner, now, **files: bytes):
    """Let a run or a logged model keep files: keeps(dmitri, run, now, **{"model/MLmodel": b"…"})."""
    for path, content in files.items():
        received = receive([content], limit_bytes=1 << 30)
        keep_file(actor=actor, owner=owner, path=path, received=received, now=now)
