"""A second model that is too small to judge, and is told so."""

from typing import Any

from demo import training
from demo.chapters.deciding import evaluated, taken_in
from demo.story import Story, gate, told

TARGET = "credit_risk"
AGE = {
    "name": "age",
    "column": "age",
    "bins": {"edges": [25], "closed": "right", "labels": ["25 or under", "over 25"]},
}


def judge(story: Story) -> None:
    table = training.loans()
    train, held_out = training.split(table)
    inputs = [name for name in table.columns if name not in ("id", TARGET, "age")]
    with story.tell.step("dmitri registers “Retail credit scorecard” and its 1,000 loans") as step:
        model, tables = _register(story, table, train, held_out)
        step.came(f"{model}; the young are {int((table['age'] <= 25).sum())} of {len(table):,}")
    with story.tell.step("rosa decides that it is a model, and why") as step:
        step.came(taken_in(story, model, "Fitted to past loans, and its score decides on new ones."))
    with story.tell.step("dmitri trains a logistic scorecard"):
        artifact = training.as_skops(training.scorecard(train, inputs, TARGET), story.desk / "scorecard.skops")
    said = _metadata(inputs, *tables)
    version = story.dmitri.upload(f"models/{model}/versions/", said, artifact=artifact)["reference"]
    verdict = evaluated(story, version, "1.0.0 of the scorecard")
    fairness = gate(verdict, "Four-fifths rule")
    story.figure("Scorecard, age ratio", told(fairness))
    story.expect(
        verdict["outcome"] == "inconclusive",
        f"The scorecard's verdict was expected to be inconclusive; it is {verdict['outcome']}.",
    )
    story.tell.says(f"Inconclusive: {fairness['reason']}")
    with story.tell.step("rosa sends it back") as step:
        reason = "Too few of the young to judge. Bring more data, or evidence that does not need it."
        story.rosa.post(f"versions/{version}/return/", {"reason": reason})
        step.came(story.rosa.get(f"versions/{version}/")["status"])
    story.tell.look(f"/versions/{version}/")


def _register(story: Story, table: Any, train: Any, held_out: Any) -> tuple[str, list[str]]:
    model = story.dmitri.post(
        "models/",
        {
            "name": "Retail credit scorecard",
            "purpose": "Decide on instalment loans to private customers.",
            "business_unit": "Retail credit",
            "owner": story.olivia.email,
            "developers": [story.dmitri.email],
            "kind": "statistical",
            "materiality": {"exposure": {"level": "high"}, "decision_impact": "high", "complexity": "low"},
            "uses": [{"name": "Decide on instalment loans", "population": "Private customers"}],
        },
    )["reference"]
    dataset = story.dmitri.post(
        "datasets/",
        {"name": "German credit", "description": "1,000 loans, raw codes.", "classification": "public"},
    )["reference"]
    said = {"target": TARGET, "id_column": "id"}
    tables = []
    for part, name in ((train, "loans-train"), (held_out, "loans-held-out")):
        path = training.written(part, story.desk / f"{name}.parquet")
        tables.append(story.dmitri.upload(f"datasets/{dataset}/versions/", said, file=path)["reference"])
    return model, tables


def _metadata(inputs: list[str], train: str, held_out: str) -> dict[str, Any]:
    return {
        "version": "1.0.0",
        "format": "skops",
        "task": "binary_classification",
        "training_data": train,
        "reference_data": train,
        "evaluation_data": held_out,
        "inputs": inputs,
        "target": TARGET,
        "protected": [AGE],
        "algorithm": "Logistic regression",
        "positive_label": "bad",
        "favourable_label": "good",
        "threshold": 0.5,
    }
