"""What can be told of a person's SQL by its tree alone: that it is one expression, and that it looks ahead."""

from collections.abc import Iterator
from typing import Any

from apps.datasets.selecting import StatementRefused
from apps.datasets.selecting.functions import AGGREGATES
from apps.datasets.selecting.grammar import statements
from apps.datasets.selecting.refusals import NOWHERE

PREFIX = "SELECT "
# Of a SELECT that is nothing but its one expression, all of this is empty.
BESIDE = ("modifiers", "where_clause", "group_expressions", "group_sets", "having", "qualify", "sample")


OF_MANY_ROWS = frozenset(AGGREGATES.split())


def expression(sql: str, field: str) -> list[dict[str, Any]]:
    """The tree of one expression.

    Raises:
        StatementRefused: it is no expression, or more than one, or looks at other rows without saying which.
    """
    try:
        trees = statements(PREFIX + sql, field)
    except StatementRefused as refused:
        raise _without_prefix(refused, sql, field) from None
    node = trees[0]["node"]
    if not _is_one_expression(node):
        raise StatementRefused("Write one expression here, such as balance / credit_limit.", field=field, sql=sql)
    _of_its_row(trees, sql, field)
    return trees


def looks_ahead(tree: Any, sql: str, field: str, *, skipped: int = 0) -> None:
    """Refuse what takes its value from rows that come later.

    Args:
        skipped: characters before the person's own text in what was parsed.

    Raises:
        StatementRefused: with the sentence and the place.
    """
    for node in windows(tree):
        why = _ahead(node)
        if why:
            raise StatementRefused(why, field=field, sql=sql, at=_place(node, skipped))


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every node of a tree."""
    if isinstance(tree, list):
        for part in tree:
            yield from nodes(part)
    elif isinstance(tree, dict):
        yield tree
        for part in tree.values():
            yield from nodes(part)


def windows(tree: Any) -> Iterator[dict[str, Any]]:
    """The window functions anywhere in a tree."""
    return (node for node in nodes(tree) if node.get("class") == "WINDOW")


def _of_its_row(trees: list[dict[str, Any]], sql: str, field: str) -> None:
    for node in nodes(trees):
        if node.get("class") == "SUBQUERY":
            why = "A subquery sees the whole table, later rows too. Write what it computes into the view's own sql."
        elif node.get("class") == "FUNCTION" and node["function_name"] in OF_MANY_ROWS:
            why = (
                f"{node['function_name']} is of many rows, and an expression is of its own. "
                "Say OVER (PARTITION BY the keys ORDER BY the event time), or aggregate in the view's own sql."
            )
        else:
            continue
        raise StatementRefused(why, field=field, sql=sql, at=_place(node, len(PREFIX)))


def _place(node: dict[str, Any], skipped: int) -> int | None:
    """Where a node stands in the person's own text; None where DuckDB doesn't say."""
    at = node.get("query_location")
    return max(0, at - skipped) if isinstance(at, int) and at != NOWHERE else None


def _ahead(node: dict[str, Any]) -> str:
    name = str(node["function_name"])
    if name == "lead":
        return "lead looks at a later row, which wasn't known yet. Use lag."
    if "FOLLOWING" in f"{node['start']} {node['end']}":
        return f"{name} looks at FOLLOWING rows, which weren't known yet. End its frame at CURRENT ROW."
    if not node["orders"]:
        return f"{name} sees its whole partition, later rows too. Say ORDER BY the event time: it ends at the row."
    if any(order["type"] == "DESCENDING" for order in node["orders"]):
        return f"{name} is ordered backwards, so that it sees later rows. Order it by ascending time."
    return ""


def _is_one_expression(node: dict[str, Any]) -> bool:
    if node["type"] != "SELECT_NODE" or len(node["select_list"]) != 1 or node["cte_map"]["map"]:
        return False
    only = node["select_list"][0]
    plain = not only.get("alias") and only["class"] != "STAR"
    return plain and node["from_table"]["type"] == "EMPTY" and not any(node[part] for part in BESIDE)


def _without_prefix(refused: StatementRefused, sql: str, field: str) -> StatementRefused:
    """The same refusal, its place counted in what the person wrote."""
    if refused.line == 1 and refused.column > len(PREFIX):
        return StatementRefused(refused.message, field=field, sql=sql, at=refused.column - 1 - len(PREFIX))
    return StatementRefused(refused.message, field=field, sql=sql)
