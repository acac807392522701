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
