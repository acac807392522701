"""Custom SQL in a contract: its placeholders filled, checked by parsing before anybody runs it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from apps.datasets.contracts.drafting import Drafting, Path
from apps.datasets.contracts.terms import Check, Kind
from apps.datasets.intake.columns import arrow_type
from apps.datasets.intake.engine import identifier
from apps.datasets.selecting import StatementRefused, check

PLACEHOLDER = re.compile(r"\$?\{(object|table|property|column)\}")
MOMENT = "now"


def filled(query: str, table: str, columns: tuple[str, ...]) -> str:
    """The query with `${object}` and `${property}` (as the standard's two editions write them) as names."""

    def name(found: re.Match[str]) -> str:
        if found[1] in ("object", "table"):
            return identifier(table)
        return identifier(columns[0]) if columns else found[0]

    return PLACEHOLDER.sub(name, query)


def add_queries(draft: Drafting) -> None:
    """Note each query that does more than read its table, or names a column that isn't there."""
    from datetime import UTC, datetime

    schemas = _schemas(draft)
    for one in draft.checks:
        if one.kind != Kind.SQL:
            continue
        place = _place(one)
        try:
            reads = check(
                filled(one.arguments["query"], draft.table.name, one.columns),
                tables=schemas,
                values={MOMENT: datetime(2000, 1, 1, tzinfo=UTC)},
            )
        except StatementRefused as refusal:
            where = f" (line {refusal.line} of the query)" if refusal.line > 1 else ""
            draft.no(place, f"{refusal.message.rstrip('.')}{where}.")
            continue
        if one.arguments["gives"] == "value" and reads.columns is not None and len(reads.columns) != 1:
            draft.no(place, f"The query must give one value; it gives {len(reads.columns)} columns.")


def _schemas(draft: Drafting) -> Mapping[str, object]:
    """The table with its columns' types; without them where one is not said."""
    import pyarrow as pa

    types = {field.name: field.type for field in draft.fields.values()}
    if not types or any(type_ is None for type_ in types.values()):
        return {draft.table.name: None}
    return {draft.table.name: pa.schema([(name, arrow_type(type_ or "")) for name, type_ in types.items()])}


def _place(one: Check) -> Path:
    if one.arguments["gives"] == "rows":
        return (*one.place, "implementation", "failingRows")
    return (*one.place, "query")
