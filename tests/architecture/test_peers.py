"""The peers' locks: each is of its list, with hashes, and says nothing of where it came from."""

import re

import pytest

from scripts import peers

NAMES = peers.known()


def wanted(name):
    lines = (peers.LISTS / f"{name}.in").read_text().splitlines()
    return {re.split(r"[\[=<>;, ]", line)[0].lower() for line in lines if line and not line.startswith("#")}


@pytest.mark.parametrize("name", NAMES)
def test_what_a_peer_wants_is_in_its_lock_with_a_hash(name):
    lock = (peers.LISTS / f"{name}.lock").read_text()
    pinned = re.findall(r"^([a-z0-9._-]+)==\S+", lock, re.MULTILINE)
    assert wanted(name) <= set(pinned)
    assert lock.count("--hash=sha256:") >= len(pinned)


@pytest.mark.parametrize("name", NAMES)
def test_a_lock_names_no_address(name):
    assert "://" not in (peers.LISTS / f"{name}.lock").read_text()


def test_the_unmodified_clients_that_are_promised_are_among_them():
    assert {"mlflow-3.7", "mlflow-3.17"} <= set(NAMES)


def test_a_peer_nobody_knows_is_refused_with_the_names_of_those_there_are(capsys):
    assert peers.main(["mlflow-9"]) == 1
    assert "mlflow-3.17" in capsys.readouterr().err


def test_a_peer_that_is_made_from_this_lock_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(peers, "PEERS", tmp_path)
    monkeypatch.setattr(peers, "UV", tmp_path / "none")
    digest = peers.hashlib.sha256((peers.LISTS / "feast.lock").read_bytes()).hexdigest()
    (tmp_path / "feast").mkdir()
    (tmp_path / "feast" / ".installed").write_text(digest)
    assert peers.main(["feast"]) == 0
    (tmp_path / "feast" / ".installed").write_text("another")
    assert peers.main(["feast"]) == 1  # it would be made anew, and there is no uv
