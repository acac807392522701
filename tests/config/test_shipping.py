"""The image and the compose file, as far as they can be looked at without an engine."""

import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

from config import keys
from config.options import Options, unknown_variables
from scripts import make_secrets

ROOT = Path(__file__).resolve().parent.parent.parent
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


@pytest.fixture(scope="module")
def image():
    return (ROOT / "Dockerfile").read_text().replace("\\\n", " ")


@pytest.fixture
def drawn(tmp_path):
    """What `make secrets` draws, as {variable: value}, and the folder it is in."""
    make_secrets.main(tmp_path)
    lines = (tmp_path / ".env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines), tmp_path


def environment_of(service, drawn):
    """What a process of the service finds in its environment, with compose's variables filled in."""
    variables, folder = drawn
    filled = {
        name: VARIABLE.sub(lambda found: variables.get(found[1]) or (found[3] if found[2] == "-" else ""), value)
        for name, value in service["environment"].items()
    }
    return {name: value.replace("/run/secrets", str(folder / "deploy" / "secrets")) for name, value in filled.items()}


class TestTheComposeFile:
    @pytest.mark.parametrize("name", ["web", "worker", "beat", "migrate"])
    def test_starts_every_process_with_settings_that_production_takes(self, compose, drawn, name):
        environment = environment_of(compose["services"][name], drawn)
        options = Options.read(environment)
        options.refuse_what_production_forbids()
        assert options.production and not unknown_variables(environment)
        assert keys.secret_key(options) and keys.ledger_seed(options) and keys.codes_keys(options)

    def test_only_migrations_run_as_the_owner(self, compose, drawn):
        people = {
            name: re.search("//(\\w+):", environment_of(service, drawn)["QUAESTOR_DATABASE_URL"])[1]
            for name, service in compose["services"].items()
            if "QUAESTOR_DATABASE_URL" in service["environment"]
        }
        assert people.pop("migrate") == "quaestor_owner"
        assert set(people) == {"web", "worker", "beat"} and set(people.values()) == {"quaestor_app"}

    def test_only_the_web_can_be_reached_and_only_from_this_host(self, compose):
        ports = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
        assert list(ports) == ["web"]
        assert all(port.startswith("127.0.0.1:") for port in ports["web"])

    def test_asks_for_nothing_that_make_secrets_does_not_draw(self, drawn):
        asked = {name for name, kind, _ in VARIABLE.findall((ROOT / "compose.yaml").read_text()) if kind != "-"}
        assert asked <= set(drawn[0])

    @pytest.mark.skipif(not shutil.which("docker"), reason="docker's client is not here")
    def test_the_client_takes_it(self, drawn):
        plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
        if plugin.returncode:
            pytest.skip("docker's compose plugin is not here")
        command = ["docker", "compose", "--env-file", str(drawn[1] / ".env"), "config", "--quiet"]
        subprocess.run(command, cwd=ROOT, check=True)


class TestTheImage:
    def test_runs_as_nobody_in_particular(self, image):
        assert re.findall(r"^USER (\S+)", image, re.M)[-1] == "quaestor"

    def test_is_built_from_files_that_are_there_and_let_in(self, image):
        let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
        for line in re.findall(r"^COPY (?!--from)(.+)", image, re.M):
            for source in line.split()[:-1]:
                assert (ROOT / source).exists(), source
                assert any(Path(source).match(pattern) for pattern in let_in), source

    def test_installs_with_hashes_what_the_bootstrap_installs(self, image):
        from scripts import bootstrap

        assert image.count("--require-hashes") == 2
        assert all(package in image for package in bootstrap.LIBRARIES.values())

    def test_carries_no_key(self, image):
        assert not re.search(r"^(ENV|ARG) .*(KEY|PASSWORD|SECRET)", image, re.M)


class TestMakeSecrets:
    def test_never_draws_over_what_is_there(self, drawn):
        folder = drawn[1]
        before = {path: path.read_text() for path in (folder / "deploy" / "secrets").iterdir()}
        make_secrets.main(folder)
        assert {path: path.read_text() for path in before} == before

    def test_keeps_others_out(self, drawn):
        assert stat.S_IMODE((drawn[1] / "deploy" / "secrets").stat().st_mode) == 0o700
        assert stat.S_IMODE((drawn[1] / ".env").stat().st_mode) == 0o600


def test_every_static_file_that_a_stylesheet_names_is_there(tmp_path, settings):
    """As in the image's build, less the compressing: a manifest refuses a reference to nothing."""
    from django.core.management import call_command

    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    assert (tmp_path / "staticfiles.json").exists()
