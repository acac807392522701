"""The waiver leaves use: planned, approved, its dependents named, its archive kept."""

from demo.story import Story


def retire(story: Story) -> None:
    model = story.facts["model"]
    with story.tell.step("olivia asks to retire the waiver") as step:
        plan = story.olivia.post(
            f"models/{model}/retirement/",
            {
                "reason": "Callers use it for people it was not made for; a successor is being planned.",
                "last_day": story.facts["today"],
                "fallback": "Everybody brings the paper proof, as before the waiver.",
            },
        )
        dependents = ", ".join(plan.get("dependents", [])) or "no other model"
        step.came(f"{plan['approval']}; rests on it: {dependents}")
    for name in ("rosa", "ruth"):
        person = story.people[name]
        with story.tell.step(f"{name} signs the retirement") as step:
            approval = person.get(f"approvals/{plan['approval']}/")
            signed = person.post(
                f"approvals/{plan['approval']}/decisions/",
                {
                    "dossier_digest": approval["dossier_digest"],
                    "decision": "approve",
                    "reason": "The fallback is in place.",
                    "password": person.password,
                },
            )
            step.came(signed["signature"]["reference"])
    state = story.aisha.get(f"models/{model}/")
    story.expect(state["status"] == "retired", f"{model} was expected to be retired; it is {state['status']}.")
    version = story.aisha.get(f"versions/{story.facts['second']}/")
    story.tell.says(
        f"{model} is retired, its versions are {version['status']}, and everything about them can be read."
    )
    story.tell.look(f"/models/{model}/")
