"""The client is small: a wheel of its own that needs little, and imports nothing that the server needs."""

import email
import os
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.architecture.test_house import ROOT
from tests.client.conftest import uv

OLDEST = "3.9"


def oldest_python():
    """A Python of the oldest version the client runs on, where this machine has one."""
    found = subprocess.run(["which", "-a", f"python{OLDEST}"], capture_output=True, text=True, check=False)
    installed = sorted(Path.home().glob(f".pyenv/versions/{OLDEST}.*/bin/python"))
    for candidate in [*found.stdout.split(), *installed]:
        asked = subprocess.run([candidate, "-c", ""], capture_output=True, check=False)
        if asked.returncode == 0:
            return candidate
    return None


@pytest.fixture(scope="session")
def described(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return email.message_from_bytes(archive.read(name)), archive.namelist()


def test_the_wheel_needs_requests_alone(described):
    metadata, _ = described
    needed = [line for line in metadata.get_all("Requires-Dist") if "extra ==" not in line]
    assert [re.match(r"[\w-]+", line)[0] for line in needed] == ["requests"]
    assert metadata["License-Expression"] == "Apache-2.0" and metadata["Requires-Python"] == ">=3.9"


def test_the_wheel_holds_the_client_and_nothing_else(described):
    _, names = described
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"quaestor_client"}
    assert "quaestor_client/quaestor_verify.script" in names
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_it_imports_nothing_of_the_servers():
    sources = [path for path in (ROOT / "client" / "src").rglob("*.py")]
    # pyarrow, where it is installed, reads Parquet files for the test kit: that import stands in its function
    server = r"\s*(?:from|import) (?:apps|config|django|pydantic|yaml)"
    imports = re.compile(rf"^(?:{server}|(?:from|import) (?:numpy|pandas|pyarrow))\b", re.M)
    assert sources and not [path for path in sources if imports.search(path.read_text())]


def test_it_says_its_version_and_its_commands(quaestor):
    assert re.fullmatch(r"quaestor-client \d+\.\d+\.\d+\n", quaestor("--version").stdout)
    told = quaestor("--help").stdout
    assert all(command in told for command in ("submit", "gate", "evaluate", "data", "verify", "exit codes"))
    assert quaestor().returncode == 2 and quaestor("gate").returncode == 2
    assert quaestor("gate", "check", "MDL-0001@1.0.0", "--pol", "POL-0001").returncode == 2  # no abbreviations
    for seconds in ("0", "-1", "nan", "soon"):
        assert quaestor("gate", "check", "MDL-0001@1.0.0", "--timeout", seconds).returncode == 2


def test_it_runs_on_the_oldest_python_it_names(wheel, evaluated_version, as_dmitri, tmp_path):
    python = oldest_python()
    if python is None:
        pytest.skip(f"This machine has no Python {OLDEST}.")
    uv("venv", "--quiet", "--python", python, tmp_path / "venv")
    uv("pip", "install", "--quiet", "--python", tmp_path / "venv" / "bin" / "python", wheel)
    command = [tmp_path / "venv" / "bin" / "quaestor", "gate", "check", "MDL-0001@1.0.0"]
    forms = ["--junit", "gate.xml", "--sarif", "gate.sarif", "--markdown", "gate.md"]
    done = subprocess.run(
        [*command, *forms], cwd=tmp_path, env=as_dmitri, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    compiled = [tmp_path / "venv" / "bin" / "python", "-m", "compileall", "-q", tmp_path / "venv" / "lib"]
    assert subprocess.run(compiled, env={**os.environ}, capture_output=True, check=False).returncode == 0
