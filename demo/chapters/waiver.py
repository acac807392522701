"""Two versions of the employment verification waiver: one that flatters itself, and one for those it concerns."""

from typing import Any

from demo import training
from demo.chapters.deciding import evaluated, taken_in
from demo.story import Story, gate, told

NAME = "Employment verification waiver"
USE = "Waive the paper proof of employment"
AGES = training.WORKING_AGE


def register(story: Story) -> None:
    """Dmitri registers the model and its data."""
    with story.tell.step("dmitri registers the model") as step:
        model = story.dmitri.post(
            "models/",
            {
                "name": NAME,
                "purpose": "Applicants for credit whom the model predicts to be employed are spared the paper proof "
                "of employment; the others bring it as before.",
                "business_unit": "Retail credit",
                "owner": story.olivia.email,
                "developers": [story.dmitri.email],
                "kind": "machine_learning",
                "jurisdictions": ["US-MA"],
                "materiality": {"exposure": {"level": "medium"}, "decision_impact": "medium", "complexity": "medium"},
                "uses": [
                    {
                        "name": USE,
                        "population": f"Applicants of working age, {AGES[0]} to {AGES[1]}, in Massachusetts.",
                        "boundaries": "Not for pricing, not for the decision on credit itself.",
                    }
                ],
            },
        )
        story.facts["model"] = model["reference"]
        step.came(f"{model['reference']}, tier {model['tier']}: {model['tier_reasons'][0]}")
    with story.tell.step("rosa decides that it is a model, and why") as step:
        step.came(
            taken_in(story, model["reference"], "Learned from data, and its output decides who is spared a proof.")
        )
    story.tell.look(f"/models/{model['reference']}/")


def first(story: Story) -> None:
    """1.0.0, on all ages: good to look at, and unfair where it counts."""
    train, held_out = training.split(story.facts["survey"])
    version = _version(story, "1.0.0", train, held_out, "skops")
    run = story.dmitri.post(f"versions/{version}/evaluations/", {"dry_run": True})
    with story.tell.step("dmitri asks for a dry run") as step:
        job = story.dmitri.wait(run["job"], step.watch)
        story.expect(job["state"] == "done", f"The dry run ended as {job['state']}: {job.get('error')}")
        step.came(f"the verdict would be: {job['result']['outcome']}")
    verdict = evaluated(story, version, "1.0.0")
    fairness = gate(verdict, "Four-fifths rule")
    story.figure("1.0.0, worst race ratio", told(fairness))
    state = story.dmitri.get(f"versions/{version}/")
    story.expect(
        verdict["outcome"] == "failed" and state["status"] == "draft",
        f"1.0.0 was expected to fail its gate and to go back; it is {verdict['outcome']} and {state['status']}.",
    )
    story.tell.says(f"The gate fails: {fairness['reason']}")
    story.tell.says("The version goes back to its developers; its evidence is kept.")
    story.tell.look(f"/versions/{version}/")
    story.facts["first"] = version


def second(story: Story) -> None:
    """1.1.0, on the people it concerns."""
    table = training.of_ages(story.facts["survey"], *AGES)
    train, held_out = training.split(table)
    version = _version(story, "1.1.0", train, held_out, "onnx")
    verdict = evaluated(story, version, "1.1.0")
    fairness = gate(verdict, "Four-fifths rule")
    story.figure("1.1.0, worst race ratio", told(fairness))
    story.figure("1.1.0, AUC", told(gate(verdict, "Ranking power")))
    story.expect(
        verdict["outcome"] == "passed_near_limit",
        f"1.1.0 was expected to pass near the limit; the verdict is {verdict['outcome']}.",
    )
    story.tell.says(f"Passed near limit: {fairness['reason']}")
    story.tell.look(f"/versions/{version}/")
    story.facts["second"] = version


def _version(story: Story, number: str, train: Any, held_out: Any, form: str) -> str:
    """Train, write the files, upload the tables and the version."""
    inputs = training.inputs_of(train)
    who = "all ages" if number == "1.0.0" else "working age"
    with story.tell.step(f"dmitri trains {number} on {who}") as step:
        model = training.boosted(train, inputs)
        artifact = training.as_skops(model, story.desk / f"waiver-{number}.skops")
        files = {"artifact": artifact}
        if form == "onnx":
            files = {"artifact": training.as_onnx(model, inputs, story.desk / f"waiver-{number}.onnx")}
            files["parity_artifact"] = artifact
        story.facts[f"model {number}"], story.facts["inputs"] = model, inputs
        step.came(f"{len(train):,} rows to train on, {len(held_out):,} held out, {len(inputs)} inputs")
    with story.tell.step(f"dmitri uploads the tables of {number}"):
        tables = [
            _table(story, part, f"{name}-{number}") for part, name in ((train, "train"), (held_out, "held-out"))
        ]
    with story.tell.step(f"dmitri adds version {number} as {form}") as step:
        version = story.dmitri.upload(
            f"models/{story.facts['model']}/versions/", _metadata(number, form, inputs, *tables), **files
        )
        step.came(f"{version['reference']}, sha256 {version['artifact']['digest'][:12]}…, scan accepted")
    return version["reference"]


def _table(story: Story, table: Any, name: str) -> str:
    path = training.written(table, story.desk / f"{name}.parquet")
    said = {"target": training.OUTCOME, "id_column": "id", "protected": training.PROTECTED}
    return story.dmitri.upload(f"datasets/{story.facts['dataset']}/versions/", said, file=path)["reference"]


def _metadata(number: str, form: str, inputs: list[str], train: str, held_out: str) -> dict[str, Any]:
    return {
        "version": number,
        "format": form,
        "task": "binary_classification",
        "training_data": train,
        "reference_data": train,
        "evaluation_data": held_out,
        "inputs": inputs,
        "target": training.OUTCOME,
        "protected": [{"name": "race", "column": "RAC1P"}, {"name": "sex", "column": "SEX"}],
        "score_kind": "probability",
        "algorithm": "Histogram gradient boosting (scikit-learn)",
        "parameters": {"max_iter": 150, "random_state": 0},
        "positive_label": 1,
        "favourable_label": 1,
        "threshold": 0.5,
        "limitations": ["Trained on one state and one year; wages and hours are not known to it."],
    }
