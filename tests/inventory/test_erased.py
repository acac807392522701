"""A model's history says that rows it rests on were erased, and who answers for it is told."""

import pytest

from apps.audit.models import Entry
from apps.core.errors import BadInput
from apps.inventory.services.versions import change_version
from apps.notifications.models import Notification
from apps.notifications.reading import read_ledger
from tests.builders.erasures import erase, table_of
from tests.builders.inventory import a_model, a_scored_version

pytestmark = pytest.mark.usefixtures("own_files")


@pytest.fixture
def draft(olivia, dmitri, now):
    return a_scored_version(dmitri, a_model(olivia, now), now)


def test_the_version_s_history_and_its_people_are_told(draft, olivia, dmitri, rosa, now):
    erasure = erase(olivia, rosa, table_of(draft).dataset, now, "2")
    entry = Entry.objects.get(verb="inventory.data_erased")
    assert (entry.subject_reference, entry.cause) == (draft.reference, "datasets.version_erased")
    uses = [(use["reference"], use["part"], use["root"]) for use in erasure.record["uses"]]
    assert uses == [(draft.reference, part, "MDL-0001") for part in ("Compared with it", "Judged on it")]
    read_ledger(now)
    told = Notification.objects.filter(sentence__contains="rests on were erased")
    assert {each.recipient for each in told} == {olivia, dmitri}


def test_what_is_gone_is_named_by_no_new_version(draft, olivia, dmitri, rosa, now):
    table = table_of(draft)
    erase(olivia, rosa, table.dataset, now, "2")
    with pytest.raises(BadInput, match="were erased"):
        change_version(actor=dmitri, version=draft, changes={"limitations": ["None"]}, now=now)
    changes = {"reference_data": "DS-0001@2", "evaluation_data": "DS-0001@2"}
    changed = change_version(actor=dmitri, version=draft, changes=changes, now=now)
    assert changed.metadata["evaluation_data"] == "DS-0001@2"
