"""Settings come from the environment, and a bad one stops the start with a sentence."""

import base64
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config import keys, storage
from config.options import BadOptions, Options, unknown_variables

ROOT = Path(__file__).resolve().parent.parent.parent
SEED = base64.b64encode(bytes(range(32))).decode()
SECRET = "a long row of characters that nobody has ever guessed 0123456789"
PRODUCTION = {
    "QUAESTOR_ENV": "production",
    "QUAESTOR_DATABASE_URL": "postgres://quaestor_app:p%40ss@db:6432/risk?sslmode=verify-full",
    "QUAESTOR_ALLOWED_HOSTS": "risk.example.com",
    "QUAESTOR_BASE_URL": "https://risk.example.com",
    "QUAESTOR_LEDGER_NAME": "risk.example.com/ledger",
    "QUAESTOR_SECRET_KEY": SECRET,
    "QUAESTOR_LEDGER_KEY": SEED,
    "QUAESTOR_CODES_KEY": SEED,
}


def start(**environ):
    """What `manage.py check` says in a process of its own, started with nothing but `environ`."""
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        check=False,
    )


class TestReading:
    def test_nothing_set_is_a_good_start(self):
        options = Options.read({})
        assert (options.env, options.port, options.home) == ("embedded", 8000, Path("var"))

    def test_an_empty_variable_counts_as_not_set(self):
        assert Options.read({"PORT": "", "QUAESTOR_HOME": ""}) == Options()

    def test_lists_are_split_at_commas(self):
        options = Options.read({"QUAESTOR_ALLOWED_HOSTS": "risk.example.com, localhost"})
        assert options.allowed_hosts == ("risk.example.com", "localhost")

    @pytest.mark.parametrize(
        ("name", "value", "sentence"),
        [
            ("PORT", "http", "PORT must be a port from 0 to 65535, not 'http'."),
            ("QUAESTOR_ENV", "prod", "QUAESTOR_ENV must be embedded or production, not 'prod'."),
            ("QUAESTOR_TIME_ZONE", "Mars/Base", "QUAESTOR_TIME_ZONE must be a time zone such as Europe/Berlin, not"),
            (
                "QUAESTOR_UPLOAD_LIMIT_MB",
                "0",
                "QUAESTOR_UPLOAD_LIMIT_MB must be megabytes from 1 to 1048576, not '0'.",
            ),
            ("QUAESTOR_DATABASE_URL", "mysql://u:secret@h/d", "QUAESTOR_DATABASE_URL must be a URL such as postgres"),
            ("QUAESTOR_BASE_URL", "risk.example.com", "QUAESTOR_BASE_URL must be a URL such as https://risk.example"),
            ("QUAESTOR_S3_ENDPOINT", "minio:9000", "QUAESTOR_S3_ENDPOINT must be a URL"),
            ("QUAESTOR_TRUSTED_ORIGINS", "risk.example.com", "QUAESTOR_TRUSTED_ORIGINS must be origins such as http"),
            ("QUAESTOR_MAIL_FROM", "ledger", "QUAESTOR_MAIL_FROM must be an e-mail address, not 'ledger'."),
            ("QUAESTOR_CHECKPOINT_MAIL", "a@b, c@d", "QUAESTOR_CHECKPOINT_MAIL must be an e-mail address"),
            ("QUAESTOR_BROKER_URL", "localhost", "QUAESTOR_BROKER_URL must be a URL such as redis"),
        ],
    )
    def test_a_bad_value_is_named_with_what_would_be_good(self, name, value, sentence):
        with pytest.raises(BadOptions) as refusal:
            Options.read({name: value})
        assert str(refusal.value).startswith(sentence)
        assert "secret" not in str(refusal.value)

    @pytest.mark.parametrize(
        ("name", "nonsense"),
        [
            (
                "DATABASE",
                "postgres:// postgres://db postgres://db/ postgres://db:port/risk postgres://db/a/b database://",
            ),
            ("DATABASE", "sqlite:/// sqlite://risk.db sqlite:///var/ folder: POSTGRES:db"),
            ("BROKER", "redis:// redis://host:port/0 amqp:// database://somewhere database:/// folder: file:"),
            (
                "FILES",
                "folder:blobs folder:/ folder://host/blobs folder:?a file: s3:// s3:///path database:// s3:bucket",
            ),
            ("FEATURES", "table:x table://a redis:// redis://host:port/0 folder:"),
            ("MAIL", "file:mail file:/ file://host/mail console:x smtp:// smtp://host:port smtp://host/path folder:"),
            ("BASE", "https:// http://:8000 https://host:port"),
        ],
    )
    def test_a_url_that_leads_nowhere_is_refused(self, name, nonsense):
        for url in nonsense.split():
            with pytest.raises(BadOptions, match=f"QUAESTOR_{name}_URL must be"):
                Options.read({f"QUAESTOR_{name}_URL": url})

    @pytest.mark.parametrize(
        ("name", "good"),
        [
            ("DATABASE", "postgres:///risk postgresql://u:p%40@db:6432/risk?sslmode=verify-full sqlite:////srv/a.db"),
            ("BROKER", "database:// redis://host/0 rediss://:p%40@host:6379/0 amqp://u:p@host//"),
            ("FILES", "folder: folder:/srv/blobs s3://bucket s3://bucket/path"),
            ("FEATURES", "table: redis://host/1 rediss://:p%40@host:6379/1"),
            ("MAIL", "file: file:/srv/mail console: smtp://u:p@host:587 smtps://host"),
        ],
    )
    def test_one_that_leads_somewhere_is_taken(self, name, good):
        for url in good.split():
            assert getattr(Options.read({f"QUAESTOR_{name}_URL": url}), f"{name.lower()}_url") == url

    def test_every_bad_value_is_named_at_once(self):
        with pytest.raises(BadOptions, match=r"QUAESTOR_ENV must .* PORT must"):
            Options.read({"PORT": "x", "QUAESTOR_ENV": "y"})

    def test_a_misspelt_variable_is_found(self):
        assert unknown_variables({"QUAESTOR_DATABSE_URL": "", "QUAESTOR_HOME": "", "PORT": ""}) == [
            "QUAESTOR_DATABSE_URL"
        ]


class TestKeys:
    def test_are_drawn_once_and_kept_from_others(self, tmp_path):
        options = Options(home=tmp_path)
        assert keys.ledger_seed(options) == keys.ledger_seed(options)
        assert keys.secret_key(options) == keys.secret_key(options)
        assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()} == {0o600}

    def test_come_from_a_mounted_file(self, tmp_path):
        (tmp_path / "seed").write_text(SEED + "\n")
        assert keys.ledger_seed(Options(ledger_key_file=tmp_path / "seed")) == bytes(range(32))

    def test_a_file_that_is_not_there_is_named(self, tmp_path):
        with pytest.raises(BadOptions, match=r"QUAESTOR_LEDGER_KEY_FILE names '.*', which can't be read"):
            keys.ledger_seed(Options(ledger_key_file=tmp_path / "seed"))

    @pytest.mark.parametrize("key", ["short", "a" * 60, "django-insecure-" + SECRET])
    def test_a_secret_that_could_be_guessed_is_refused(self, key):
        with pytest.raises(BadOptions, match="at least 50 characters at random"):
            keys.secret_key(Options(secret_key=key))

    @pytest.mark.parametrize("key", ["not base64!", "c2hvcnQ=", base64.b64encode(bytes(32)).decode()])
    def test_a_seed_that_is_none_is_refused(self, key):
        with pytest.raises(BadOptions, match="32 random bytes in base64"):
            keys.ledger_seed(Options(ledger_key=key))

    def test_the_codes_have_one_key_or_several(self, tmp_path):
        newer = base64.b64encode(bytes(range(1, 33))).decode()
        assert keys.codes_keys(Options(codes_key=f"{newer}, {SEED}")) == (bytes(range(1, 33)), bytes(range(32)))
        assert keys.codes_keys(Options(home=tmp_path)) == keys.codes_keys(Options(home=tmp_path))

    @pytest.mark.parametrize("key", ["c2hvcnQ=", f"{SEED},", f"{SEED},c2hvcnQ="])
    def test_a_codes_key_that_is_none_is_refused(self, key):
        with pytest.raises(BadOptions, match="or several with commas between them"):
            keys.codes_keys(Options(codes_key=key))


class TestUrls:
    def test_a_database_url_is_read_whole(self):
        read = storage.postgres(PRODUCTION["QUAESTOR_DATABASE_URL"])
        assert (read["NAME"], read["USER"], read["PASSWORD"]) == ("risk", "quaestor_app", "p@ss")
        assert (read["HOST"], read["PORT"], read["OPTIONS"]["sslmode"]) == ("db", "6432", "verify-full")

    def test_files_go_to_a_folder_or_a_bucket(self, tmp_path):
        assert storage.files(Options(home=tmp_path))["OPTIONS"]["location"].startswith(str(tmp_path / "files"))
        bucket = storage.files(Options(files_url="s3://evidence/quaestor", s3_endpoint="https://store.example.com"))
        assert bucket["OPTIONS"]["bucket_name"] == "evidence"
        assert bucket["OPTIONS"]["location"] == "quaestor"

    def test_mail_leaves_by_smtp(self):
        sent = storage.mail(Options(mail_url="smtp://robot:p%40ss@mail.example.com"))
        assert (sent["EMAIL_HOST"], sent["EMAIL_PORT"], sent["EMAIL_USE_TLS"]) == ("mail.example.com", 587, True)
        assert sent["EMAIL_HOST_PASSWORD"] == "p@ss"


class TestProduction:
    def test_starts_with_everything_it_needs(self):
        Options.read(PRODUCTION).refuse_what_production_forbids()

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"QUAESTOR_DEBUG": "true"}, "QUAESTOR_DEBUG must be false"),
            ({"QUAESTOR_DATABASE_URL": ""}, "QUAESTOR_DATABASE_URL must name a PostgreSQL"),
            ({"QUAESTOR_DATABASE_URL": "sqlite:///risk.db"}, "QUAESTOR_DATABASE_URL must name a PostgreSQL"),
            ({"QUAESTOR_ALLOWED_HOSTS": ""}, "QUAESTOR_ALLOWED_HOSTS must name the hosts"),
            ({"QUAESTOR_ALLOWED_HOSTS": "*"}, "QUAESTOR_ALLOWED_HOSTS must name the hosts"),
            ({"QUAESTOR_BASE_URL": "http://risk.example.com"}, "QUAESTOR_BASE_URL must be the https address"),
            ({"QUAESTOR_LEDGER_NAME": ""}, "QUAESTOR_LEDGER_NAME must be a name of your own"),
            ({"QUAESTOR_LEDGER_NAME": "quaestor.local/ledger"}, "QUAESTOR_LEDGER_NAME must be a name of your own"),
        ],
    )
    def test_refuses_what_would_weaken_it(self, change, sentence):
        with pytest.raises(BadOptions, match=sentence):
            Options.read(PRODUCTION | change).refuse_what_production_forbids()

    def test_embedded_is_not_held_to_it(self):
        Options.read({"QUAESTOR_DEBUG": "true"}).refuse_what_production_forbids()

    @pytest.mark.parametrize("name", ["QUAESTOR_SECRET_KEY", "QUAESTOR_LEDGER_KEY", "QUAESTOR_CODES_KEY"])
    def test_draws_no_key_of_its_own(self, name):
        options = Options.read(PRODUCTION | {name: ""})
        with pytest.raises(BadOptions, match=f"Production needs {name} or {name}_FILE."):
            keys.secret_key(options), keys.ledger_seed(options), keys.codes_keys(options)


class TestTheStart:
    def test_stops_with_one_sentence_and_no_traceback(self, tmp_path):
        process = start(QUAESTOR_HOME=str(tmp_path), PORT="eighty")
        assert process.returncode == 1
        assert process.stderr == "Quaestor can't start. PORT must be a port from 0 to 65535, not 'eighty'.\n"

    def test_in_production_is_complete_without_a_home(self, tmp_path):
        process = start(**PRODUCTION, QUAESTOR_HOME=str(tmp_path / "none"))
        assert process.returncode == 0, process.stderr
        assert not (tmp_path / "none").exists()
        assert "reach nobody" in process.stderr  # it has no mail server

    def test_in_production_is_silent_about_a_mail_server_that_is_named(self, tmp_path):
        process = start(
            **PRODUCTION, QUAESTOR_HOME=str(tmp_path / "none"), QUAESTOR_MAIL_URL="smtp://mail.example.com"
        )
        assert "reach nobody" not in process.stderr

    def test_warns_of_a_variable_nobody_reads(self, tmp_path):
        process = start(QUAESTOR_HOME=str(tmp_path), QUAESTOR_PROT="1")
        assert "QUAESTOR_PROT is not a setting of Quaestor." in process.stderr
