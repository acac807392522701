"""An event is written whole, whichever way the database takes it."""

import json

import pytest

from apps.audit.acts import act, commitment
from apps.audit.models import Entry
from apps.findings import events
from tests.builders.findings import open_one

pytestmark = [pytest.mark.both, pytest.mark.usefixtures("policies_in_force")]


@pytest.fixture
def entry(olivia, now):
    finding = open_one(olivia, now)
    with act(events.PLAN_AGREED, actor=olivia, subject=finding, now=now, note="It's 100 % “sure”\n") as row:
        row.plan, row.responsible, row.evidence = "Retrain", olivia, [{"share": 0.5}]
        row.save()
    return Entry.objects.get(verb=events.PLAN_AGREED.verb)


def test_the_entry_names_what_happened(entry, olivia, now):
    said = (entry.actor, entry.subject_kind, entry.subject_reference, entry.root_reference, entry.cause)
    assert said == (olivia.reference, "finding", "FND-0001", "MDL-0001", "")
    assert entry.occurred_at == now and entry.recorded_at is not None


def test_the_digest_commits_to_the_salted_payload(entry):
    salt, body = bytes(entry.payload.salt), entry.payload.body
    assert len(salt) == 16 and commitment(salt, body.encode()) == bytes(entry.digest)
    assert json.loads(body)["note"] == "It's 100 % “sure”\n"


def test_the_index_holds_what_moved_from_what_to_what(entry, olivia):
    moved = {row.field: (row.before, row.after) for row in entry.field_changes.all()}
    assert moved == {
        "plan": ("", "Retrain"),
        "responsible_id": (None, olivia.pk),
        "evidence": ([], [{"share": 0.5}]),
    }
    assert {(row.row_kind, row.row_reference) for row in entry.field_changes.all()} == {("finding", "FND-0001")}
    assert [row.field for row in entry.field_changes.filter(before__isnull=True)] == ["responsible_id"]
