"""A table held against a data contract (Open Data Contract Standard 3) where it is made, before anybody gets it.

Checked here: columns and their types, required, unique, primaryKey, logicalTypeOptions (minimum, maximum and their
exclusive forms, minLength, maxLength, multipleOf, pattern), enum, and the library's metrics of `quality` (nullValues,
missingValues, invalidValues, duplicateValues, rowCount) with all eight operators, in rows or percent. What needs more
than the table (SQL, freshness, relationships, distributions) is named as left to the server, which checks it when the
table is pushed. As there, a missing value fails no check but those that ask for it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quaestor_client.documents import read_object
from quaestor_client.errors import Ended
from quaestor_client.kit.checks import Check, Column, Found, checks_of, the_table
from quaestor_client.kit.outcome import Outcome, Untestable
from quaestor_client.kit.tables import table_of

SECONDS = 60.0


def contract(rows: Any, said: Any, *, table: str = "", about: str | None = None) -> Outcome:
    """Whether a table keeps its contract: a case is a check of the contract.

    Args:
        rows: see `tables`.
        said: a contract: a mapping, a YAML or JSON file, or the reference of a dataset (DS-0001), whose contract in
            force the server is asked for.
        table: which object of its schema is meant, where it has several.

    Raises:
        Untestable: there are no rows, or the contract can't be read or checks nothing.
    """
    document = contract_of(said)
    described = the_table(document, table)
    held = table_of(rows)
    checks, left = checks_of(described)
    if not checks:
        raise Untestable("The contract has no check that can be made here, so nothing was tested.")
    columns = {name: Column(name, held.column(name), held.texts) for name in held.names}
    found = [_held(check, columns, len(held)) for check in checks]
    failed = [one for one in found if not one.passed]
    name = about or f"contract {document.get('id') or document.get('name') or ''}".strip()
    told = tuple(f"{one.name}: {one.sentence}" for one in failed)
    return Outcome("data_contract", name, len(found), len(failed), examples=told, left=tuple(left))


def contract_of(said: Any) -> dict[str, Any]:
    """The contract's document.

    Raises:
        Untestable: there is none, or it is none.
    """
    document = _read(said)
    if document.get("kind") != "DataContract":
        raise Untestable("This is no data contract: it says no “kind: DataContract”.")
    return document


def _read(said: Any) -> dict[str, Any]:
    if isinstance(said, Mapping):
        return dict(said)
    try:
        if isinstance(said, str) and said.startswith("DS-") and said[3:].isdigit():
            return _in_force(said)
        return read_object(Path(said))
    except Ended as ended:
        raise Untestable(str(ended)) from None


def _in_force(dataset: str) -> dict[str, Any]:
    """The contract that is in force for a dataset, from the server."""
    from quaestor_client.patience import Patience
    from quaestor_client.server import Server
    from quaestor_client.settings import from_environment

    server = Server(from_environment(os.environ), Patience(SECONDS))
    for one in server.each(f"datasets/{dataset}/contracts/"):
        if one["status"] == "in_force":
            return dict(one["document"])
    raise Untestable(f"{dataset} has no contract in force.")


def _held(check: Check, columns: Mapping[str, Column], rows: int) -> Found:
    missing = [name for name in check.columns if name not in columns]
    if missing:
        return Found(check.name, False, f"there is no column “{missing[0]}”.")
    return check.found(columns, rows)
