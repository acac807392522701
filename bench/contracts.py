"""Ten checks of a table: our one scan beside Great Expectations and pandera, each in its own environment, in one run.

Run by `python bench/contracts.py [rows]`. All three find the same rows at fault. Ours reads the Parquet file anew and
is held to 512 MB; the others get the table as a frame in memory, and what it takes to read it is told apart.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from apps.datasets.contracts import inspect, read_contract  # noqa: E402

ROWS = 2_000_000
PEER = Path(os.environ.get("PEER_PYTHON") or ROOT / ".peers" / "expectations" / "bin" / "python")
PROGRAM = Path(__file__).resolve().parent / "peers" / "quality.py"
LIMIT_SECONDS = 600
CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: bench
version: "1"
schema:
  - name: loans
    properties:
      - {name: id, logicalType: integer, required: true, unique: true}
      - {name: grp, logicalType: integer}
      - {name: seq, logicalType: integer}
      - name: amount
        logicalType: number
        logicalTypeOptions: {minimum: 0, maximum: 100000}
        quality: [{name: amount missing, metric: nullValues, mustBeLessThan: 1, unit: percent}]
      - {name: age, logicalType: integer, logicalTypeOptions: {minimum: 18, maximum: 87}}
      - {name: state, logicalType: string, enum: [{value: BY}, {value: BE}, {value: HH}, {value: NW}, {value: SN}]}
      - {name: iban, logicalType: string, logicalTypeOptions: {pattern: '^DE[0-9]{8}$'}}
      - {name: seen, logicalType: timestamp}
    quality:
      - {name: rows, metric: rowCount, mustBeGreaterThan: 1000}
      - {name: key, metric: duplicateValues, mustBe: 0, arguments: {properties: [grp, seq]}}
slaProperties: [{property: latency, value: 9000, unit: d, element: seen}]
"""
MADE = """
COPY (
    SELECT i AS id, i // 4 AS grp, i % 4 AS seq,
        CASE WHEN hash(i) % 200 = 0 THEN NULL ELSE 1000 + (hash(i + 7) % 1000000) / 10.0 END AS amount,
        18 + (hash(i + 13) % 70)::INT AS age,
        ['BY', 'BE', 'HH', 'NW', 'SN'][1 + (hash(i + 3) % 5)::INT] AS state,
        'DE' || lpad(((i * 7919) % 100000000)::VARCHAR, 8, '0') AS iban,
        TIMESTAMP '2025-01-01' + INTERVAL (i // 10) SECOND AS seen
    FROM range({rows}) t(i)
) TO '{path}' (FORMAT parquet, COMPRESSION zstd)
"""


def main(rows: int) -> int:
    if not PEER.exists():
        sys.stdout.write('  the peer is not here; make it with: make peers WHICH="expectations"\n')
        return 1
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "loans.parquet"
        make(path, rows)
        said = {"ours": ours(path)} | {name: theirs(name, path) for name in ("pandera", "great_expectations")}
    sys.stdout.write(f"  ten checks of {rows:,} rows; wall and CPU seconds, memory beyond the start\n")
    for name, found in said.items():
        sys.stdout.write(line(name, found, said["ours"]))
    same = all(found["failing"] == said["ours"]["failing"] for found in said.values())
    sys.stdout.write(f"  the same rows at fault in all: {'yes' if same else 'NO'} {said['ours']['failing']}\n")
    return 0 if same else 1


def make(path: Path, rows: int) -> None:
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(MADE.format(rows=rows, path=path))


def ours(path: Path) -> dict[str, object]:
    terms, _ = read_contract(CONTRACT)
    before = peak()
    wall, cpu = time.perf_counter(), time.process_time()
    report = inspect(path, terms, as_of=datetime(2026, 11, 24, tzinfo=UTC))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    failing = sorted(finding.failing for finding in report.findings if finding.failing)
    return {
        "wall": wall,
        "cpu": cpu,
        "read": 0.0,
        "memory": peak() - before,
        "failing": failing,
        "scans": report.scans,
    }


def theirs(name: str, path: Path) -> dict[str, object]:
    done = subprocess.run(
        [PEER, PROGRAM, name, path], capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False
    )
    if done.returncode:
        raise SystemExit(f"{name} failed: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def line(name: str, found: dict[str, object], ours: dict[str, object]) -> str:
    told = f"  {name:20} {found['wall']:8.2f} s {found['cpu']:8.2f} s {found['memory']:8,.0f} MB"
    if name == "ours":
        return f"{told}   {found['scans']} statements, reading included\n"
    checks = f"{found['cpu'] / ours['cpu']:.1f} x CPU"
    whole = (
        f"{(found['cpu'] + found['read_cpu']) / ours['cpu']:.1f} x with reading ({found['read_cpu']:.2f} s of CPU)"
    )
    return f"{told}   {checks}, {whole}; {found['memory'] / ours['memory']:.1f} x memory\n"


def peak() -> float:
    """The most memory this process had at once, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS))
