"""Content addressing of a table of 1 GB: our digest by cells beside sha256 of the same bytes, in one run.

Run by `python bench/digest.py [megabytes]`. The rows are those of a loan book: numbers, whole numbers, text, flags,
days. Both sides get the same batches in memory; then the whole way of a table is measured, from a Parquet file to its
digest, and from there to a stored, profiled version. CPU seconds are of this process; the least of three rounds.
"""

import hashlib
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from apps.datasets.intake.digesting import TableDigest
from apps.datasets.intake.limits import Limits
from apps.datasets.intake.metadata import TableMetadata
from apps.datasets.intake.parquet import ParquetTable
from apps.datasets.intake.taking import take_rows

MEGABYTES, ROWS, ROUNDS = 1000, 65_536, 3
REGIONS = np.array(["north", "south", "east", "west"])
DISTINCT = 8  # batches that differ; a generator's time is no part of what is measured


def batch(seed: int) -> pa.RecordBatch:
    """65,536 rows of sixteen columns, some 8 MB."""
    drawn = np.random.default_rng(seed)
    columns = {f"number_{n}": pa.array(drawn.normal(size=ROWS)) for n in range(6)}
    columns |= {f"count_{n}": pa.array(drawn.integers(0, 1000, ROWS)) for n in range(5)}
    columns["missing"] = pa.array(drawn.normal(size=ROWS), mask=drawn.random(ROWS) < 0.1)
    columns["name"] = pa.array([f"{number:08d}-customer" for number in drawn.integers(0, 10**8, ROWS)])
    columns["region"] = pa.array(REGIONS[drawn.integers(0, 4, ROWS)])
    columns["flag"] = pa.array(drawn.random(ROWS) < 0.5)
    columns["day"] = pa.array(drawn.integers(0, 20_000, ROWS).astype("int32")).cast(pa.date32())
    return pa.RecordBatch.from_pydict(columns)


def plain(batches: list[pa.RecordBatch]) -> str:
    """sha256 of the same bytes, one buffer after another."""
    found = hashlib.sha256()
    for each in batches:
        for column in each.columns:
            for buffer in filter(None, column.buffers()):
                found.update(buffer)
    return found.hexdigest()


def ours(batches: list[pa.RecordBatch]) -> str:
    found = TableDigest(batches[0].schema)
    for each in batches:
        found.update(each)
    return found.hexdigest()


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of CPU: of the round that took the least CPU."""
    rounds = []
    for _ in range(ROUNDS):
        started, cpu = time.perf_counter(), time.process_time()
        work()
        rounds.append((time.process_time() - cpu, time.perf_counter() - started))
    spent, waited = min(rounds)
    return waited, spent


def line(name: str, seconds: tuple[float, float], gigabytes: float, beside: float | None = None) -> None:
    waited, spent = seconds
    ratio = f"   {spent / beside:.2f} x the CPU of sha256" if beside else ""
    rate = f"{gigabytes / spent:.2f} GB a CPU second, {gigabytes / waited:.2f} by the clock"
    sys.stdout.write(f"  {name:<34} {spent:6.2f} s   {rate}{ratio}\n")


def main(megabytes: int) -> int:
    some = [batch(seed) for seed in range(DISTINCT)]
    count = max(1, megabytes * 1_000_000 // some[0].nbytes)
    batches = [some[number % DISTINCT] for number in range(count)]
    gigabytes = sum(each.nbytes for each in batches) / 1e9
    sys.stdout.write(f"  {count * ROWS:,} rows, {gigabytes:.2f} GB in memory\n")
    beside = measured(lambda: plain(batches))
    line("sha256 of the same bytes", beside, gigabytes)
    line("digest by cells", measured(lambda: ours(batches)), gigabytes, beside[1])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.parquet"
        with pq.ParquetWriter(path, some[0].schema, compression="zstd") as writer:
            for each in batches:
                writer.write_batch(each)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        line("from Parquet to the digest", measured(lambda: from_parquet(path)), gigabytes, beside[1])
        started, cpu = time.perf_counter(), time.process_time()
        table = take_rows(ParquetTable(path, Limits()), Path(folder) / "taken.parquet", TableMetadata())
        taken = time.perf_counter() - started, time.process_time() - cpu
        line("taken in: typed, stored, profiled", taken, gigabytes, beside[1])
        more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        sys.stdout.write(f"  {more:,.0f} MB of memory more than before\n")
        return 0 if table.digest == ours(batches) == from_parquet(path) else 1


def from_parquet(path: Path) -> str:
    table = ParquetTable(path, Limits())
    found = TableDigest(table.schema)
    for each in table.batches():
        found.update(each)
    return found.hexdigest()


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else MEGABYTES))
