"""What the ML engineer's guide tells one to type works, in the order in which it stands there."""

import re
import subprocess

from apps.pipelines.models import GateCheck
from apps.pipelines.models import TestReport as Report
from tests.architecture.test_house import ROOT
from tests.builders.datasets import a_dataset
from tests.builders.inventory import a_model
from tests.builders.jobs import process
from tests.client.test_versions import applicants
from tests.conftest import NOW, person

GUIDE = ROOT / "docs" / "guides" / "ml-engineer.md"
BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.M | re.S)
SECONDS = 200
TESTS = """
def test_the_held_out_people_are_whole(quaestor):
    column = {"name": "income", "logicalType": "number", "required": True}
    schema = [{"name": "people", "properties": [column]}]
    quaestor.contract("held.csv", {"kind": "DataContract", "id": "people", "schema": schema})
"""


def test_a_version_comes_to_the_gate_by_following_the_guide(
    policies_in_force, as_dmitri, installed, environment_of_a_process, tmp_path
):
    a_model(person("olivia"), NOW)
    a_dataset(person("dmitri"), NOW)
    applicants(seed=1).to_csv(tmp_path / "train.csv", index=False)
    applicants(seed=2).to_csv(tmp_path / "held.csv", index=False)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_data.py").write_text(TESTS)
    typed = "\n".join(["set -euo pipefail", *BLOCK.findall(GUIDE.read_text())])
    environment = {**as_dmitri, "PATH": f"{installed}:{as_dmitri['PATH']}"}
    with process(tmp_path, environment_of_a_process, "worker"):
        done = subprocess.run(
            ["bash", "-c", typed],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert GateCheck.objects.get().passes and Report.objects.get().passed == 1
    assert {path.name for path in tmp_path.glob("gate.*")} == {"gate.xml", "gate.sarif", "gate.md"}
