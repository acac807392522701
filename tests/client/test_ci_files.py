"""The CI files to start from: what GitHub and GitLab take, with commands and options that there are."""

import re
import subprocess

import pytest
import yaml
from quaestor_client.command import parser

from tests import peers
from tests.architecture.test_house import ROOT

FILES = {"github-actions.yml": "vendor.github-workflows", "gitlab-ci.yml": "vendor.gitlab-ci"}
COMMAND = re.compile(r"\bquaestor ((?:submit|gate|evaluate|data|verify) .*?)(?= \|\| |$)", re.M)


def text_of(name):
    return (ROOT / "docs" / "ci" / name).read_text()


def scripts(name):
    """Every line that a job runs."""
    said = yaml.safe_load(text_of(name))
    if name.startswith("github"):
        return [step["run"] for job in said["jobs"].values() for step in job["steps"] if "run" in step]
    return [line for job in said.values() if isinstance(job, dict) for line in job.get("script", [])]


@pytest.mark.parametrize(("name", "schema"), FILES.items())
def test_are_valid_by_the_schema_of_their_server(name, schema):
    checker = peers.python("ci-schemas").with_name("check-jsonschema")
    command = [checker, "--builtin-schema", schema, ROOT / "docs" / "ci" / name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", FILES)
def test_say_what_the_command_line_understands(name):
    said = [found for line in scripts(name) for found in COMMAND.findall(line)]
    assert len(said) == 3
    for arguments in said:
        typed = [
            word.strip('"').replace("$MODEL", "MDL-0001").replace("$NUMBER", "1.0.0-pr1.2")
            for word in arguments.split()
        ]
        parser().parse_args(typed)


@pytest.mark.parametrize("name", FILES)
def test_hold_no_token_and_name_what_has_to_be_set(name):
    text = text_of(name)
    assert "QUAESTOR_URL" in text and "QUAESTOR_TOKEN" in text
    assert not re.search(r"--token|Token [0-9a-f]{8}", text)
