"""The census survey, read from the database that it is kept in."""

import pandas

from demo import training
from demo.story import Story

TABLE = "persons"


def extract(story: Story) -> None:
    """Dmitri says where the survey is kept; a job reads it into a version."""
    training.stored(training.census(2015), story.warehouse, TABLE)
    with story.tell.step("dmitri registers the survey") as step:
        dataset = story.dmitri.post(
            "datasets/",
            {
                "name": "Massachusetts census 2015",
                "description": "ACS PUMS 2015, one row a person, codes as published.",
                "classification": "public",
            },
        )
        story.facts["dataset"] = dataset["reference"]
        step.came(dataset["reference"])
    with story.tell.step("and says where it is kept, and on which ground") as step:
        source = story.dmitri.post(
            "sources/",
            {
                "dataset": dataset["reference"],
                "name": "Survey database",
                "kind": "sqlite",
                "place": {"path": str(story.warehouse), "table": TABLE},
                "legal_basis": "public_task",
                "retention_days": 3650,
                "sensitive_columns": training.PROTECTED,
                "metadata": {"target": training.OUTCOME, "id_column": "id", "protected": training.PROTECTED},
            },
        )
        story.facts["source"] = source["reference"]
        step.came(source["reference"])
    version = _extracted(story, "a job reads it")
    again = _extracted(story, "read again, it is the same version")
    story.expect(version == again, f"The same rows became two versions: {version} and {again}.")
    table = story.dmitri.download(f"dataset-versions/{version}/table/", story.desk / "survey.parquet")
    story.facts["survey"] = pandas.read_parquet(table, dtype_backend="numpy_nullable")
    story.tell.look(f"/lineage/?of={version}&columns=AGEP")


def _extracted(story: Story, said: str) -> str:
    with story.tell.step(said) as step:
        answer = story.dmitri.post(f"sources/{story.facts['source']}/extractions/")
        job = story.dmitri.wait(answer["job"], step.watch)
        story.expect(job["state"] == "done", f"The extraction ended as {job['state']}: {job.get('error')}")
        step.came(f"{job['result']['version']}, {job['result']['new_rows']:,} rows, {job['result']['outcome']}")
    return str(job["result"]["version"])
