"""`quaestor verify`: an export without a server, and whether a file is what was approved."""

import json
import shutil

import pytest
from quaestor_client.commands import verify

from apps.audit.keys import signing_key
from apps.audit.verifier import script
from apps.dossiers.services import submit
from tests.architecture.test_house import ROOT
from tests.builders import versions
from tests.builders.audit import exported, sealed, settle, some_events
from tests.builders.loans import a_scorecard, scorecard
from tests.conftest import NOW, person


def test_the_client_brings_the_verifier_of_the_release():
    """`manage.py audit verifier` prints it; keep the client's copy by writing that into the file."""
    kept = ROOT / "client" / "src" / "quaestor_client" / "quaestor_verify.script"
    assert kept.read_text() == script()


class TestAnExport:
    @pytest.fixture
    def export(self, own_database, tmp_path):
        some_events(person("olivia"), NOW, 6)
        sealed(NOW)
        settle()
        return exported(person("aisha"), NOW, tmp_path / "export.zip")

    def test_holds_without_a_server(self, export, quaestor):
        done = quaestor("verify", "export.zip", "--key", str(signing_key().verifier))
        assert done.returncode == 0 and "RESULT: all that was checked is true." in done.stdout, done.stderr

    def test_that_was_changed_does_not(self, export, quaestor, tmp_path):
        spoilt = bytearray((tmp_path / "export.zip").read_bytes())
        at = spoilt.index(b"olivia") if b"olivia" in spoilt else spoilt.index(b"USR-")
        spoilt[at + 1] ^= 1
        (tmp_path / "export.zip").write_bytes(spoilt)
        done = quaestor("verify", "export.zip", "--key", str(signing_key().verifier), "--json")
        assert done.returncode == 1 and json.loads(done.stdout)["result"] == "wrong"

    def test_that_is_none_can_t_be_read(self, quaestor, tmp_path):
        (tmp_path / "export.zip").write_bytes(b"no zip")
        assert quaestor("verify", "export.zip", "--key", "x").returncode == 2
        assert quaestor("verify", "none.zip").returncode == 2


class TestAnArtefact:
    @pytest.fixture
    def approved(self, policies_in_force, tmp_path):
        version = a_scorecard(person("olivia"), person("dmitri"), NOW)
        submit(actor=person("dmitri"), version=version, now=NOW)
        version = versions.validated(versions.evaluated(version, NOW), person("victor"), NOW)
        approval = versions.approval_of(version)
        for name in ("rosa", "ruth"):
            versions.word(person(name), approval, NOW)
        shutil.copy(scorecard()[0] / "model.skops", tmp_path / "model.skops")
        return versions.fresh(version)

    def test_is_what_was_approved_or_it_isn_t(self, approved, as_dmitri, quaestor, tmp_path):
        done = quaestor("verify", "model.skops", "--approved", "MDL-0001@1.0.0")
        assert done.returncode == 0 and "is the approved artefact of MDL-0001@1.0.0" in done.stdout, done.stderr
        with (tmp_path / "model.skops").open("ab") as file:
            file.write(b"\0")
        done = quaestor("verify", "model.skops", "--approved", "MDL-0001@1.0.0", "--json")
        assert done.returncode == 1 and "is not the artefact of" in done.stderr
        assert '"same": false' in done.stdout

    def test_of_what_was_never_approved_is_not(self, policies_in_force, as_dmitri, quaestor, tmp_path):
        a_scorecard(person("olivia"), person("dmitri"), NOW)
        shutil.copy(scorecard()[0] / "model.skops", tmp_path / "model.skops")
        done = quaestor("verify", "model.skops", "--approved", "MDL-0001@1.0.0")
        assert done.returncode == 1 and "was never approved; it is draft" in done.stderr

    def test_of_what_has_none_is_not(self, approved_version, as_dmitri, quaestor, tmp_path):
        (tmp_path / "model.onnx").write_bytes(b"x")
        done = quaestor("verify", "model.onnx", "--approved", "MDL-0001@1.0.0")
        assert done.returncode == 1 and "has no artefact of its own" in done.stderr

    def test_is_asked_about_one_way(self, environment, quaestor):
        done = quaestor("verify", "model.onnx", "--approved", "MDL-0001@1.0.0", "--key", "x")
        assert done.returncode == 2 and "--approved asks the server" in done.stderr


def test_an_old_python_is_told_what_the_verifier_needs():
    assert verify.OLDEST == (3, 10)
