"""Where tests begin: databases that already hold what many of them need, made once for each worker.

A test that asks for one of these fixtures opens its transaction in the database that has it. Each is filled from the
one before it, by the product's own acts, at the moment that tests call now.
"""

import contextlib

import pytest
import time_machine
from django.db import connection, transaction

from apps.dossiers.services import submit
from apps.evaluations.services import request_evaluation
from apps.inventory.models import ModelVersion
from apps.inventory.services.versions import add_version
from apps.jobs.running import work_off
from apps.policies.installing import install_defaults
from apps.policies.models import PolicyVersion
from tests.builders import monitoring, versions, waiver
from tests.conftest import NOW, also, person
from tests.databases import kind, use


def policies() -> None:
    install_defaults(person("rosa"), person("ruth"), NOW)


def evaluated() -> None:
    versions.evaluated(versions.submitted(person("olivia"), person("dmitri"), NOW), NOW)


def in_approval() -> None:
    versions.validated(ModelVersion.objects.get(), person("victor"), NOW)


def approved() -> None:
    approval = versions.approval_of(ModelVersion.objects.get())
    versions.word(person("rosa"), approval, NOW)
    versions.word(person("ruth"), approval, NOW)


def watched() -> None:
    crew = [person(name) for name in ("olivia", "dmitri", "victor", "rosa", "ruth")]
    monitoring.watched(*crew, NOW, petra=also(person("dmitri"), "platform_engineer"))


def judged() -> None:
    """By jobs in the sandbox, on census rows: 1.0.0 in a dry run, 1.1.0 submitted."""
    model, dmitri = waiver.trained(most=12_000, max_iter=40), person("dmitri")
    draft = waiver.a_waiver(person("olivia"), dmitri, NOW, model, segments=["SEX"])
    request_evaluation(actor=dmitri, version=draft, now=NOW, dry_run=True)
    said = {**draft.metadata, "version": "1.1.0", "format": "onnx"}
    files = {
        "artifact": waiver.artifact(model.onnx, "onnx", NOW),
        "parity_artifact": waiver.artifact(model.skops, "skops", NOW),
    }
    submit(
        actor=dmitri, version=add_version(actor=dmitri, model=draft.model, metadata=said, now=NOW, **files), now=NOW
    )
    work_off()


# what a test asks for: (what that begins with, how it is filled); where a test asks for several, the last one counts
BEGINNINGS = {
    "policies_in_force": (None, policies),
    "evaluated_version": ("policies_in_force", evaluated),
    "version_in_approval": ("evaluated_version", in_approval),
    "approved_version": ("version_in_approval", approved),
    "watched_version": ("policies_in_force", watched),
    "judged_version": ("policies_in_force", judged),
}


@contextlib.contextmanager
def as_in_a_test():
    """A transaction that acts take for the world outside, and after which nothing happens: but it commits."""
    transaction_of_a_test = transaction.atomic()
    transaction_of_a_test._from_testcase = True
    with transaction_of_a_test:
        yield
        connection.run_on_commit.clear()


@pytest.fixture(scope="session")
def beginnings(django_db_setup, django_db_blocker):
    """beginnings(name) -> the name of its database, filled when it is asked for first."""
    databases, first, made = kind(), connection.settings_dict["NAME"], {None: connection.settings_dict["NAME"]}

    def beginning(name):
        if name not in made:
            start, fill = BEGINNINGS[name]
            source, clone = beginning(start), f"{first}_{name}"
            use(first)
            databases.clone(source, clone)
            use(clone)
            with time_machine.travel(NOW), as_in_a_test():
                fill()
            use(first)
            made[name] = clone
        return made[name]

    with django_db_blocker.unblock():
        yield beginning
        for name in set(made.values()) - {first}:
            databases.drop(name)


@pytest.fixture(autouse=True)
def where_it_begins(request):
    """Opens the database that has what the test asks for, before it begins its transaction."""
    asked = [name for name in BEGINNINGS if name in request.fixturenames]
    if not asked:
        yield
        return
    assert not connection.in_atomic_block, "A test that begins somewhere needs no mark django_db."
    before = connection.settings_dict["NAME"]
    use(request.getfixturevalue("beginnings")(asked[-1]))
    yield
    use(before)


@pytest.fixture
def policies_in_force(db):
    """The policies that are shipped, written by rosa and published by ruth."""
    return list(PolicyVersion.objects.order_by("pk"))


@pytest.fixture
def evaluated_version(db):
    """Olivia's and dmitri's version, submitted, with the results of the shipped policy's example."""
    return ModelVersion.objects.get()


@pytest.fixture
def version_in_approval(db):
    """The evaluated version, found fit by victor."""
    return ModelVersion.objects.get()


@pytest.fixture
def approved_version(db):
    """The version, approved by rosa and ruth."""
    return ModelVersion.objects.get()


@pytest.fixture
def watched_version(db):
    """A version tested on the applicants of tests/builders/monitoring.py, in production."""
    return ModelVersion.objects.get()


@pytest.fixture
def judged_version(own_database):
    """The waiver's 1.1.0, really evaluated, as 1.0.0 was before it; in a database of the test's own, for browsers."""
    return ModelVersion.objects.get(number="1.1.0")
