"""A tag is a name that points to one version, can be moved, and is never mistaken for a version's number."""

import pytest
from django.core.exceptions import PermissionDenied

from apps.audit.models import Entry
from apps.core.errors import BadInput, Conflict
from apps.datasets.models import Tag
from apps.datasets.selectors.tags import in_use, reference_of
from apps.datasets.services.tags import set_tag
from apps.inventory.models import ModelVersion
from apps.inventory.services.versions import change_version
from tests.builders.datasets import a_version
from tests.builders.inventory import a_model, a_scored_version


@pytest.fixture
def first(dmitri, now):
    return a_version(dmitri, now)


@pytest.fixture
def second(dmitri, first, now):
    return a_version(dmitri, now, b"id,x\n1,2\n2,3\n", dataset=first.dataset)


def tag(actor, version, now, name="golden", **said):
    return set_tag(actor=actor, dataset=version.dataset, name=name, version=version, now=now, **said)


def test_it_points_to_a_version_and_can_be_moved(first, second, dmitri, rosa, now):
    tag(dmitri, first, now, note="Looked through by hand")
    assert reference_of("DS-0001@golden", dmitri) == "DS-0001@1"
    tag(rosa, second, now)
    assert reference_of("DS-0001@golden", dmitri) == "DS-0001@2"
    assert Tag.objects.count() == 1
    assert list(Entry.objects.filter(verb="datasets.tag_set").values_list("subject_reference", flat=True)) == [
        "DS-0001@golden",
        "DS-0001@golden",
    ]


def test_taken_off_it_is_nobody_s_name_and_can_be_put_again(first, dmitri, now):
    tag(dmitri, first, now)
    set_tag(actor=dmitri, dataset=first.dataset, name="golden", version=None, now=now)
    assert reference_of("DS-0001@golden", dmitri) == "DS-0001@golden" and not in_use(first.dataset).exists()
    assert Entry.objects.filter(verb="datasets.tag_taken_off").count() == 1
    assert tag(dmitri, first, now).version == first


def test_there_has_to_be_one_to_take_off(first, dmitri, now):
    with pytest.raises(BadInput, match="has no tag “golden”"):
        set_tag(actor=dmitri, dataset=first.dataset, name="golden", version=None, now=now)


@pytest.mark.parametrize("name", ["2016-holdout", "q3.2026", "a", "0a", "x" * 40])
def test_names_that_can_be(first, dmitri, now, name):
    assert tag(dmitri, first, now, name=name).reference == f"DS-0001@{name}"


@pytest.mark.parametrize("name", ["", "1", "2016", "1.0", "Golden", "a b", "a@b", "a/b", "ä", "-a", ".a", "x" * 41])
def test_names_that_can_not_be(first, dmitri, now, name):
    with pytest.raises(BadInput, match="A tag is up to 40"):
        tag(dmitri, first, now, name=name)


def test_it_stays_within_its_dataset(first, dmitri, now):
    other = a_version(dmitri, now)
    with pytest.raises(BadInput, match="DS-0002@1 is no version of DS-0001"):
        set_tag(actor=dmitri, dataset=first.dataset, name="golden", version=other, now=now)


def test_who_moves_it_says_where_they_saw_it(first, second, dmitri, now):
    tag(dmitri, first, now)
    assert tag(dmitri, second, now, moved_from=first).version == second
    with pytest.raises(Conflict, match="points to DS-0001@2 now"):
        tag(dmitri, first, now, moved_from=first)
    with pytest.raises(Conflict, match="points to no version now"):
        tag(dmitri, first, now, name="other", moved_from=first)


def test_who_only_reads_puts_none(first, aisha, adam, now):
    for actor in (aisha, adam):
        with pytest.raises(PermissionDenied):
            tag(actor, first, now)


def test_another_units_tags_mean_nothing(first, dmitri, oscar, now):
    tag(dmitri, first, now)
    assert reference_of("DS-0001@golden", oscar) == "DS-0001@golden"


def test_a_model_version_keeps_what_the_tag_meant_when_it_was_named(dmitri, olivia, now):
    draft = a_scored_version(dmitri, a_model(olivia, now), now)
    table = draft.metadata["reference_data"]
    dataset = table.partition("@")[0]
    named = a_dataset_named(dataset)
    tag(dmitri, named.versions.get(reference=table), now, name="base")
    changed = change_version(actor=dmitri, version=draft, changes={"reference_data": f"{dataset}@base"}, now=now)
    assert changed.metadata["reference_data"] == table
    assert ModelVersion.objects.get().metadata["reference_data"] == table
    with pytest.raises(BadInput):
        change_version(actor=dmitri, version=draft, changes={"reference_data": f"{dataset}@nothing"}, now=now)


def a_dataset_named(reference):
    from apps.datasets.models import Dataset

    return Dataset.objects.get(reference=reference)
