"""Datasets and versions in the state a test needs, reached the way the product reaches it."""

from pathlib import Path

from apps.datasets.services.tables import register_dataset, take_version
from apps.files.receiving import receive

DATA = Path(__file__).resolve().parents[2] / "demo" / "data"
LOANS = b"id,age,score,default\n1,23,0.9,yes\n2,47,0.2,no\n3,61,0.4,no\n4,35,,yes\n"


def a_dataset(actor, now, name="Loans", **described):
    return register_dataset(actor=actor, name=name, now=now, **described)


def a_version(actor, now, content=LOANS, dataset=None, filename="loans.csv", **metadata):
    """A version of `dataset` (a new one by default) with the bytes, or the file at the path, of `content`."""
    dataset = dataset or a_dataset(actor, now)
    content = content.read_bytes() if isinstance(content, Path) else content
    received = receive([content], limit_bytes=1 << 30)
    version, _ = take_version(
        actor=actor, dataset=dataset, received=received, filename=filename, metadata=metadata, now=now
    )
    return version
