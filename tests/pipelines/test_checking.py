"""A check step holds data against their contract, and stops the run where they don't keep to it."""

import pytest

from apps.datasets.models import Inspection
from tests.builders import contracts
from tests.builders.datasets import a_dataset, a_version
from tests.builders.pipelines import in_force, run_of, states

pytestmark = pytest.mark.django_db

TEXT = """\
name: Checked
model: MDL-0001
steps:
  - {name: fetch, kind: extract, dataset: DS-0001}
  - {name: check, kind: check, data: fetch}
  - {name: tell, kind: notify, message: Good data., needs: [check]}
"""
GOOD, BAD = b"id,amount,state\n1,3.5,a\n2,4.5,b\n", b"id,amount,state\n1,3.5,a\n1,-4.5,b\n"


@pytest.mark.parametrize(("rows", "status", "told"), [(GOOD, "done", ""), (BAD, "failed", "doesn't keep to")])
def test_what_was_found_is_evidence_either_way(rows, status, told, model, dmitri, olivia, victor, now):
    dataset = a_dataset(dmitri, now)
    contracts.in_force(dmitri, olivia, dataset, now)
    a_version(dmitri, now, rows, dataset)
    before = Inspection.objects.count()
    run = run_of(in_force(dmitri, victor, now, TEXT), dmitri, now)
    assert run.status == status and told in run.error
    assert states(run)["tell"] == ("done" if status == "done" else "not_run")
    assert Inspection.objects.count() > before


def test_data_without_a_contract_can_t_be_held_against_one(model, dmitri, victor, now):
    a_version(dmitri, now, GOOD, a_dataset(dmitri, now))
    run = run_of(in_force(dmitri, victor, now, TEXT), dmitri, now)
    assert run.status == "failed" and "no contract in force" in run.error
