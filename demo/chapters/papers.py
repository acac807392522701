"""The model card, as PDF, JSON and Markdown."""

from demo.story import Story

FORMS = {"pdf": "application/pdf", "json": "application/json", "md": "text/markdown"}


def card(story: Story) -> None:
    version = story.facts["second"]
    for suffix, media_type in FORMS.items():
        with story.tell.step(f"rosa takes the model card as {suffix.upper()}") as step:
            name = f"model-card-{version.replace('@', '-')}.{suffix}"
            path = story.rosa.download(f"versions/{version}/card/", story.out / name, media_type)
            step.came(f"{path.name}, {path.stat().st_size // 1024} KiB")
