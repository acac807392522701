"""Every row checked by one query: the good ones in one typing, the others with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from apps.measures.tables import literal, quoted
from apps.monitoring.intake.engine import over
from apps.monitoring.intake.reading import FAULT, FEATURE, ROW
from apps.monitoring.reference import Reference

if TYPE_CHECKING:
    import pyarrow as pa

AHEAD = timedelta(days=1)  # by how much a sender's clock may be ahead
EARLIEST = 1970  # the year; anything before it, minus infinity too, is a slip of the sender's
LONGEST_ID = 200
NUMERIC = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
SEPARATOR, NOTHING = "chr(31)", "chr(30)"
WHEN = "Write the moment as ISO 8601, such as 2026-05-01T09:30:00Z."
Rejection = dict[str, object]


@dataclass(frozen=True)
class Checked:
    """What came of a batch's rows.

    Attributes:
        good: the rows that can be taken, typed: _row, _key, _digest and the sort's own columns.
        rejections: [{row, reason}], in the rows' order.
        notes: what the sender should know of the batch as a whole.
    """

    good: pa.Table
    rejections: list[Rejection]
    notes: list[str]


@dataclass(frozen=True)
class Versions:
    """The versions of a model, and those of them that are or were watched, as they decide or did."""

    model: str
    known: frozenset[str]
    watched: frozenset[str]


def check_predictions(table: pa.Table, reference: Reference, versions: Versions, now: datetime) -> Checked:
    """Predictions as `_id, _time, _version, _use, _score_0 …` and the reference's columns, typed as it has them.

    Its columns are called `feature:…`, as a feature may have the name of a field.
    """
    there = _types(table)
    scores = _score_columns(there, len(reference.spec.scores))
    features = {FEATURE + name: kind for name, kind in reference.columns.items()}
    typed = {name: _typed(name, kind, there) for name, kind in features.items()}
    written = [name for name, kind in features.items() if _is_number(kind) and there.get(name) == "text"]
    select = [
        *_identity(there),
        f"{_version(there, versions.model)} AS _version",
        f"coalesce(trim({_text('use', there)}), '') AS _use",
        *(f"{_number(name, there)} AS _score_{place}" for place, name in enumerate(scores)),
        *(f"{sql} AS {quoted(name)}" for name, sql in typed.items()),
        *(f"{_text(name, there)} AS _said_{place}" for place, name in enumerate(written)),
    ]
    reasons = [
        *_identity_reasons(there, now),
        *_version_reasons(versions),
        *_score_reasons(scores, reference),
        *_feature_reasons(features, there, written),
    ]
    content = ["epoch_us(_time)", "_version", "_use", *(f"_score_{place}" for place in range(len(scores)))]
    content += [quoted(name) for name in sorted(typed)]
    drop = [f"_said_{place}" for place in range(len(written))]
    notes = _notes(reference, there)
    return _checked(table, select, reasons, key="_id", content=content, notes=notes, drop=drop)


def versions_said(table: pa.Table, model: str) -> pa.ChunkedArray:
    """The version that each row says, as a whole reference."""
    with over(raw=table) as connection:
        said = _version(_types(table), model)
        return connection.sql(f"SELECT {said} AS _version FROM raw ORDER BY {ROW}").to_arrow_table().column(0)


def kept_as(kind: str) -> str:
    """DuckDB's type in which a column is kept that the reference has as `kind`."""
    return "DOUBLE" if _is_number(kind) else "BOOLEAN" if kind == "BOOLEAN" else "VARCHAR"


def check_outcomes(table: pa.Table, reference: Reference, now: datetime) -> Checked:
    """Outcomes as `_id, _time, _outcome`, the outcome spelled as the reference's labels are."""
    there = _types(table)
    said = _text("outcome", there)
    select = [*_identity(there), f"{_spelled(reference, there)} AS _outcome", f"{said} AS _said"]
    reasons = [*_identity_reasons(there, now), *_outcome_reasons(reference)]
    key = f"_id || {SEPARATOR} || epoch_us(_time)"
    return _checked(table, select, reasons, key=key, content=["_outcome"], notes=[], drop=("_said",))


def _checked(
    table: pa.Table,
    select: list[str],
    reasons: list[tuple[str, str]],
    *,
    key: str,
    content: list[str],
    notes: list[str],
    drop: Iterable[str] = (),
) -> Checked:
    cases = " ".join(f"WHEN {condition} THEN {sentence}" for condition, sentence in reasons)
    joined = ", ".join(f"coalesce(CAST({part} AS VARCHAR), {NOTHING})" for part in content)
    left_out = ", ".join([FAULT, "_reason", *drop])
    with over(raw=table) as connection:
        connection.execute(f"CREATE TEMP VIEW typed AS SELECT {ROW}, {FAULT}, {', '.join(select)} FROM raw")
        connection.execute(f"CREATE TEMP TABLE judged AS SELECT *, CASE {cases} END AS _reason FROM typed")
        good = connection.sql(
            f"SELECT * EXCLUDE ({left_out}), {key} AS _key, sha256(concat_ws({SEPARATOR}, {joined})) AS _digest"
            f" FROM judged WHERE _reason IS NULL ORDER BY {ROW}"
        ).to_arrow_table()
        bad = connection.execute(
            f"SELECT {ROW}, _reason FROM judged WHERE _reason IS NOT NULL ORDER BY {ROW}"
        ).fetchall()
    return Checked(good, [{"row": row, "reason": reason} for row, reason in bad], notes)


def _identity(there: Mapping[str, str]) -> list[str]:
    moment = f"TRY_CAST({_text('time', there)} AS TIMESTAMPTZ)"
    number = _number("id", there)
    whole = f"{number} = trunc({number}) AND abs({number}) < 9007199254740992 AND {there.get('id') == 'number'}"
    text = _text("id", there)
    return [
        f"CASE WHEN {whole} THEN CAST(CAST({number} AS BIGINT) AS VARCHAR) ELSE trim({text}) END AS _id",
        f"CAST({moment} AS TIMESTAMP) AS _time",
    ]


def _identity_reasons(there: Mapping[str, str], now: datetime) -> list[tuple[str, str]]:
    latest = literal((now + AHEAD).strftime("%Y-%m-%d %H:%M:%S"))
    return [
        (f"{FAULT} IS NOT NULL", FAULT),
        ("_id IS NULL OR _id = ''", literal("id: every row needs one.")),
        (f"length(_id) > {LONGEST_ID}", literal(f"id: at most {LONGEST_ID} characters.")),
        ("_time IS NULL", literal(f"time: {WHEN}")),
        (f"_time < TIMESTAMP '{EARLIEST}-01-01'", literal(f"time: it lies before {EARLIEST}.")),
        (f"_time > TIMESTAMP {latest}", literal("time: it lies in the future.")),
    ]


def _version(there: Mapping[str, str], model: str) -> str:
    said = f"trim({_text('version', there)})"
    return f"CASE WHEN contains({said}, '@') THEN {said} ELSE {literal(model + '@')} || {said} END"


def _version_reasons(versions: Versions) -> list[tuple[str, str]]:
    known, watched = _in(versions.known), _in(versions.watched)
    unknown = f"'version: ' || _version || {literal(f' is no version of {versions.model}.')}"
    idle = "'version: ' || _version || ' was never released where decisions are made, so nobody watches it.'"
    return [
        (f"_version IS NULL OR _version = {literal(versions.model + '@')}", literal("version: say which predicted.")),
        (f"_version NOT IN {known}", unknown),
        (f"_version NOT IN {watched}", idle),
    ]


def _score_columns(there: Mapping[str, str], wanted: int) -> list[str]:
    """The columns of the scores: `score`, or score_0 … in the classes' order."""
    several = [f"score_{place}" for place in range(wanted)]
    return several if wanted > 1 or "score" not in there else ["score"]


def _score_reasons(scores: list[str], reference: Reference) -> list[tuple[str, str]]:
    found = []
    for place, name in enumerate(scores):
        column = f"_score_{place}"
        found.append((f"{column} IS NULL OR NOT isfinite({column})", literal(f"{name}: it has to be a number.")))
        if reference.classifies and reference.spec.score_kind == "probability":
            outside = f"{literal(name + ': ')} || {column} || ' is no probability: those lie from 0 to 1.'"
            found.append((f"{column} NOT BETWEEN 0 AND 1", outside))
    return found


def _feature_reasons(
    features: Mapping[str, str], there: Mapping[str, str], written: list[str]
) -> list[tuple[str, str]]:
    numbers = [name for name, kind in features.items() if name in there and _is_number(kind)]
    found = [(f"isinf({quoted(name)})", literal(f"{_plain(name)}: it is infinite.")) for name in numbers]
    for place, name in enumerate(written):
        said = f"{literal(_plain(name) + ': “')} || _said_{place} || '” is no number.'"
        found.append((f"{quoted(name)} IS NULL AND trim(_said_{place}) <> ''", said))
    return found


def _notes(reference: Reference, there: Mapping[str, str]) -> list[str]:
    absent = [name for name in reference.columns if FEATURE + name not in there]
    brought = [_plain(name) for name in there if name.startswith(FEATURE)]
    strange = [name for name in brought if name not in reference.columns]
    notes = [f"No row has {_listed(absent)}, which the model was tested with."] if absent else []
    return notes + ([f"{_listed(strange)} was not kept: the model was not tested with it."] if strange else [])


def _plain(name: str) -> str:
    """A feature's name as its sender knows it."""
    return name.removeprefix(FEATURE)


def _outcome_reasons(reference: Reference) -> list[tuple[str, str]]:
    if not reference.classifies:
        return [("_outcome IS NULL", literal("outcome: it has to be a number."))]
    known = literal(f"” is none of the outcomes the model was tested on: {', '.join(reference.outcomes)}.")
    strange = f"'outcome: “' || coalesce(_said, '') || {known}"
    return [(f"_outcome IS NULL OR _outcome NOT IN {_in(reference.outcomes)}", strange)]


def _spelled(reference: Reference, there: Mapping[str, str]) -> str:
    """An outcome as groups are labelled: 1 and 1.0 are "1", true is "true"."""
    if "outcome" not in there:
        return "NULL::VARCHAR"
    column, kind = quoted("outcome"), reference.target_type
    number = _number("outcome", there)
    if kind == "BOOLEAN":
        return f"lower(CAST(TRY_CAST({_text('outcome', there)} AS BOOLEAN) AS VARCHAR))"
    if not _is_number(kind):
        return f"trim(CAST({column} AS VARCHAR))"
    whole = f"CASE WHEN {number} = trunc({number}) THEN CAST(CAST({number} AS BIGINT) AS VARCHAR) END"
    spelled = f"coalesce({whole}, CAST({number} AS VARCHAR))"
    return f"CASE WHEN isfinite({number}) THEN {spelled} END"


def _typed(name: str, kind: str, there: Mapping[str, str]) -> str:
    if name not in there:
        return f"NULL::{kept_as(kind)}"
    if _is_number(kind):
        return _number(name, there)
    return f"TRY_CAST({_text(name, there)} AS BOOLEAN)" if kind == "BOOLEAN" else _text(name, there)


def _number(name: str, there: Mapping[str, str]) -> str:
    if name not in there:
        return "NULL::DOUBLE"
    return f"TRY_CAST({quoted(name) if there[name] == 'number' else _text(name, there)} AS DOUBLE)"


def _text(name: str, there: Mapping[str, str]) -> str:
    return f"CAST({quoted(name)} AS VARCHAR)" if name in there else "NULL::VARCHAR"


def _types(table: pa.Table) -> dict[str, str]:
    """Of each column whether DuckDB takes it as a number ("number": truth values too), as text, or otherwise."""
    import pyarrow.types as kinds

    def of(kind: pa.DataType) -> str:
        if kinds.is_integer(kind) or kinds.is_floating(kind) or kinds.is_boolean(kind):
            return "number"
        return "text" if kinds.is_string(kind) else "other"

    return {field.name: of(field.type) for field in table.schema}


def _is_number(kind: str) -> bool:
    return kind.startswith((*NUMERIC, "FLOAT", "DOUBLE", "DECIMAL"))


def _in(values: Iterable[str]) -> str:
    return f"({', '.join(literal(value) for value in sorted(values)) or 'NULL'})"


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:8])
    return shown if len(names) <= 8 else f"{shown} and {len(names) - 8} more"
