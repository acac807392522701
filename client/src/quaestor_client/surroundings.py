"""Where a command runs: which commit, which branch, and the page of the CI run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

COMMITS = ("QUAESTOR_COMMIT", "GITHUB_SHA", "CI_COMMIT_SHA", "BUILD_SOURCEVERSION", "GIT_COMMIT", "BITBUCKET_COMMIT")
BRANCHES = (
    *("QUAESTOR_BRANCH", "GITHUB_HEAD_REF", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_REF_NAME"),
    *("GITHUB_REF_NAME", "BUILD_SOURCEBRANCHNAME", "BRANCH_NAME", "BITBUCKET_BRANCH"),
)
PAGES = ("QUAESTOR_CI_URL", "CI_JOB_URL", "CI_PIPELINE_URL", "BUILD_URL")
REPOSITORIES = ("CI_PROJECT_URL", "BUILD_REPOSITORY_URI", "GIT_URL")


@dataclass(frozen=True)
class Surroundings:
    """What the environment says of the run; "" where it says nothing."""

    commit: str = ""
    branch: str = ""
    ci_url: str = ""
    repository: str = ""


def look(environment: Mapping[str, str]) -> Surroundings:
    """What GitHub Actions, GitLab CI, Jenkins, Azure Pipelines or Bitbucket say, or our own variables."""

    def first(names: tuple[str, ...]) -> str:
        return next((environment[name] for name in names if environment.get(name)), "")

    project = ""
    if environment.get("GITHUB_REPOSITORY"):
        project = f"{environment.get('GITHUB_SERVER_URL', 'https://github.com')}/{environment['GITHUB_REPOSITORY']}"
    run = environment.get("GITHUB_RUN_ID", "")
    page = f"{project}/actions/runs/{run}" if project and run else ""
    return Surroundings(first(COMMITS), first(BRANCHES), first(PAGES) or page, project or first(REPOSITORIES))
