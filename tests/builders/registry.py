"""Runs under way, logged models, and what both keep, without a client."""

import secrets

from apps.files.receiving import receive
from apps.tracking.facts import Batch
from apps.tracking.selectors.files import Owner
from apps.tracking.services.experiments import create_experiment
from apps.tracking.services.files import keep_file
from apps.tracking.services.logbooks import log
from apps.tracking.services.logged_models import create_logged_model
from apps.tracking.services.runs import start_run


def a_run(actor, now, *, experiment=None, name="try", **said):
    """A run under way, in an experiment of the actor's unit."""
    experiment = experiment or create_experiment(actor=actor, name=f"tries {secrets.token_hex(4)}", now=now)
    return start_run(actor=actor, experiment=experiment, name=name, now=now, **said)


def logs(actor, run, now, **batch):
    """Let a run log: logs(dmitri, run, now, params=[("C", "1")], points=[Point("auc", 0.8, 0)])."""
    log(actor=actor, reference=run.reference, batch=Batch(**batch), now=now)


def a_logged_model(actor, now, *, run=None, name="model", **said):
    """A logged model that is being uploaded, of a run."""
    run = run or a_run(actor, now)
    return create_logged_model(actor=actor, experiment=run.experiment, source_run=run, name=name, now=now, **said)


def keeps(actor, owner: Owner, now, **files: bytes):
    """Let a run or a logged model keep files: keeps(dmitri, run, now, **{"model/MLmodel": b"…"})."""
    for path, content in files.items():
        received = receive([content], limit_bytes=1 << 30)
        keep_file(actor=actor, owner=owner, path=path, received=received, now=now)
