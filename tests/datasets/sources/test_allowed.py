"""Data is read where the operator lets it be read, and nowhere else; secrets are named, and never kept."""

import os

import pytest

from apps.audit.models import Payload
from apps.core.errors import BadInput
from apps.datasets.models import Source
from apps.datasets.sources.allowed import check_references, path_below_roots, secret
from apps.datasets.sources.faults import SourceFault
from tests.builders.datasets import LOANS, a_dataset
from tests.builders.sources import a_source, extract


class TestPaths:
    def test_a_file_below_a_root_is_read(self, folder):
        (folder / "deep").mkdir()
        (folder / "deep" / "a.csv").write_bytes(LOANS)
        assert path_below_roots(f"{folder}/deep/a.csv") == folder.resolve() / "deep" / "a.csv"

    @pytest.mark.parametrize(
        "path", ["/etc/passwd", "/proc/self/environ", "/", "{folder}2/a.csv", "{folder}/../a.csv"]
    )
    def test_anything_else_is_not(self, folder, path):
        beside = folder.with_name("data2")
        beside.mkdir()
        (beside / "a.csv").write_bytes(LOANS)
        (folder.parent / "a.csv").write_bytes(LOANS)
        with pytest.raises(SourceFault, match="does not lie below"):
            path_below_roots(path.format(folder=folder))

    def test_whether_a_file_is_there_is_told_below_a_root_only(self, folder):
        with pytest.raises(SourceFault, match="There is no"):
            path_below_roots(f"{folder}/nothing.csv")
        for path in ("/etc/nothing-there", f"{folder}/../nothing.csv"):
            with pytest.raises(SourceFault, match="does not lie below"):
                path_below_roots(path)

    @pytest.mark.parametrize("kind", ["file", "folder"])
    def test_a_link_that_leads_out_is_not_followed(self, dmitri, folder, now, kind, tmp_path):
        (tmp_path / "outside").mkdir()
        (tmp_path / "outside" / "a.csv").write_bytes(LOANS)
        link = folder / "link"
        link.symlink_to(tmp_path / "outside" / ("a.csv" if kind == "file" else ""))
        assert "does not lie below" in extract(dmitri, a_source(dmitri, now, kind, {"path": str(link)}), now).error

    def test_a_folder_s_link_that_leads_out_is_not_followed(self, dmitri, folder, now):
        (folder / "a.csv").symlink_to("/etc/passwd")
        source = a_source(dmitri, now, "folder", {"path": str(folder), "pattern": "*.csv"})
        assert "does not lie below" in extract(dmitri, source, now).error

    def test_a_pipe_is_not_waited_for(self, dmitri, folder, now):
        os.mkfifo(folder / "pipe.csv")
        source = a_source(dmitri, now, "file", {"path": f"{folder}/pipe.csv"})
        assert "is no plain file" in extract(dmitri, source, now).error

    def test_our_own_home_is_never_read_however_wide_a_root_is(self, settings, dmitri, now):
        from pathlib import Path

        inside = settings.HOME / "keys"
        inside.mkdir(parents=True, exist_ok=True)
        (inside / "ledger").write_text("a,b\n1,2\n")
        for root in (Path("/"), settings.HOME, settings.HOME.parent):
            settings.DATA_ROOTS = [root]
            with pytest.raises(SourceFault, match="does not lie below"):
                path_below_roots(str(inside / "ledger"))
        settings.DATA_ROOTS = [settings.HOME / "sources"]
        settings.DATA_ROOTS[0].mkdir(exist_ok=True)
        (settings.DATA_ROOTS[0] / "a.csv").write_bytes(LOANS)
        assert path_below_roots(str(settings.DATA_ROOTS[0] / "a.csv"))

    def test_a_file_that_grows_while_it_is_read_is_tried_again(self, dmitri, folder, now, monkeypatch):
        path = folder / "a.csv"
        path.write_bytes(LOANS * 3)
        from apps.datasets.sources import files

        real = files.receive

        def slowly(chunks, **more):
            received = real(chunks, **more)
            with path.open("ab") as file:
                file.write(b"9,9,9,9\n")
            return received

        monkeypatch.setattr(files, "receive", slowly)
        job = extract(dmitri, a_source(dmitri, now, "file", {"path": str(path)}), now)
        assert job.state == "retrying" and "changed while it was read" in job.error

    def test_too_large_a_file_is_not_taken(self, dmitri, folder, now, settings):
        settings.UPLOAD_LIMIT_BYTES = 1 << 20
        with (folder / "a.csv").open("wb") as file:
            file.truncate(5 << 30)
        failed = extract(dmitri, a_source(dmitri, now, "file", {"path": f"{folder}/a.csv"}), now)
        assert "larger than 1 MB" in failed.error


class TestSecrets:
    @pytest.fixture
    def mounted(self, settings, tmp_path):
        settings.DATA_SECRETS = tmp_path / "secrets"
        settings.DATA_SECRETS.mkdir()
        (settings.DATA_SECRETS / "bank").write_text("hunter2\n")
        (tmp_path / "outside").write_text("not for you")
        (settings.DATA_SECRETS / "link").symlink_to(tmp_path / "outside")
        return settings.DATA_SECRETS

    def test_is_read_where_it_is_named(self, mounted, monkeypatch):
        monkeypatch.setenv("QUAESTOR_SOURCE_BANK", "hunter3")
        assert (secret("file:bank"), secret("env:QUAESTOR_SOURCE_BANK")) == ("hunter2", "hunter3")

    @pytest.mark.parametrize("reference", ["file:link", "file:nothing", "env:QUAESTOR_SOURCE_NOTHING"])
    def test_is_missed_with_a_sentence(self, mounted, reference):
        with pytest.raises(SourceFault, match=f"There is no secret under {reference}"):
            secret(reference)

    @pytest.mark.parametrize(
        ("reference", "sentence"),
        [
            ("hunter2", "never the secret"),
            ("env:PATH", "begins with QUAESTOR_SOURCE_"),
            ("env:QUAESTOR_SECRET_KEY", "begins with QUAESTOR_SOURCE_"),
            ("env:QUAESTOR_SOURCE_", "begins with QUAESTOR_SOURCE_"),
            ("file:../outside", "file's name alone"),
            ("file:/etc/passwd", "file's name alone"),
            ("file:..", "file's name alone"),
            ("vault:bank", "never the secret"),
            (7, "never the secret"),
        ],
    )
    def test_what_is_no_reference_is_refused_and_not_repeated(self, mounted, reference, sentence):
        with pytest.raises(BadInput) as refused:
            check_references({"password": reference}, ("password",))
        assert list(refused.value.errors) == ["credentials.password"]
        assert sentence in str(refused.value) and "hunter2" not in str(refused.value)

    def test_no_folder_means_no_mounted_secrets(self, settings):
        settings.DATA_SECRETS = None
        with pytest.raises(BadInput, match="No folder of mounted secrets is set"):
            check_references({"password": "file:bank"}, ("password",))

    def test_one_that_was_typed_by_mistake_stays_nowhere(self, dmitri, now, settings):
        settings.DATA_HOSTS = ("https://data.example.com",)
        dataset = a_dataset(dmitri, now)
        with pytest.raises(BadInput):
            a_source(
                dmitri,
                now,
                "http",
                {"url": "https://data.example.com/a.csv"},
                dataset,
                credentials={"authorization": "Bearer hunter2"},
            )
        assert not Source.objects.exists() and not Payload.objects.filter(body__contains="hunter2").exists()
