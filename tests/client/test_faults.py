"""Networks and proxies that fail: what is tried again, what has no second effect, what is said."""

import json
import time

import pytest

from apps.pipelines.models import GateCheck
from tests.client.proxies import before
from tests.client.test_gate_check import VERSION


def test_an_answer_that_is_lost_is_asked_for_again_and_recorded_once(evaluated_version, as_dmitri, server, quaestor):
    with before(server, "lose_the_answer") as proxy:
        done = quaestor("gate", "check", VERSION, QUAESTOR_URL=proxy.url)
    assert done.returncode == 0, done.stderr
    assert GateCheck.objects.count() == 1
    keys = [key for method, _, key in proxy.seen if method == "POST"]
    assert len(keys) == 2 and keys[0] == keys[1]
    assert "can't be reached" in done.stderr  # said, and gone on


@pytest.mark.parametrize("fault", ["drop", "bad_gateway", "later", "cut_short"])
def test_a_hiccup_is_no_failure_of_the_gate(evaluated_version, as_dmitri, server, quaestor, fault):
    with before(server, fault) as proxy:
        assert quaestor("gate", "check", VERSION, QUAESTOR_URL=proxy.url).returncode == 0
    assert len(proxy.seen) == 2 and GateCheck.objects.count() == 1


def test_what_goes_on_failing_ends_with_3(evaluated_version, as_dmitri, server, quaestor):
    with before(server, *["bad_gateway"] * 9) as proxy:
        done = quaestor("gate", "check", VERSION, "--timeout", "2", QUAESTOR_URL=proxy.url)
    assert done.returncode == 3 and "answers 502" in done.stderr and not GateCheck.objects.exists()


@pytest.mark.parametrize(
    ("fault", "why"), [("log_in", "Is QUAESTOR_URL right"), ("elsewhere", "set QUAESTOR_URL to that")]
)
def test_what_is_no_quaestor_is_said_to_be_none(evaluated_version, as_dmitri, server, quaestor, fault, why):
    with before(server, fault) as proxy:
        done = quaestor("gate", "check", VERSION, QUAESTOR_URL=proxy.url)
    assert done.returncode == 2 and why in done.stderr and len(proxy.seen) == 1


def test_a_server_that_says_nothing_is_waited_for_as_long_as_wanted(evaluated_version, as_dmitri, server, quaestor):
    began = time.monotonic()
    with before(server, *["hang"] * 9) as proxy:
        done = quaestor("gate", "check", VERSION, "--timeout", "1.5", "--json", QUAESTOR_URL=proxy.url)
    assert done.returncode == 3 and "did not answer in time" in done.stderr
    assert json.loads(done.stdout)["exit_code"] == 3
    assert time.monotonic() - began < 8
