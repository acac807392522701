"""The wall for SQL that people write: one statement, which can only read the tables it is given.

    reads = check(sql, tables={"loans": schema})            # raises BadInput with line and column
    with select(sql, {"loans": path}, seconds=30) as reader:  # Arrow batches
        ...

Two walls, one behind the other: `grammar` looks at the parsed statement and lets through what it knows, node by node
and function by function; `running` gives the statement a connection of its own that has no files but the given, no
network, no extensions, no settings, and limits. Knows no database of ours and no Django.
"""

from apps.datasets.selecting.grammar import Reads, check
from apps.datasets.selecting.refusals import StatementFailed, StatementRefused
from apps.datasets.selecting.running import select

__all__ = ["Reads", "StatementFailed", "StatementRefused", "check", "select"]
