"""Ten checks by pandera or Great Expectations; run by bench/contracts.py in their own environment.

python quality.py pandera|great_expectations loans.parquet
"""

import json
import resource
import sys
import time

import pandas as pd

STATES = ["BY", "BE", "HH", "NW", "SN"]
OLDEST = pd.Timestamp("2002-04-03")


def main(name, path):
    """Print what it took and how many rows were at fault, as a line of JSON."""
    before, began, read_cpu = peak(), time.perf_counter(), time.process_time()
    frame = pd.read_parquet(path)
    read, read_cpu = time.perf_counter() - began, time.process_time() - read_cpu
    check = {"pandera": pandera, "great_expectations": great_expectations}[name](frame)
    wall, cpu = time.perf_counter(), time.process_time()
    failing = check()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    found = {
        "wall": wall,
        "cpu": cpu,
        "read": read,
        "read_cpu": read_cpu,
        "memory": peak() - before,
        "failing": sorted(failing),
    }
    sys.stdout.write(json.dumps(found) + "\n")


def pandera(frame):
    """All checks in one lazy validation; rows at fault by check from its report."""
    import pandera.errors
    import pandera.pandas as pa

    schema = pa.DataFrameSchema(
        {
            "id": pa.Column(int, nullable=False, unique=True),
            "amount": pa.Column(float, pa.Check.in_range(0, 100_000), nullable=True),
            "age": pa.Column(checks=pa.Check.in_range(18, 87)),
            "state": pa.Column(str, pa.Check.isin(STATES)),
            "iban": pa.Column(str, pa.Check.str_matches(r"^DE[0-9]{8}$")),
            "seen": pa.Column("datetime64[us]", pa.Check(lambda seen: seen.max() >= OLDEST)),
        },
        checks=[
            pa.Check(lambda table: len(table) > 1_000),
            pa.Check(lambda table: table["amount"].isna().mean() < 0.01),
        ],
        unique=["grp", "seq"],
    )

    def check():
        missing = int(frame["amount"].isna().sum())
        try:
            schema.validate(frame, lazy=True)
        except pandera.errors.SchemaErrors as refusal:
            cases = refusal.failure_cases
            return [missing, *cases.groupby(["column", "check"]).size().tolist()]
        return [missing]

    return check


def great_expectations(frame):
    """One suite over the frame, with counts alone: its cheapest report."""
    import great_expectations as gx
    import great_expectations.expectations as gxe

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("loans").add_dataframe_asset("loans")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    suite = gx.ExpectationSuite(
        name="loans",
        expectations=[
            gxe.ExpectColumnValuesToNotBeNull(column="id"),
            gxe.ExpectColumnValuesToBeUnique(column="id"),
            gxe.ExpectCompoundColumnsToBeUnique(column_list=["grp", "seq"]),
            gxe.ExpectColumnValuesToNotBeNull(column="amount", mostly=0.99),
            gxe.ExpectColumnValuesToBeBetween(column="amount", min_value=0, max_value=100_000),
            gxe.ExpectColumnValuesToBeBetween(column="age", min_value=18, max_value=87),
            gxe.ExpectColumnValuesToBeInSet(column="state", value_set=STATES),
            gxe.ExpectColumnValuesToMatchRegex(column="iban", regex=r"^DE[0-9]{8}$"),
            gxe.ExpectColumnMaxToBeBetween(column="seen", min_value=OLDEST),
            gxe.ExpectTableRowCountToBeBetween(min_value=1_001),
        ],
    )

    def check():
        found = batch.validate(suite, result_format="BASIC")
        counts = [one.result.get("unexpected_count", 0) for one in found.results]
        return [int(count) for count in counts if count]

    return check


def peak():
    """The most memory this process had at once, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
