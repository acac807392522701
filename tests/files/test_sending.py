"""What goes out can't be mistaken for a page of ours."""

import pytest

from apps.files.sending import send
from apps.files.services import store_bytes

pytestmark = pytest.mark.django_db


def test_a_download_says_what_it_is_and_runs_nowhere():
    blob = store_bytes(b"<script>alert(1)</script>")
    answer = send(blob, 'a"b\r\nSet-Cookie: x=1.html')
    assert b"".join(answer) == b"<script>alert(1)</script>"
    assert answer["Content-Type"] == "text/plain"
    assert answer["Content-Disposition"].startswith("attachment") and "\n" not in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff" and "sandbox" in answer["Content-Security-Policy"]
    assert answer["ETag"] == f'"{blob.digest}"' and answer["Repr-Digest"].startswith("sha-256=:")


def test_only_what_cannot_run_is_shown_in_place():
    assert send(store_bytes(b"%PDF-1.7"), "a.pdf", inline=True)["Content-Disposition"].startswith("inline")
    assert send(store_bytes(b"PK\x03\x04"), "a.zip", inline=True)["Content-Disposition"].startswith("attachment")
