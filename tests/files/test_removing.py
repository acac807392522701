"""Bytes go away for good where nobody needs them, once it is sure that they are to, and their digest stays."""

import threading

import pytest
from django.db import connection, transaction
from django.db.models import Q

from apps.core.errors import Conflict, Gone
from apps.files import removing
from apps.files.models import Blob, Removal
from apps.files.removing import ask_removal, holders, lets_go, require_present
from apps.files.services import open_blob, path_of, store_bytes
from apps.jobs.models import Job
from apps.jobs.running import work_off
from tests.builders.datasets import a_version

pytestmark = pytest.mark.usefixtures("own_files")


@pytest.fixture
def blob(db):
    return store_bytes(b"to be removed, once")


def removed(blob, now, reason="ERS-0001"):
    with transaction.atomic():
        held = ask_removal([blob.digest], reason=reason, now=now)
    work_off()
    return held


def test_the_bytes_go_and_the_digest_stays(blob, now):
    path = path_of(blob.digest)
    assert removed(blob, now) == {}
    assert not path.exists()
    assert Blob.objects.get(pk=blob.digest).removals.get().reason == "ERS-0001"
    with pytest.raises(Gone, match="removed on 23 Nov 2026: ERS-0001"):
        open_blob(blob.digest)
    with pytest.raises(Gone):
        path_of(blob.digest)


def test_what_another_row_needs_stays(dmitri, now):
    version = a_version(dmitri, now)
    assert holders(version.table_id) == [version]
    assert removed(version.table, now) == {version.table_id: [version]}
    assert path_of(version.table_id).exists() and not Removal.objects.exists()


def test_a_row_that_let_go_is_in_nobody_s_way(dmitri, now, monkeypatch):
    version = a_version(dmitri, now)
    monkeypatch.setattr(removing, "_let_go", {})
    lets_go(type(version), Q(pk=version.pk))
    assert removed(version.table, now) == {}


def test_a_row_that_comes_before_the_bytes_went_keeps_them(dmitri, now):
    blob = store_bytes(b"id,age\n1,2\n2,3\n")
    with transaction.atomic():
        ask_removal([blob.digest], reason="old", now=now)
    version = a_version(dmitri, now, b"id,age\n1,2\n2,3\n")
    assert version.source_id == blob.digest
    work_off()
    assert path_of(blob.digest).exists()
    assert Job.objects.get(kind="files.remove").result == {"removed": 0, "asked": 1}


def test_the_same_bytes_may_come_again(blob, now):
    removed(blob, now)
    assert store_bytes(b"to be removed, once") == blob
    assert path_of(blob.digest).read_bytes() == b"to be removed, once"


def test_it_may_be_done_twice(blob, now):
    removed(blob, now)
    assert removing._removed(blob.digest)
    assert not removing.blob_storage().exists(blob.storage_name)


def test_a_removal_that_is_taken_back_removes_nothing(blob, now):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        ask_removal([blob.digest], reason="old", now=now)
        raise ZeroDivisionError
    work_off()
    assert path_of(blob.digest).exists() and not Job.objects.exists()


@pytest.mark.both
def test_who_takes_hold_while_they_go_is_told_to_send_them_again(own_database, now):
    blob = store_bytes(b"raced for")
    with transaction.atomic():
        ask_removal([blob.digest], reason="old", now=now)
    refused = []

    def take_hold():
        try:
            with transaction.atomic():
                require_present(blob.digest)
        except Conflict as refusal:
            refused.append(str(refusal))
        finally:
            connection.close()

    with transaction.atomic():
        other = threading.Thread(target=take_hold)
        Blob.objects.select_for_update().get(pk=blob.digest)
        other.start()
        assert removing._removed(blob.digest)
    other.join(20)
    assert refused == ["These bytes were being removed when they came. Send them again."]
