"""Challenge, attestation, signatures: who may, who may not, and what each of them signs."""

from typing import Any

from demo.story import Story, job_of

CONDITION = {"text": "Retest performance and fairness on 2016 outcomes before the end of the quarter.", "due": ""}


def taken_in(story: Story, model: str, reason: str) -> str:
    """Rosa decides that what was registered is a model, and the inventory keeps her reason."""
    story.rosa.post(f"models/{model}/intake/", {"decision": "model", "reason": reason})
    return str(story.rosa.get(f"models/{model}/")["intake"])


def evaluated(story: Story, version: str, number: str) -> dict[str, Any]:
    """Dmitri submits; the worker scores in the sandbox and measures; the policy gives its verdict."""
    submitted = story.dmitri.post(f"versions/{version}/submission/", {})
    with story.tell.step(f"dmitri submits {number}; the worker scores it in the sandbox") as step:
        job = story.dmitri.wait(job_of(submitted), step.watch)
        story.expect(
            job["state"] == "done", f"The evaluation of {version} ended as {job['state']}: {job.get('error')}"
        )
        verdict = story.dmitri.get(f"versions/{version}/verdict/")
        step.came(f"{verdict['outcome'].replace('_', ' ')} under {verdict['policy']}")
    return verdict


def challenge(story: Story) -> None:
    """Victor validates, notes what he found, and concludes with conditions."""
    version = story.facts["second"]
    validation = story.victor.post(
        f"versions/{version}/validations/", {"scope": "Data, fairness, calibration and use of 1.1.0, beside 1.0.0."}
    )
    reference = validation["reference"]
    with story.tell.step("victor answers the challenge questions") as step:
        answers = {key: {"answer": text, "assessment": grade} for key, (text, grade) in ANSWERS.items()}
        asked = {question["key"] for question in validation["questions"]}
        said = {key: answer for key, answer in answers.items() if key in asked}
        story.victor.change(f"validations/{reference}/", {"answers": said})
        step.came(f"{len(said)} questions of this tier")
    with story.tell.step("victor notes a finding on 1.0.0") as step:
        finding = story.victor.post(
            "findings/",
            {
                "title": "All ages flatter the model",
                "description": "Children and pensioners are easy to tell apart from the employed, so 1.0.0 ranks "
                "well (AUC 0.90) on people it is never used for, and hides a worst race ratio of 0.64. Judge the "
                "waiver on applicants of working age only.",
                "severity": "medium",
                "subject": story.facts["first"],
                "origin": "validation",
            },
        )
        step.came(f"{finding['reference']}, due {finding['due']}")
        story.facts["finding"] = finding["reference"]
    with story.tell.step("victor concludes and signs the report") as step:
        concluded = story.victor.post(
            f"validations/{reference}/conclusion/",
            {
                "conclusion": "fit_with_conditions",
                "summary": "Fit for applicants of working age. The worst race ratio passes at the point and not with "
                "its lower bound, so it has to be seen again on later outcomes.",
                "password": story.victor.password,
            },
        )
        step.came(f"fit with conditions, {concluded['signature']['reference']}")
    story.tell.look(f"/validations/{reference}/")


def approve(story: Story) -> None:
    """Olivia attests and has no vote; rosa and ruth sign, ruth with a condition."""
    version = story.facts["second"]
    with story.tell.step("olivia, who owns the model, attests its use") as step:
        accepted = story.olivia.post(
            f"versions/{version}/acceptance/",
            {
                "statement": "For applicants of working age, to spare the paper proof, and for nothing else.",
                "password": story.olivia.password,
            },
        )
        step.came(accepted["signature"]["reference"])
    waiting = story.rosa.get("approvals/", params={"awaiting": "me"})["results"]
    approval = next(row for row in waiting if row["subject"] == version)
    story.facts["approval"] = approval["reference"]
    decision = {"dossier_digest": approval["dossier_digest"], "decision": "approve", "reason": "It is mine."}
    with story.tell.step("olivia tries to approve as well") as step:
        path = f"approvals/{approval['reference']}/decisions/"
        sentence = story.refused(
            403, lambda: story.olivia.post(path, {**decision, "password": story.olivia.password})
        )
        step.came(f"refused: {sentence}")
    with story.tell.step("rosa signs, with a condition that has a date") as step:
        signed = story.rosa.post(
            path,
            {
                **decision,
                "decision": "approve_with_conditions",
                "reason": "Near the limit on fairness: I want to see it again on outcomes it has not seen.",
                "conditions": [{**CONDITION, "due": story.facts["due"]}],
                "password": story.rosa.password,
            },
        )
        step.came(_signature(signed))
    with story.tell.step("ruth signs") as step:
        signed = story.ruth.post(
            path,
            {**decision, "reason": "Evidence and challenge convince me.", "password": story.ruth.password},
        )
        step.came(_signature(signed))
    state = story.ruth.get(f"versions/{version}/")
    story.expect(state["status"] == "approved", f"{version} was expected to be approved; it is {state['status']}.")
    story.tell.says(f"{version} is approved; what was signed is sha256 {approval['dossier_digest'][:16]}…")
    story.tell.look(f"/approvals/{approval['reference']}/")


def _signature(signed: dict[str, Any]) -> str:
    signature = signed["signature"]
    return (
        f"{signature['signer']}, {signature['meaning'].replace('_', ' ')}, record {signature['record_digest'][:12]}…"
    )


ANSWERS = {
    "purpose": ("It predicts employment, and the use asks for exactly that.", "satisfactory"),
    "method": ("Boosted trees on coded census answers; a logistic model was weaker on calibration.", "satisfactory"),
    "assumptions": ("That 2015 answers stand for later applicants; to be seen on 2016.", "satisfactory"),
    "data": ("Working age only; small race groups are set aside and said so.", "satisfactory"),
    "leakage": ("No wage or hours are among the inputs; relationship codes were looked at.", "satisfactory"),
    "performance": ("AUC 0.796 on 17,853 held-out rows, well calibrated.", "satisfactory"),
    "fairness": ("Worst race ratio 0.831, lower bound 0.799: near the limit.", "weak"),
    "stability": ("Noise and missing values change few decisions.", "satisfactory"),
    "explanation": ("Reasons can be given for a case; relationship and age lead.", "satisfactory"),
    "limits": ("The use is bounded by age; a caller from elsewhere has to be noticed.", "satisfactory"),
    "monitoring": ("Drift, calibration and fairness by window are planned.", "satisfactory"),
    "replication": ("Trained again from the stored tables: the same scores.", "satisfactory"),
}
