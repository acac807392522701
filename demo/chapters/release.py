"""What was approved goes into production, and nothing else does."""

from demo.chapters.waiver import USE
from demo.story import Story


def deploy(story: Story) -> None:
    body = {"environment": "production", "strategy": "all_at_once", "use": USE}
    who = story.people.get("petra", story.dmitri)
    with story.tell.step("1.1.0 is deployed to production") as step:
        deployment = who.post(f"versions/{story.facts['second']}/deployments/", body)
        story.facts["deployment"] = deployment["reference"]
        step.came(f"{deployment['reference']} under {deployment['approval']}")
    with story.tell.step("1.0.0 is tried in production") as step:
        sentence = story.refused(422, lambda: who.post(f"versions/{story.facts['first']}/deployments/", body))
        step.came(f"refused: {sentence}")
    story.tell.look("/deployments/")
