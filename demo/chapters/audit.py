"""Aisha takes the proof home, and finds what somebody changed in a copy."""

import subprocess
import sys
import zipfile
from pathlib import Path

from demo.story import Story, job_of

TRUE, WRONG = 0, 1
CUT = 10


def checkpoint(story: Story) -> None:
    """Early in the story she keeps a checkpoint and the ledger's key, as an auditor should."""
    for name, path in (("older-checkpoint.txt", "audit/checkpoint/"), ("ledger-key.txt", "audit/key/")):
        story.aisha.download(path, story.out / name, "text/plain")


def prove(story: Story) -> None:
    with story.tell.step("aisha exports the audit trail with its proofs") as step:
        job = story.aisha.wait(job_of(story.aisha.post("audit/exports/", {})), step.watch)
        story.expect(job["state"] == "done", f"The export ended as {job['state']}: {job.get('error')}")
        export = story.aisha.download(job["result"]["file"], story.out / "audit-export.zip")
        step.came(f"{export.name}, {export.stat().st_size // 1024} KiB")
    verifier = story.out / "quaestor_verify.py"
    with zipfile.ZipFile(export) as archive:
        inside = next(name for name in archive.namelist() if name.endswith("quaestor_verify.py"))
        verifier.write_bytes(archive.read(inside))
    with story.tell.step("aisha verifies it with the stand-alone script, no server asked") as step:
        step.came(_verify(story, verifier, export, TRUE))
    with story.tell.step("one byte is changed in a copy") as step:
        step.came(_verify(story, verifier, _changed(export), WRONG, "one byte"))
    with story.tell.step("the last ten events are cut off another copy") as step:
        later = story.out / "later-checkpoint.txt"
        story.aisha.download("audit/checkpoint/", later, "text/plain")
        step.came(_verify(story, verifier, _cut(export), WRONG, "cut off", later))
    story.tell.look("/audit/")


def _verify(
    story: Story, verifier: Path, export: Path, expected: int, telling: str = "", checkpoint: Path | None = None
) -> str:
    """Run the auditor's script as the auditor would; its result, or what it found that speaks of `telling`."""
    older = checkpoint or story.out / "older-checkpoint.txt"
    command = [sys.executable, "-I", str(verifier), str(export), "--key", str(story.out / "ledger-key.txt")]
    done = subprocess.run(
        [*command, "--checkpoint", str(older)], capture_output=True, text=True, timeout=300, check=False
    )
    story.expect(
        done.returncode == expected,
        f"The verifier was expected to end with {expected} on {export.name}, and ended with {done.returncode}: "
        f"{done.stdout[-400:]}{done.stderr[-400:]}",
    )
    if expected == TRUE:
        return done.stdout.strip().splitlines()[-1]
    wrong = [line.removeprefix("WRONG").strip() for line in done.stdout.splitlines() if line.startswith("WRONG")]
    return next((line for line in wrong if telling in line), wrong[0])[:240]


def _changed(export: Path) -> Path:
    """A copy in which one character of one event's text is another."""
    copy = export.with_name("audit-export-changed.zip")
    with zipfile.ZipFile(export) as source, zipfile.ZipFile(copy, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name.endswith("events.jsonl"):
                middle = content.index(b"version_submitted")
                content = content[:middle] + b"V" + content[middle + 1 :]
            target.writestr(name, content)
    return copy


def _cut(export: Path) -> Path:
    """A copy that ends ten events earlier, as a forger without the key could make it: later checkpoints gone too."""
    copy = export.with_name("audit-export-cut.zip")
    with zipfile.ZipFile(export) as source, zipfile.ZipFile(copy, "w") as target:
        left = len(source.read("leaves.txt").splitlines()) - CUT
        for name in source.namelist():
            content = source.read(name)
            if name in ("leaves.txt", "events.jsonl"):
                content = b"\n".join(content.splitlines()[:left]) + b"\n"
            if name == "checkpoints.txt":
                content = _up_to(content.decode(), left).encode()
            target.writestr(name, content)
    return copy


def _up_to(checkpoints: str, size: int) -> str:
    """The signed notes that speak of at most `size` events; a note ends with its signature's line."""
    kept, note = [], []
    for line in checkpoints.splitlines():
        note.append(line)
        if line.startswith("— "):
            body = [part for part in note if part]
            if int(body[1]) <= size:
                kept.append("\n".join(note))
            note = []
    return "\n".join(kept) + "\n"
