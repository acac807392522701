"""2016 moves nothing; 2018 brings people the model was never approved for."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from demo import training
from demo.chapters.waiver import AGES, USE
from demo.story import Story, job_of

STRANGERS = "Home equity release"
WANTED = {
    "drift": ("Drift",),
    "calibration": ("Calibration", "Accuracy of probabilities"),
    "fairness": ("Four-fifths",),
    "the unapproved use": ("Approved uses",),
}


def steady(story: Story) -> None:
    """A window of 2016 with predictions and later outcomes: nothing drifts, nothing is raised."""
    table = training.of_ages(training.census(2016), *AGES)
    window = _arrive(story, table, USE, 2016, "working age")
    alerts = _alerts(story)
    story.expect(not alerts, f"2016 was expected to raise no alert; it raised {[a['reference'] for a in alerts]}.")
    story.tell.says(f"No alert: {_figures(window)}")
    _fulfil(story, window)


def strangers(story: Story) -> None:
    """2018, people of 55 to 74, from a caller with another use."""
    table = training.of_ages(training.census(2018), 55, 74)
    _arrive(story, table, STRANGERS, 2018, "ages 55 to 74, for home equity release")
    alerts = _alerts(story)
    about = " ".join(alert["indicator"] for alert in alerts)
    for kind, names in WANTED.items():
        story.expect(any(name in about for name in names), f"An alert on {kind} was expected; there are: {about}.")
    for alert in alerts:
        story.tell.says(f"{alert['reference']} {alert['level']}: {alert['sentence']}")
    named = next(alert for alert in alerts if alert["indicator"] == "Approved uses")
    story.expect(STRANGERS in named["sentence"], f"The unapproved use is not named: {named['sentence']}")
    with story.tell.step("rosa opens a finding and a revalidation") as step:
        said = {"note": "The caller uses the waiver for people it was never approved for."}
        finding = story.rosa.post(f"alerts/{named['reference']}/finding/", said)
        validation = story.rosa.post(f"alerts/{named['reference']}/revalidation/", said)
        step.came(f"{finding['finding']}, {validation['validation']}")
    story.figure("2018, ages 55 to 74", f"{len(alerts)} alerts, {finding['finding']}, {validation['validation']}")
    story.tell.look(f"/monitoring/{story.facts['model']}/")


def _arrive(story: Story, table: Any, use: str, year: int, who: str) -> dict[str, Any]:
    """A survey year arrives: predictions, then outcomes, then its window is closed."""
    start, end = (datetime(at, 1, 1, tzinfo=UTC) for at in (year, year + 1))
    model = story.facts["model"]
    for kind, rows in (
        ("predictions", _predictions(story, table, use, start)),
        ("outcomes", _outcomes(table, end)),
    ):
        path = training.written(rows, story.desk / f"{kind}-{year}.parquet")
        with story.tell.step(f"{len(rows):,} {kind} of {year} arrive ({who})") as step:
            batch = _send(story, f"models/{model}/{kind}/", path, step)
            story.expect(not batch["rejected_count"], f"Rows were rejected: {batch['rejected'][:1]}")
            step.came(f"{batch['accepted']:,} taken")
    with story.tell.step("the window is closed") as step:
        body = {"start": start.isoformat(), "end": end.isoformat()}
        answer = story.rosa.post(f"models/{model}/monitoring/windows/", body)
        job = story.rosa.wait(job_of(answer), step.watch)
        story.expect(job["state"] == "done", f"Closing the window ended as {job['state']}: {job.get('error')}")
        watched = story.rosa.get(f"models/{model}/monitoring/", params={"measure": "auc,brier,impact_ratio"})
        window: dict[str, Any] = max(watched["windows"], key=lambda row: row["start"])
        window["results"] = [row for row in watched["results"] if row["window"] == window["reference"]]
        step.came(f"{window['reference']}, {window['level']}")
    return window


def _send(story: Story, path: str, file: Path, step: Any) -> dict[str, Any]:
    with file.open("rb") as body:
        answer = story.dmitri.post(path, None, data=body, headers={"Content-Type": "application/vnd.apache.parquet"})
    job = story.dmitri.wait({"id": answer["job"]}, step.watch)
    story.expect(job["state"] == "done", f"Taking the batch in ended as {job['state']}: {job.get('error')}")
    taken: dict[str, Any] = story.dmitri.get(f"batches/{answer['batch']}/")
    return taken


def _predictions(story: Story, table: Any, use: str, start: datetime) -> Any:
    inputs, model = story.facts["inputs"], story.facts["model 1.1.0"]
    rows = table[["id", *inputs, *training.PROTECTED]].copy()
    rows["time"], rows["version"], rows["use"] = start + timedelta(days=1), story.facts["second"], use
    rows["score"] = training.scores(model, table, inputs)
    return rows


def _outcomes(table: Any, end: datetime) -> Any:
    rows = table[["id"]].copy()
    rows["outcome"], rows["time"] = table[training.OUTCOME], end - timedelta(days=7)
    return rows


def _alerts(story: Story) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = story.rosa.get("alerts/", params={"model": story.facts["model"]})["results"]
    return [alert for alert in found if alert["status"] == "open"]


def _figures(window: dict[str, Any]) -> str:
    """What a window measured, in words: ranking, accuracy, and the worst group that is large enough to judge."""
    sound = [row for row in window["results"] if row["status"] == "ok" and not row["slice"]]
    named = {"auc": "AUC", "brier": "Brier"}
    said = [
        f"{named[row['measure']]} {row['value']:.3f} (n = {row['n']:,})" for row in sound if row["measure"] in named
    ]
    ratios = [row for row in sound if row["measure"] == "impact_ratio" and row["attribute"] == "race"]
    worst = min(ratios, key=lambda row: row["value"])
    return ", ".join([*said, f"worst race ratio {worst['value']:.3f} (n = {worst['n']:,})"])


def _fulfil(story: Story, window: dict[str, Any]) -> None:
    path = f"approvals/{story.facts['approval']}/conditions/1"
    with story.tell.step("dmitri reports the condition as fulfilled, with its figures") as step:
        evidence = {"window": window["reference"], "figures": _figures(window)}
        story.dmitri.post(f"{path}/fulfilment/", {"evidence": evidence, "note": "Retested on 2016 outcomes."})
        step.came(_figures(window))
    with story.tell.step("victor verifies it"):
        story.victor.post(f"{path}/verification/", {"note": "The figures are those of the window; they hold."})
    story.figure("2016, working age", _figures(window))
