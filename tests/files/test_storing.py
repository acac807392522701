"""Bytes are kept once, whole, under their digest, and come back as they were."""

import hashlib
import os
import tracemalloc
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.conf import settings
from django.core.files.storage import InMemoryStorage
from django.test import override_settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from apps.core.errors import TooLarge, UnauditedChange
from apps.files.models import Blob
from apps.files.receiving import Incoming, receive, sweep, waiting_room
from apps.files.services import check, keep, open_blob, path_of, store, store_bytes
from apps.files.storage import blob_storage
from apps.files.wording import Damaged, readable

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(tmp_path):
    with override_settings(
        HOME=tmp_path,
        STORAGES={
            **settings.STORAGES,
            "default": {"BACKEND": "apps.files.storage.BlobFolder", "OPTIONS": {"location": str(tmp_path / "blobs")}},
        },
    ):
        yield tmp_path


def waiting():
    return [path for path in waiting_room().iterdir() if path.is_file()]


def test_a_blob_lies_under_its_digest(home):
    blob = store_bytes(b"a,b\n1,2\n")
    digest = hashlib.sha256(b"a,b\n1,2\n").hexdigest()
    assert (blob.digest, blob.size, blob.media_type) == (digest, 8, "text/csv")
    assert path_of(digest) == home / "blobs" / digest[:2] / digest[2:4] / digest
    assert waiting() == []


def test_the_same_bytes_are_kept_once():
    assert store_bytes(b"twice") == store_bytes(b"twice")
    assert Blob.objects.count() == 1


@given(content=st.binary(max_size=2000), cuts=st.lists(st.integers(0, 2000), max_size=5))
@hypothesis_settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_comes_in_pieces_comes_back_whole(content, cuts):
    edges = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]
    blob = store(content[a:b] for a, b in pairwise(edges))
    with open_blob(blob.digest, verify=True) as file:
        assert file.read() == content


def test_a_stream_past_the_limit_is_cut_and_nothing_is_kept():
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield b"x" * 1000

    with pytest.raises(TooLarge, match="larger than 10 KB"):
        store(endless(), limit_bytes=10_240)
    assert len(taken) == 11 and waiting() == [] and not Blob.objects.exists()


def test_memory_stays_flat_while_a_stream_comes_in():
    tracemalloc.start()
    store((b"x" * 65_536 for _ in range(1_000)), limit_bytes=1 << 30)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


def test_what_was_received_and_not_stored_goes_away():
    received = receive([b"nobody wants this"], limit_bytes=100)
    assert waiting() == [received.path]
    del received
    assert waiting() == []


def test_an_upload_that_breaks_off_leaves_nothing():
    incoming = Incoming(100)
    incoming.write(b"half of")
    incoming.abandon()
    assert waiting() == []


def test_what_a_killed_process_left_is_swept_after_a_day(home):
    left, fresh = waiting_room() / "left", waiting_room() / "fresh"
    for path in (left, fresh):
        path.write_bytes(b"half of")
    now = datetime.now(UTC)
    os.utime(left, ((now - timedelta(hours=25)).timestamp(),) * 2)
    sweep(now)
    assert waiting() == [fresh]


def test_a_byte_changed_on_disk_is_found():
    blob = store_bytes(b"as it was")
    path = path_of(blob.digest)
    path.chmod(0o600)
    path.write_bytes(b"as it is.")
    with pytest.raises(Damaged, match="other bytes than were stored"):
        check(blob.digest)
    with pytest.raises(Damaged):
        open_blob(blob.digest, verify=True)


def test_a_blob_is_never_changed_or_deleted():
    blob = store_bytes(b"for good")
    for change in (blob.save, blob.delete, Blob.objects.all().delete, lambda: Blob.objects.update(size=1)):
        with pytest.raises(UnauditedChange):
            change()


def test_a_store_elsewhere_is_read_through_a_copy(home):
    with override_settings(
        STORAGES={**settings.STORAGES, "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    ):
        assert isinstance(blob_storage(), InMemoryStorage)
        blob = keep(receive([b"far away"], limit_bytes=100))
        path = path_of(blob.digest)
        assert path.is_relative_to(home / "files" / "cache") and path.read_bytes() == b"far away"
        assert path_of(blob.digest) == path and waiting() == []


def test_sizes_read_well():
    assert [readable(n) for n in (0, 1536, 2 << 30, 5000 << 30)] == ["0 bytes", "1.5 KB", "2 GB", "5,000 GB"]
