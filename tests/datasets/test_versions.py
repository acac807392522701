"""A table becomes a version once, for good, and the ledger knows."""

import json
import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connections

from apps.audit.models import Entry
from apps.core.errors import BadInput, Stale, UnauditedChange
from apps.datasets.models import Dataset, DatasetVersion, Profile
from apps.datasets.selectors.tables import (
    arrow_table,
    columns,
    frame,
    labels,
    preview,
    require_rows,
    table_path,
    unseen_labels,
)
from apps.datasets.services.tables import add_version, describe_dataset, prepare_file
from apps.files.models import Blob
from apps.files.services import check
from tests.builders.datasets import LOANS, a_dataset, a_version

METADATA = {"target": "default", "id_column": "id", "protected": ["age"], "score": "score"}


def test_a_version_carries_digest_columns_quality_and_parts(dmitri, now):
    version = a_version(dmitri, now, **METADATA)
    assert (version.reference, version.rows, version.metadata) == ("DS-0001@1", 4, METADATA)
    assert [(c.name, c.type, c.nulls) for c in columns(version).values()] == [
        ("id", "integer", 0),
        ("age", "integer", 0),
        ("score", "number", 1),
        ("default", "string", 0),
    ]
    assert version.quality["missing_cells"] == 1
    assert version.profile.details["default"]["top"] == [["no", 2], ["yes", 2]]
    check(version.table_id)
    check(version.source_id)


def test_the_event_holds_the_row_and_none_of_the_cells(dmitri, now):
    version = a_version(dmitri, now, b"name,x\nMargarethe,1\nBartholomew,2\n")
    entry = Entry.objects.get(verb="datasets.version_added")
    assert (entry.subject_reference, entry.root_reference) == (version.reference, "DS-0001")
    body = entry.payload.body
    assert version.digest in body and version.profile_digest in body and "Margarethe" not in body


def test_the_same_bytes_are_the_same_version(dmitri, now):
    version = a_version(dmitri, now, **METADATA)
    assert a_version(dmitri, now, dataset=version.dataset, **METADATA) == version
    assert a_version(dmitri, now, dataset=version.dataset) == version
    rewritten = LOANS.replace(b",", b";")
    assert a_version(dmitri, now, rewritten, dataset=version.dataset, **METADATA) == version
    assert DatasetVersion.objects.count() == 1 and Entry.objects.filter(verb="datasets.version_added").count() == 1


def test_the_same_bytes_with_other_parts_are_another_version_of_the_same_digest(dmitri, now):
    first = a_version(dmitri, now, target="default")
    second = a_version(dmitri, now, dataset=first.dataset, target="age")
    assert (second.reference, second.digest, second.table_id) == ("DS-0001@2", first.digest, first.table_id)


def test_a_refused_table_leaves_everything_as_it_was(dmitri, now):
    version = a_version(dmitri, now, **METADATA)
    blobs, events = Blob.objects.count(), Entry.objects.count()
    for content, said in ((b"a,b\n", {}), (LOANS + b"5\n", {}), (LOANS.replace(b"23", b"24"), {"target": "nope"})):
        with pytest.raises(BadInput):
            a_version(dmitri, now, content, dataset=version.dataset, **said)
    assert (Blob.objects.count(), Entry.objects.count(), Profile.objects.count()) == (blobs, events, 1)
    assert DatasetVersion.objects.get() == version


def test_who_lacks_the_role_or_the_unit_adds_nothing(dmitri, aisha, oscar, now):
    dataset = a_dataset(dmitri, now)
    for person in (aisha, oscar):
        with pytest.raises(PermissionDenied):
            a_version(person, now, dataset=dataset)
    assert not DatasetVersion.objects.exists()


def test_each_sees_what_is_of_their_unit_and_an_auditor_everything(dmitri, aisha, oscar, now):
    version = a_version(dmitri, now)
    for person, sees in ((dmitri, 1), (aisha, 1), (oscar, 0)):
        assert Dataset.objects.visible_to(person).count() == DatasetVersion.objects.visible_to(person).count() == sees
    require_rows(aisha, version)
    with pytest.raises(PermissionDenied, match="not its rows"):
        require_rows(oscar, version)


def test_an_administrator_knows_of_a_table_and_reads_no_row(dmitri, adam, now):
    version = a_version(dmitri, now)
    assert DatasetVersion.objects.visible_to(adam).get() == version
    with pytest.raises(PermissionDenied):
        require_rows(adam, version)


def test_a_version_never_changes_outside_an_act(dmitri, now):
    version = a_version(dmitri, now)
    for change in (version.save, version.delete, lambda: DatasetVersion.objects.update(rows=0)):
        with pytest.raises(UnauditedChange):
            change()


def test_later_rooms_read_the_table_by_column(dmitri, now):
    version = a_version(dmitri, now)
    assert table_path(version).read_bytes()[:4] == b"PAR1"
    assert arrow_table(version, ["age"]).column_names == ["age"]
    assert frame(version)["score"].isna().sum() == 1
    assert preview(version)[0] == {"id": 1, "age": 23, "score": 0.9, "default": "yes"}
    assert labels(version, "default") == ["no", "yes"]
    assert unseen_labels(version, "default", ["yes"]) == ["no"]
    assert unseen_labels(version, "age", ["23", 47, 61.0]) == [35]
    with pytest.raises(BadInput, match="has no column “nope”"):
        arrow_table(version, ["age", "nope"])


def test_a_description_changes_with_its_revision(dmitri, now):
    dataset = a_dataset(dmitri, now)
    changed = describe_dataset(actor=dmitri, dataset=dataset, name="Loans 2026", revision=dataset.revision, now=now)
    assert changed.name == "Loans 2026" and changed.revision == dataset.revision + 1
    with pytest.raises(Stale):
        describe_dataset(actor=dmitri, dataset=dataset, name="Other", revision=dataset.revision, now=now)
    written = json.loads(Entry.objects.get(verb="datasets.dataset_described").payload.body)["changes"][0]
    assert (written["before"]["name"], written["after"]["name"]) == ("Loans", "Loans 2026")


def test_a_person_of_two_units_says_which(dmitri, now):
    from apps.accounts.models import BusinessUnit, Membership

    Membership.objects.create(user=dmitri, unit=BusinessUnit.objects.create(name="Mortgages"))
    with pytest.raises(BadInput) as refusal:
        a_dataset(dmitri, now)
    assert refusal.value.errors == {"business_unit": ["Say which business unit it belongs to."]}


def test_uploads_at_once_get_numbers_of_their_own(own_database, now):
    from tests.conftest import person

    dmitri = person("dmitri")
    dataset, failed = a_dataset(dmitri, now), []

    def upload(n):
        try:
            a_version(dmitri, now, LOANS + f"{n},{n},0.5,no\n".encode(), dataset=dataset)
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    uploads = [threading.Thread(target=upload, args=(n,)) for n in range(5, 9)]
    for each in uploads:
        each.start()
    for each in uploads:
        each.join()
    assert not failed
    assert sorted(DatasetVersion.objects.values_list("number", flat=True)) == [1, 2, 3, 4]


def test_a_file_that_the_product_made_becomes_a_version_without_a_second_copy(dmitri, now, tmp_path):
    made = tmp_path / "training.csv"
    made.write_bytes(LOANS)
    dataset = a_dataset(dmitri, now)
    prepared = prepare_file(made, metadata=METADATA)
    version, new = add_version(actor=dmitri, dataset=dataset, prepared=prepared, now=now)
    assert new and (version.filename, version.rows) == ("training.parquet", 4) and version.source == version.table
    assert a_version(dmitri, now, dataset=dataset, **METADATA) == version and made.exists()
