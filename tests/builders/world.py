"""One unit's whole life: a row of every kind that a unit has, reached the way the product reaches it."""

from datetime import timedelta

from django.apps import apps as rooms

from apps.datasets.models import Dataset
from apps.datasets.services.erasures import request_erasure
from apps.datasets.services.keeping import place_hold
from apps.findings.services import open_finding
from apps.pipelines.services.gate import check_gate, report_tests
from apps.pipelines.services.starting import request_run
from apps.retirement.services import plan_retirement
from tests.builders import contracts, features, pipelines
from tests.builders.exceptions import proposed
from tests.builders.monitoring import USE, closed, people, predictions, send, watched
from tests.builders.policies import draft
from tests.builders.sources import a_folder, a_source

TABLES = {
    "models": "inventory.Model",
    "versions": "inventory.ModelVersion",
    "datasets": "datasets.Dataset",
    "dataset-versions": "datasets.DatasetVersion",
    "holds": "datasets.Hold",
    "erasures": "datasets.Erasure",
    "sources": "datasets.Source",
    "contracts": "datasets.Contract",
    "feature-views": "features.FeatureView",
    "features": "features.Feature",
    "training-sets": "features.TrainingSet",
    "evaluations": "evaluations.Evaluation",
    "validations": "validations.Validation",
    "approvals": "approvals.Approval",
    "exceptions": "exceptions.Exemption",
    "findings": "findings.Finding",
    "deployments": "deployments.Deployment",
    "alerts": "monitoring.Alert",
    "batches": "monitoring.Batch",
    "pipelines": "pipelines.Pipeline",
    "pipeline-runs": "pipelines.PipelineRun",
    "gate-checks": "pipelines.GateCheck",
    "test-reports": "pipelines.TestReport",
    "retirements": "retirement.Retirement",
    "jobs": "jobs.Job",
    "policies": "policies.Policy",
    "people": "accounts.User",
}


def a_world(olivia, dmitri, victor, rosa, ruth, now, *, petra):
    """A model in production whose people have drifted, with all that hangs on it."""
    version = watched(olivia, dmitri, victor, rosa, ruth, now, petra=petra)
    start = now - timedelta(days=30)
    send(petra, version.model, predictions(people(seed=1, ages=(60, 90)), start, use=USE), now)
    closed(petra, version.model, start, now, now)
    place_hold(actor=olivia, dataset=Dataset.objects.first(), reason="A complaint", now=now)
    request_erasure(
        actor=olivia, dataset=Dataset.objects.first(), column="id", keys=["p0-1"], reason="By letter", now=now
    )
    a_source(
        petra, now, "sqlite", {"path": str(a_folder() / "bank.sqlite3"), "table": "loans"}, Dataset.objects.first()
    )
    finding = open_finding(actor=olivia, subject=version, title="Old people", now=now)
    proposed(olivia, finding, now, gate="", sort="risk_acceptance")
    draft(rosa, now)
    features.in_force(petra, rosa, now)
    pipeline = pipelines.in_force(petra, olivia, now, data=Dataset.objects.first().reference)
    request_run(actor=petra, pipeline=pipeline, now=now)
    contracts.drafted(petra, Dataset.objects.first(), now)
    features.built(petra, now, features.in_force(petra, rosa, now))
    check_gate(actor=olivia, version=version, now=now)
    tests = [{"name": "Nobody", "kind": "other", "outcome": "passed", "seconds": 0.1}]
    report_tests(actor=dmitri, version=version, tool="by hand", tests=tests, now=now)
    plan_retirement(
        actor=olivia,
        model=version.model,
        reason="Outlived",
        last_day=now.date() + timedelta(days=30),
        fallback="Paper proof",
        now=now,
    )
    return version


def rows_of(collection):
    """The rows behind an API's collection, oldest first."""
    return rooms.get_model(TABLES[collection]).objects.order_by("pk")


def name_in_address(row):
    return getattr(row, "reference", None) or str(row.pk)
