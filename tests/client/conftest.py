"""The client as a stranger has it: its wheel in an environment of its own, against a server at an address."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils import timezone

from apps.accounts.services.tokens import issue_token
from apps.inventory.models import ModelVersion
from apps.policies.models import PolicyVersion
from tests.architecture.test_house import ROOT
from tests.conftest import person

UV = Path(sys.prefix) / "bin" / "uv"
SECONDS = 60


def uv(*arguments):
    """uv, from what it has at hand where that is enough."""
    for network in (["--offline"], []):
        done = subprocess.run([UV, *network, *arguments], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done
    raise AssertionError(done.stderr)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """The client, built."""
    folder = tmp_path_factory.mktemp("wheel")
    uv("build", "--quiet", "--wheel", ROOT / "client", "--out-dir", folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory):
    """The folder of an environment's programs, with the client and nothing of the server's in it."""
    folder = tmp_path_factory.mktemp("client") / "venv"
    uv("venv", "--quiet", "--python", sys.executable, folder)
    uv("pip", "install", "--quiet", "--python", folder / "bin" / "python", f"{wheel}[pytest]", "pytest-xdist")
    return folder / "bin"


@pytest.fixture
def environment(tmp_path):
    """An environment that says nothing of a CI, a colour or a server."""
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8", "COVERAGE": ""}


@pytest.fixture
def quaestor(installed, environment, tmp_path):
    """quaestor(*arguments, NAME=value) -> what the command did, in a folder of the test's own."""

    def run(*arguments, **variables):
        said = {name: value for name, value in {**environment, **variables}.items() if value is not None}
        command = [installed / "quaestor", *map(str, arguments)]
        return subprocess.run(
            command, cwd=tmp_path, env=said, capture_output=True, text=True, timeout=SECONDS, check=False
        )

    return run


@pytest.fixture
def token():
    """token(name) -> a live token of one of the people."""
    return lambda name: issue_token(actor=person(name), now=timezone.now()).secret


@pytest.fixture
def as_dmitri(server, token, environment):
    """The environment of dmitri's shell."""
    environment.update(QUAESTOR_URL=server, QUAESTOR_TOKEN=token("dmitri"))
    return environment


@pytest.fixture
def policies_in_force(own_database):
    """The policies that are shipped, where a server sees them."""
    return list(PolicyVersion.objects.order_by("pk"))


@pytest.fixture
def evaluated_version(own_database):
    """The submitted version with its results, where a server sees it."""
    return ModelVersion.objects.get()


@pytest.fixture
def approved_version(own_database):
    """The approved version, where a server sees it."""
    return ModelVersion.objects.get()
