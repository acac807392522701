"""`quaestor gate check` against a server: its exit codes, what it says, what stays at the server."""

import pytest

from apps.pipelines.models import GateCheck
from tests.builders import versions
from tests.conftest import NOW, person

VERSION = "MDL-0001@1.0.0"


@pytest.fixture
def draft(policies_in_force):
    return versions.a_draft(person("olivia"), person("dmitri"), NOW)


class TestPasses:
    def test_near_a_limit_with_0_and_says_why(self, evaluated_version, as_dmitri, quaestor):
        done = quaestor("gate", "check", VERSION)
        assert done.returncode == 0, done.stderr
        assert "passed, near limit" in done.stdout and "Four-fifths rule" in done.stdout
        assert "while its lower bound 0.799 does not" in done.stdout.replace("\n  ", " ")
        assert "\x1b" not in done.stdout and done.stderr == ""
        assert f"/gate-checks/{GateCheck.objects.get().reference}/" in done.stdout

    def test_not_where_near_is_not_enough(self, evaluated_version, as_dmitri, quaestor):
        assert quaestor("gate", "check", VERSION, "--strict").returncode == 1
