"""`make demo`: play the story from an empty home to a retirement. UNTIL=<chapter> stops before that chapter."""

import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from demo import stage
from demo.chapters import audit, data, deciding, papers, release, retirement, scorecard, waiver, watch
from demo.client import Person, Refused
from demo.story import Story, Unexpected
from demo.telling import Telling

CHAPTERS: dict[str, tuple[str, tuple[Callable[[Story], None], ...]]] = {
    "registration": ("A model and its data are registered", (waiver.register, audit.checkpoint)),
    "source": ("The survey is read from where it is kept", (data.extract,)),
    "first": ("1.0.0 is judged on all ages", (waiver.first,)),
    "second": ("1.1.0 is judged on those it concerns", (waiver.second,)),
    "challenge": ("An independent validator challenges it", (deciding.challenge,)),
    "approval": ("The owner attests, two risk officers sign", (deciding.approve,)),
    "card": ("The model card is made", (papers.card,)),
    "release": ("What was approved goes into production", (release.deploy,)),
    "steady": ("2016 arrives, and nothing moves", (watch.steady,)),
    "strangers": ("2018 arrives, from people nobody approved it for", (watch.strangers,)),
    "scorecard": ("A second model is too small to judge", (scorecard.judge,)),
    "audit": ("An auditor takes the proof home", (audit.prove,)),
    "retirement": ("The waiver is retired", (retirement.retire,)),
}


def main() -> int:
    until = os.environ.get("UNTIL", "")
    if until and until not in CHAPTERS:
        return _sorry(f"There is no chapter “{until}”; there are {', '.join(CHAPTERS)}.")
    try:
        stage.clear(stage.home())
        stage.manage("migrate", "--verbosity", "0")
        stage.manage("prepare")
        with stage.running() as address:
            return _play(address, until)
    except (stage.CannotStart, Unexpected, Refused, TimeoutError) as reason:
        return _sorry(str(reason))
    except KeyboardInterrupt:
        return _sorry("Stopped.")


def _play(address: str, until: str) -> int:
    names = list(CHAPTERS)
    played = names[: names.index(until)] if until else names
    home = stage.home()
    now = datetime.now(UTC)
    story = Story(
        people={name: Person(address, name, said) for name, said in stage.people().items()},
        tell=Telling(address, len(played)),
        desk=home / "demo" / "desk",
        warehouse=home / "sources" / "warehouse.sqlite3",
        out=home / "demo",
        facts={"today": str(now.date()), "due": str(now.date() + timedelta(days=60))},
    )
    for name in played:
        title, scenes = CHAPTERS[name]
        story.tell.chapter(title)
        for scene in scenes:
            scene(story)
    _summary(story, played)
    return 0


def _summary(story: Story, played: list[str]) -> None:
    story.tell.says("")
    for name, value in story.figures:
        story.tell.says(f"{name:<24} {value}")
    files = sorted(path.name for path in story.out.iterdir() if path.is_file() and path.name != stage.MARK)
    told = {
        "chapters": played,
        "figures": dict(story.figures),
        "facts": {name: value for name, value in story.facts.items() if isinstance(value, str)},
        "files": files,
    }
    (story.out / "summary.json").write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    (story.out / "story.txt").write_text("\n".join(story.tell.lines) + "\n")
    story.tell.says("")
    story.tell.says(f"Kept in {os.path.relpath(story.out)}: {', '.join(files)}")
    story.tell.says("Look at it yourself: make run (the log-ins are printed).")


def _sorry(sentence: str) -> int:
    sys.stderr.write(f"\n{sentence}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
