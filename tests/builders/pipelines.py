"""Pipelines as tests write them, as far on their way as a test needs them."""

TRAINING = """\
name: Waiver, trained again
model: MDL-0001
parameters: {depth: 3}
steps:
  - name: fetch
    kind: extract
    dataset: DS-0001
  - name: split
    kind: split
    data: fetch
  - name: fit
    kind: train
    data: split.train
    task: binary_classification
    target: y
    inputs: [a, b]
    trainer:
      algorithm: hist_gradient_boosting
      settings: {max_depth: {parameter: depth}}
  - name: keep
    kind: register
    artifact: fit
    series: "1.0"
    reference_data: split.train
    evaluation_data: split.evaluation
    metadata: {positive_label: 1}
"""

CREDIT = """\
name: Credit, trained again
model: MDL-0001
steps:
  - {name: fetch, kind: extract, dataset: DS-0001}
  - {name: split, kind: split, data: fetch, evaluation_share: 0.4, seed: 7, stratify: default}
  - name: fit
    kind: train
    data: split.train
    task: binary_classification
    target: default
    inputs: [age, income, region]
    trainer: {algorithm: ALGORITHM}
  - name: keep
    kind: register
    artifact: fit
    series: "1.0"
    training_data: split.train
    reference_data: split.train
    evaluation_data: split.evaluation
    metadata: {positive_label: 1, favourable_label: 0, threshold: 0.4, protected: [sex]}
  - {name: judge, kind: evaluate, version: keep}
  - {name: score, kind: score, version: keep, data: split.evaluation}
  - {name: tell, kind: notify, message: A candidate is there., needs: [judge], people: [owner, model_owner]}
"""


def credit_rows(tmp_path, seed=0, rows=900):
    """A file of borrowers, of whom some default."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "id": range(rows),
            "age": rng.integers(18, 80, rows).astype(float),
            "income": rng.lognormal(10, 0.5, rows),
            "region": rng.choice(["north", "south", "west"], rows),
            "sex": rng.choice(["f", "m"], rows),
        }
    )
    table.loc[::20, "income"] = np.nan
    odds = 2 - table.age / 20 + (table.region == "south") + rng.normal(size=rows)
    table["default"] = (odds > 0).astype(int)
    table.to_parquet(tmp_path / "credit.parquet")
    return tmp_path / "credit.parquet"


def a_pipeline(author, now, text=TRAINING, **put):
    """A pipeline whose version 1 is a draft; `put` replaces words of its text."""
    from apps.pipelines.services.writing import propose_pipeline

    return propose_pipeline(actor=author, text=worded(text, **put), now=now)


def in_force(author, reviewer, now, text=TRAINING, **put):
    """A pipeline that `author` wrote and `reviewer` published."""
    from apps.pipelines.models import Pipeline
    from apps.pipelines.services.writing import publish_version

    pipeline = a_pipeline(author, now, text, **put)
    publish_version(actor=reviewer, version=pipeline.versions.get(), now=now)
    return Pipeline.objects.get(pk=pipeline.pk)


def worded(text, **put):
    """`text` with MODEL and DATA, or other words, put in: worded(TRAINING, model="MDL-0007")."""
    known = {"model": "MDL-0001", "data": "DS-0001"}
    for name, value in put.items():
        assert known[name] in text
        text = text.replace(known[name], value)
    return text


def commands(head="", **steps):
    """A pipeline of commands: name={"script": …, "inputs": {…}, "outputs": {name: file}} and whatever else."""
    import json

    said = []
    for name, step in steps.items():
        step = dict(step)
        outputs = {
            key: {"file": file} if isinstance(file, str) else file for key, file in step.pop("outputs", {}).items()
        }
        script = {"text": step.pop("script")}
        said.append({"name": name, "kind": "command", "script": script, "outputs": outputs, **step})
    return f"name: Commands\nmodel: MDL-0001\n{head}\nsteps: {json.dumps(said)}\n"


def run_of(pipeline, actor, now, **said):
    """A run, worked off as far as it goes by itself."""
    from apps.jobs.running import work_off
    from apps.pipelines.services.starting import request_run

    run = request_run(actor=actor, pipeline=pipeline, now=now, **said)
    work_off()
    return type(run).objects.get(pk=run.pk)


def states(run):
    return {step.name: step.state for step in run.steps.all()}


def lines(run, step):
    return [line.text for line in run.steps.get(name=step).lines.all()]
