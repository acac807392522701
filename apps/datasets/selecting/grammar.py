"""Whether a statement is one SELECT that reads nothing but the tables it is given. DuckDB parses; we read the tree.

The tree is walked by what is allowed, never by what is known to be bad: a node, a table, a function that isn't on the
list is refused, so that what a later version of DuckDB understands is refused until somebody has looked at it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from apps.datasets.selecting.functions import ALLOWED, REASONS, TABLES, VALUE_WORDS, WHY
from apps.datasets.selecting.refusals import NOWHERE, StatementRefused, plain

if TYPE_CHECKING:
    import pyarrow

MAX_CHARACTERS = 20_000

_EXPRESSIONS = """
BETWEEN CASE CAST COLLATE COLUMN_REF COMPARISON CONJUNCTION CONSTANT FUNCTION LAMBDA OPERATOR PARAMETER
POSITIONAL_REFERENCE STAR SUBQUERY TYPE WINDOW
"""
_NODES = """
SELECT_NODE SET_OPERATION_NODE RECURSIVE_CTE_NODE CTE_NODE
BASE_TABLE EMPTY EXPRESSION_LIST JOIN PIVOT SUBQUERY TABLE_FUNCTION
DISTINCT_MODIFIER LIMIT_MODIFIER LIMIT_PERCENT_MODIFIER ORDER_MODIFIER
ASCENDING DESCENDING ORDER_DEFAULT
"""
EXPRESSIONS = frozenset(_EXPRESSIONS.split())
NODES = frozenset(_NODES.split())
NAMES = {
    "INSERT_QUERY_NODE": "INSERT",
    "UPDATE_QUERY_NODE": "UPDATE",
    "DELETE_QUERY_NODE": "DELETE",
    "MERGE_QUERY_NODE": "MERGE",
    "SHOW_REF": "SHOW, DESCRIBE or SUMMARIZE",
}


@dataclass(frozen=True)
class Reads:
    """What a statement that may run reads, and gives where the tables' schemas were told.

    Attributes:
        tables: those of the given names that it reads.
        values: the named values ($name) that it wants.
        columns: the schema of its result; None where the tables' columns weren't told.
    """

    sql: str
    tables: frozenset[str]
    values: frozenset[str]
    columns: pyarrow.Schema | None


def check(
    sql: str,
    *,
    tables: Mapping[str, pyarrow.Schema | None] | Collection[str],
    values: Mapping[str, Any] | None = None,
    field: str = "sql",
) -> Reads:
    """Look at a statement without running it.

    Args:
        tables: names it may read; with schemas, its columns and types are checked too.
        values: what stands for $name in it. Their types count; any value of the type does.
        field: the input field that a refusal names.

    Raises:
        StatementRefused (a BadInput): it isn't one SELECT, or reads something else; the sentence says what and where.
    """
    known = {name.casefold(): name for name in tables}
    looking = _Looking(sql, known, frozenset(values or ()), field)
    for node in statements(sql, field):
        looking.at(node, frozenset(), None)
    schemas = dict(tables) if isinstance(tables, Mapping) else {}
    columns = None
    if schemas and all(schemas.get(known[name]) is not None for name in looking.read):
        from apps.datasets.selecting.running import bind

        told = {name: schema for name, schema in schemas.items() if schema is not None}
        columns = bind(sql, told, values, looking.wanted, field)
    return Reads(sql, frozenset(known[name] for name in looking.read), frozenset(looking.wanted), columns)


def statements(sql: str, field: str) -> list[dict[str, Any]]:
    """The parsed statement as DuckDB serialises it, in a list of one; what it reads is not looked at here.

    Raises:
        StatementRefused: it can't be read, or is more than one SELECT.
    """
    import duckdb

    if len(sql) > MAX_CHARACTERS:
        raise StatementRefused(f"A statement has at most {MAX_CHARACTERS:,} characters.", field=field)
    if "\x00" in sql or not _is_text(sql):
        raise StatementRefused("A statement is plain text; this has characters that are none.", field=field)
    with duckdb.connect(":memory:", config={"threads": 1, "python_enable_replacements": "false"}) as connection:
        _require_one_select(connection, sql, field)
        said = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchone()[0]
    try:
        tree = json.loads(said)
    except RecursionError:
        raise _too_deep(field) from None
    if tree["error"]:
        raise StatementRefused(plain(tree["error_message"]), field=field, sql=sql, at=_position(tree))
    return list(tree["statements"])


def _require_one_select(connection: Any, sql: str, field: str) -> None:
    import duckdb

    try:
        found = connection.extract_statements(sql)
    except duckdb.Error:
        return  # what is wrong and where, the serialised answer says better
    if not found:
        raise StatementRefused("There is no statement here. Write a SELECT.", field=field)
    kinds = [statement.type.name for statement in found]
    if len(found) > 1:
        raise StatementRefused(f"Write one statement; here are {len(found)}.", field=field)
    if kinds[0] == "MULTI":
        raise StatementRefused("Write PIVOT with its values, inside a FROM: PIVOT … ON x IN (1, 2).", field=field)
    if kinds[0] != "SELECT":
        word = kinds[0].replace("_", " ")
        raise StatementRefused(f"A statement here only reads: write a SELECT, not {word}.", field=field)


def _position(tree: Mapping[str, Any]) -> int | None:
    return int(tree["position"]) if str(tree.get("position", "")).isdigit() else None


def _is_text(sql: str) -> bool:
    try:
        sql.encode()
    except UnicodeError:
        return False
    return True


def _too_deep(field: str) -> StatementRefused:
    return StatementRefused("This is nested deeper than anybody can read. Write it flatter.", field=field)


@dataclass
class _Looking:
    """A walk over the tree that knows which names are tables where it stands."""

    sql: str
    tables: Mapping[str, str]
    values: frozenset[str]
    field: str
    read: set[str] = field(default_factory=set)
    wanted: set[str] = field(default_factory=set)

    def at(self, part: Any, names: frozenset[str], where: int | None) -> None:
        """Look at a part of the tree. `names` are the WITH tables in sight, `where` the last place known."""
        try:
            self._part(part, names, where)
        except RecursionError:
            raise _too_deep(self.field) from None

    def _part(self, part: Any, names: frozenset[str], where: int | None) -> None:
        if isinstance(part, list):
            for inner in part:
                self._part(inner, names, where)
        elif isinstance(part, dict):
            where = _place_of(part, where)
            names = self._own_names(part, names, where)
            self._node(part, names, where)
            for key, inner in part.items():
                if key != "cte_map":
                    self._part(inner, names, where)

    def _own_names(self, part: dict[str, Any], names: frozenset[str], where: int | None) -> frozenset[str]:
        """`names` and those of the WITH here; each is looked at with what stood before it, itself if recursive."""
        for entry in (part.get("cte_map") or {}).get("map", ()):
            name, body = entry["key"].casefold(), entry["value"]
            recursive = body.get("query_node", {}).get("type") == "RECURSIVE_CTE_NODE"
            self._part(body, names | {name} if recursive else names, where)
            names |= {name}
        return names

    def _node(self, part: dict[str, Any], names: frozenset[str], where: int | None) -> None:
        kind = part.get("class", part.get("type"))
        if not isinstance(kind, str):
            return
        known = EXPRESSIONS if "class" in part else NODES
        if kind not in known:
            said = NAMES.get(kind, kind.replace("_", " "))
            raise self._no(f"A statement here only reads: {said} can't stand in it.", where)
        look = getattr(self, f"_look_{kind.lower()}", None)
        if look is not None:
            look(part, names, where)

    def _look_base_table(self, part: dict[str, Any], names: frozenset[str], where: int | None) -> None:
        name = part["table_name"]
        if part["schema_name"] or part["catalog_name"] or len(part["qualified_name"]["path"]) > 1:
            whole = ".".join(part["qualified_name"]["path"])
            raise self._no(f"“{whole}” names another schema. {self._choice()}", where)
        if part["at_clause"] or part["sample"]:
            raise self._no("A sample or an earlier state can't be read here.", where)
        if name.casefold() in names:
            return
        if name.casefold() not in self.tables:
            raise self._no(f"There is no table “{name}” here. {self._choice()}", where)
        self.read.add(name.casefold())

    def _look_table_function(self, part: dict[str, Any], names: frozenset[str], where: int | None) -> None:
        name = part["function"]["function_name"].casefold()
        if name not in TABLES:
            raise self._no(f"{name} {self._why(name)}. {self._choice()}", where)

    def _look_function(self, part: dict[str, Any], names: frozenset[str], where: int | None) -> None:
        name = part["function_name"]
        if part["schema"] or part["catalog"]:
            raise self._no(f"Call {name} by its own name, without a schema.", where)
        if name.casefold() not in ALLOWED | TABLES:
            raise self._no(f"{name} {self._why(name.casefold())}.", where)

    _look_window = _look_function

    def _look_column_ref(self, part: dict[str, Any], names: frozenset[str], where: int | None) -> None:
        name = part["column_names"][0]
        if len(part["column_names"]) == 1 and name.casefold() in VALUE_WORDS:
            why = self._why(name.casefold())
            raise self._no(f"{name} {why}. Where it is a column, write its table before it.", where)

    def _look_parameter(self, part: dict[str, Any], names: frozenset[str], where: int | None) -> None:
        name = part["identifier"]
        if name not in self.values:
            known = ", ".join(f"${value}" for value in sorted(self.values)) or "none"
            raise self._no(f"There is no value ${name} here; known are: {known}.", where)
        self.wanted.add(name)

    def _look_select_node(self, part: dict[str, Any], names: frozenset[str], where: int | None) -> None:
        if part["sample"]:
            raise self._no("A sample gives other rows each time. Choose rows by a condition.", where)

    def _look_subquery(self, part: dict[str, Any], names: frozenset[str], where: int | None) -> None:
        if part.get("sample"):
            raise self._no("A sample gives other rows each time. Choose rows by a condition.", where)

    def _why(self, name: str) -> str:
        return REASONS[WHY[name]] if name in WHY else "is no function that a statement here can call"

    def _choice(self) -> str:
        listed = ", ".join(sorted(self.tables.values())) or "none"
        return f"It can read: {listed}."

    def _no(self, message: str, where: int | None) -> StatementRefused:
        return StatementRefused(message, field=self.field, sql=self.sql, at=where)


def _place_of(part: Mapping[str, Any], where: int | None) -> int | None:
    at = part.get("query_location")
    return at if isinstance(at, int) and at != NOWHERE else where
