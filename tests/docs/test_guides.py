"""What the data scientist's guide tells one to type works, in the order in which it stands there."""

import os
import re
import subprocess
import sys

import pytest

from apps.inventory.models import ModelVersion
from apps.policies.installing import install_defaults
from tests.architecture.test_house import ROOT
from tests.builders.jobs import process
from tests.conftest import person

GUIDE = ROOT / "docs" / "guides" / "data-scientist.md"
BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```$", re.M | re.S)
SECONDS = 500


def script(page) -> str:
    """The page's commands as one: its Python is run where it stands between them."""
    parts = ["set -euo pipefail"]
    for language, text in BLOCK.findall(page.read_text()):
        parts.append(text if language == "bash" else f".venv/bin/python - <<'PYTHON'\n{text}PYTHON\n")
    return "\n".join(parts)


@pytest.mark.filterwarnings("ignore")
def test_a_data_scientist_gets_a_model_judged_by_following_the_guide(server, environment_of_a_process, now, tmp_path):
    dmitri, rosa, ruth = (person(name) for name in ("dmitri", "rosa", "ruth"))
    person("olivia")
    install_defaults(rosa, ruth, now)
    (tmp_path / "demo").symlink_to(ROOT / "demo")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    typed = {"QUAESTOR": server, "EMAIL": dmitri.email, "PASSWORD": "dmitri", "OMP_NUM_THREADS": "1"}
    with process(tmp_path, environment_of_a_process, "worker"):
        done = subprocess.run(
            ["bash", "-c", script(GUIDE)],
            cwd=tmp_path,
            env={**os.environ, **typed},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    assert done.returncode == 0, f"{done.stdout[-3000:]}{done.stderr[-2000:]}"
    assert "Four-fifths rule" in done.stdout
    assert ModelVersion.objects.get().status == "in_validation"
