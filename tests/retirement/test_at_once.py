"""A release that is still being written when the model retires is stopped with the others, on both databases."""

import threading
from datetime import timedelta

import pytest
from django.db import connections, transaction

from apps.approvals.models import Approval
from apps.deployments.models import Deployment
from apps.deployments.services import deploy
from apps.policies.installing import install_defaults
from apps.retirement.services import carry_out_due, plan_retirement
from tests.builders.versions import approved, fresh, word
from tests.conftest import also, person

pytestmark = pytest.mark.both


@pytest.fixture
def crew(own_database, now):
    crew = {name: person(name) for name in ("olivia", "dmitri", "victor", "rosa", "ruth")}
    install_defaults(crew["rosa"], crew["ruth"], now)
    return crew


def test_a_release_at_the_moment_of_retirement_runs_no_longer(crew, now):
    version, last_day = approved(**crew, now=now), now + timedelta(days=30)
    plan = plan_retirement(
        actor=crew["olivia"],
        model=version.model,
        reason="Outlived",
        last_day=last_day.date(),
        fallback="Paper proof",
        now=now,
    )
    for officer in (crew["rosa"], crew["ruth"]):
        word(officer, Approval.objects.get(subject_reference=plan.reference), now)
    written, looked = threading.Event(), threading.Event()

    def release():
        try:
            with transaction.atomic():
                deploy(
                    actor=also(crew["dmitri"], "platform_engineer"),
                    version=version,
                    environment="production",
                    now=now,
                )
                written.set()
                looked.wait(2)  # the retirement looks for what runs, or waits for this to be over
        finally:
            connections.close_all()

    releasing = threading.Thread(target=release, daemon=True)
    releasing.start()
    assert written.wait(20)
    assert [row.status for row in carry_out_due(now=last_day)] == ["archived"]
    looked.set()
    releasing.join(20)
    assert fresh(version).status == "retired"
    assert Deployment.objects.count() == 1 and not Deployment.objects.live().exists()
