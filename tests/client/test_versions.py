"""`quaestor submit`, `evaluate`, `data push`: a version's way, from a shell."""

import json
import signal
import subprocess
import time

import numpy as np
import pandas as pd
import pytest
import yaml

from apps.datasets.models import DatasetVersion
from apps.evaluations.models import Evaluation
from apps.inventory.models import ModelVersion
from apps.jobs.models import Job
from apps.jobs.running import work_off
from tests.builders.inventory import a_model, a_table, scored
from tests.builders.loans import a_scorecard, scorecard
from tests.client.proxies import before
from tests.conftest import NOW, person

SECONDS = 60


def applicants(n=4000, seed=1):
    """People whose score is their chance to repay, whatever their sex."""
    draw = np.random.default_rng(seed)
    chance = 1 / (1 + np.exp(-2 * draw.normal(size=n)))
    return pd.DataFrame(
        {
            "income": draw.normal(50, 10, n).round(2),
            "sex": draw.choice(["f", "m"], n),
            "score": chance.round(6),
            "default": np.where(draw.random(n) < chance, "yes", "no"),
        }
    )


@pytest.fixture
def model(policies_in_force):
    return a_model(person("olivia"), NOW, uses=[{"name": "Waive the paper proof", "population": "16 to 64"}])


@pytest.fixture
def metadata(model, tmp_path):
    """A version's metadata, as YAML in the working folder."""
    table = a_table(person("dmitri"), NOW, applicants().to_csv(index=False).encode(), score="score")
    said = {**scored(table, protected=["sex"]), "inputs": ["income", "sex"]}
    (tmp_path / "version.yaml").write_text("# The version that CI sends.\n" + yaml.safe_dump(said))
    return said


@pytest.fixture
def draft(metadata, as_dmitri, quaestor):
    done = quaestor("submit", "MDL-0001", "version.yaml")
    assert done.returncode == 0, done.stderr
    return ModelVersion.objects.get()


@pytest.fixture
def begun(installed, as_dmitri, tmp_path):
    """begun(*arguments) -> the command, under way."""
    processes = []

    def begin(*arguments):
        said = {"cwd": tmp_path, "env": as_dmitri, "text": True, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        processes.append(subprocess.Popen([installed / "quaestor", *arguments], **said))
        return processes[-1]

    yield begin
    for process in processes:
        process.kill()
        process.communicate()


def until(there, process):
    """What `there` finds, once it finds something; the process must not have ended before."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if found := there():
            return found
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    raise AssertionError("Nothing came.")


def worked_off(process):
    """Its exit code, output and errors, with a worker at hand."""
    until(lambda: Job.objects.exclude(state="done").exists(), process)
    work_off()
    out, err = process.communicate(timeout=SECONDS)
    return process.returncode, out, err


class TestSubmit:
    def test_adds_a_draft(self, metadata, as_dmitri, quaestor):
        done = quaestor("submit", "MDL-0001", "version.yaml", "--json")
        said = json.loads(done.stdout)
        assert done.returncode == 0 and (said["reference"], said["status"]) == ("MDL-0001@1.0.0", "draft")
        assert ModelVersion.objects.get().metadata["threshold"] == 0.5

    def test_names_the_number_and_the_commit_of_a_run(self, metadata, as_dmitri, quaestor):
        done = quaestor("submit", "MDL-0001", "version.yaml", "--number", "1.4.0", GITHUB_SHA="4a6f")
        assert done.returncode == 0 and "MDL-0001@1.4.0 is a draft." in done.stdout
        assert ModelVersion.objects.get().metadata["code_version"] == "4a6f"

    def test_twice_is_one_version(self, draft, quaestor):
        again = quaestor("submit", "MDL-0001", "version.yaml")
        assert again.returncode == 0 and ModelVersion.objects.count() == 1

    def test_something_else_by_a_used_number_is_refused(self, draft, metadata, quaestor, tmp_path):
        (tmp_path / "version.json").write_text(json.dumps({**metadata, "threshold": 0.6}))
        done = quaestor("submit", "MDL-0001", "version.json")
        assert done.returncode == 2 and "a number is used once" in done.stderr

    def test_with_a_file_is_scanned(self, policies_in_force, as_dmitri, quaestor, tmp_path):
        said = a_scorecard(person("olivia"), person("dmitri"), NOW).metadata
        (tmp_path / "version.json").write_text(json.dumps({**said, "version": "2.0.0"}))
        file = scorecard()[0] / "model.skops"
        done = quaestor("submit", "MDL-0001", "version.json", "--artifact", file)
        assert done.returncode == 0 and "Artefact skops" in done.stdout, done.stderr
        again = quaestor("submit", "MDL-0001", "version.json", "--artifact", file)
        assert again.returncode == 0 and ModelVersion.objects.count() == 2
        (tmp_path / "no.skops").write_bytes(b"no model")
        done = quaestor("submit", "MDL-0001", "version.json", "--number", "2.0.1", "--artifact", "no.skops")
        assert done.returncode == 2 and "artifact" in done.stderr

    def test_names_what_is_wrong_with_the_metadata_by_field(self, metadata, as_dmitri, quaestor, tmp_path):
        (tmp_path / "version.json").write_text(json.dumps({**metadata, "target": "gone", "weight": "gone, too"}))
        done = quaestor("submit", "MDL-0001", "version.json")
        assert done.returncode == 2
        assert "metadata.target: " in done.stderr and "metadata.weight: " in done.stderr

    @pytest.mark.parametrize(
        ("name", "text", "why"),
        [
            ("a.yaml", "version: 1.0.0\n  format: scored\n", "a.yaml, line 2: it stands deeper"),
            ("a.yaml", "version: &x 1.0.0\n", "anchors, aliases, tags"),
            ("a.yaml", "version: 1.0.0\nversion: 1.0.1\n", "“version” stands here twice"),
            ("a.yaml", "positive_label: yes\n", "may be read in two ways"),
            ("a.yaml", "- version\n", "has to be fields with values"),
            ("a.json", '{"version": "1", "version": "2"}', 'names "version" twice'),
            ("a.json", '{"threshold": NaN}', "NaN is no number in JSON"),
            ("a.json", "[" * 99_999, "nested too deep"),
        ],
    )
    def test_points_at_what_can_t_be_read(self, model, as_dmitri, quaestor, tmp_path, name, text, why):
        (tmp_path / name).write_text(text)
        done = quaestor("submit", "MDL-0001", name)
        assert done.returncode == 2 and why in done.stderr and "Traceback" not in done.stderr

    def test_misses_files_by_name(self, metadata, as_dmitri, quaestor):
        done = quaestor("submit", "MDL-0001", "none.yaml")
        assert done.returncode == 2 and "none.yaml can't be read: No such file" in done.stderr
        done = quaestor("submit", "MDL-0001", "version.yaml", "--artifact", "none.onnx")
        assert done.returncode == 2 and "none.onnx can't be read: No such file" in done.stderr

    def test_starts_the_submission_and_ends_by_its_verdict(self, metadata, begun):
        code, out, err = worked_off(begun("submit", "MDL-0001", "version.yaml", "--start", "--wait"))
        assert code == 0, out + err
        assert "MDL-0001@1.0.0: passed" in out and "Four-fifths rule" in out
        assert ModelVersion.objects.get().status == "in_validation"

    def test_waits_only_for_what_it_started(self, metadata, as_dmitri, quaestor):
        done = quaestor("submit", "MDL-0001", "version.yaml", "--wait")
        assert done.returncode == 2 and "--wait waits for what --start begins" in done.stderr
        assert not ModelVersion.objects.exists()


class TestEvaluate:
    def test_waits_and_ends_by_the_verdict(self, draft, begun, quaestor):
        code, out, err = worked_off(begun("evaluate", "MDL-0001@1.0.0", "--results"))
        assert code == 0, out + err
        assert "(dry run)" in out and "calibration_slope" in out and "█" not in err
        again = quaestor("evaluate", "MDL-0001@1.0.0", "--evaluation", "EVL-0001", "--json")
        assert again.returncode == 0 and json.loads(again.stdout)["evaluation"] == "EVL-0001"
        assert quaestor("gate", "check", "MDL-0001@1.0.0").returncode == 0

    def test_ends_with_1_where_the_verdict_is_no_pass(self, metadata, as_dmitri, quaestor, begun, tmp_path):
        few = a_table(person("dmitri"), NOW, applicants(60, 2).to_csv(index=False).encode(), score="score")
        said = {**metadata, "evaluation_data": few.reference}
        (tmp_path / "few.json").write_text(json.dumps(said))
        assert quaestor("submit", "MDL-0001", "few.json").returncode == 0
        code, out, _ = worked_off(begun("evaluate", "MDL-0001@1.0.0"))
        assert code == 1 and "inconclusive" in out and "It rests on only 60 rows" in " ".join(out.split())

    def test_ends_with_1_where_it_can_t_be_evaluated(self, metadata, as_dmitri, quaestor, begun, tmp_path):
        (tmp_path / "odd.json").write_text(json.dumps({**metadata, "positive_label": "never"}))
        assert quaestor("submit", "MDL-0001", "odd.json").returncode == 0
        code, _, err = worked_off(begun("evaluate", "MDL-0001@1.0.0"))
        assert code == 1 and "never" in err

    def test_gives_up_after_its_time_and_says_how_to_go_on(self, draft, quaestor):
        done = quaestor("evaluate", "MDL-0001@1.0.0", "--timeout", "1")
        assert done.returncode == 3
        assert "did not end within the 1 seconds of --timeout" in done.stderr
        assert "“quaestor evaluate MDL-0001@1.0.0 --evaluation EVL-0001” waits for it" in done.stderr
        assert Evaluation.objects.get().status == "running"

    @pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
    def test_interrupted_it_says_what_goes_on(self, draft, as_dmitri, server, begun, sign):
        with before(server) as proxy:
            as_dmitri["QUAESTOR_URL"] = proxy.url
            process = begun("evaluate", "MDL-0001@1.0.0")
            until(lambda: any("/jobs/" in path for _, path, _ in proxy.seen), process)
            process.send_signal(sign)
            _, err = process.communicate(timeout=SECONDS)
        assert process.returncode == 130 and "Interrupted. It goes on at the server" in err and "Trace" not in err
        assert Job.objects.latest("created_at").state == "queued"

    def test_refuses_an_evaluation_of_another_version(self, draft, metadata, quaestor):
        quaestor("evaluate", "MDL-0001@1.0.0", "--timeout", "1")
        quaestor("submit", "MDL-0001", "version.yaml", "--number", "1.0.1")
        done = quaestor("evaluate", "MDL-0001@1.0.1", "--evaluation", "EVL-0001")
        assert done.returncode == 1 and "EVL-0001 is of MDL-0001@1.0.0" in done.stderr

    def test_refuses_what_is_no_draft(self, evaluated_version, as_dmitri, quaestor):
        done = quaestor("evaluate", "MDL-0001@1.0.0")
        assert done.returncode == 2 and "A dry run is for a draft" in done.stderr


class TestDataPush:
    @pytest.fixture
    def dataset(self, policies_in_force, as_dmitri):
        return a_table(person("dmitri"), NOW).dataset

    def test_prints_the_reference_alone(self, dataset, quaestor, tmp_path):
        applicants(50).to_csv(tmp_path / "people.csv", index=False)
        done = quaestor("data", "push", "DS-0001", "people.csv")
        assert (done.returncode, done.stdout) == (0, "DS-0001@2\n")
        assert "is new: 50 rows" in done.stderr
        again = quaestor("data", "push", "DS-0001", "people.csv")
        assert again.stdout == "DS-0001@2\n" and "was there already" in again.stderr

    def test_takes_parquet_and_what_its_columns_are(self, dataset, quaestor, tmp_path):
        applicants(50).to_parquet(tmp_path / "people.parquet", index=False)
        (tmp_path / "roles.yaml").write_text("target: default\nprotected: [sex]\n")
        done = quaestor("data", "push", "DS-0001", "people.parquet", "--metadata", "roles.yaml", "--json")
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        assert (said["reference"], said["new"], said["metadata"]["target"]) == ("DS-0001@2", True, "default")

    def test_sends_what_is_larger_than_one_block(self, dataset, quaestor, tmp_path):
        applicants(90_000).to_csv(tmp_path / "people.csv", index=False)
        assert (tmp_path / "people.csv").stat().st_size > 1_500_000
        assert quaestor("data", "push", "DS-0001", "people.csv").returncode == 0
        assert DatasetVersion.objects.get(number=2).rows == 90_000

    @pytest.mark.parametrize(
        ("name", "content", "why"),
        [
            ("people.csv", b"a,b\n1\n", "file"),
            ("people.csv", b"", "file"),
            ("people.parquet", b"PAR1 no parquet", "file"),
            ("people.xlsx", b"PK", "neither .csv nor .parquet"),
        ],
    )
    def test_refuses_what_is_no_table(self, dataset, quaestor, tmp_path, name, content, why):
        (tmp_path / name).write_bytes(content)
        done = quaestor("data", "push", "DS-0001", name)
        assert done.returncode == 2 and why in done.stderr and done.stdout == ""

    def test_knows_no_dataset_of_another_unit(self, dataset, token, quaestor, tmp_path):
        applicants(50).to_csv(tmp_path / "people.csv", index=False)
        done = quaestor("data", "push", "DS-0001", "people.csv", QUAESTOR_TOKEN=token("oscar"))
        assert done.returncode == 2 and "DS-0001: There is nothing here" in done.stderr
