"""Whether a query only reads, by its words. The connection that carries it out is walled in as well.

It is read as a server would read it: words inside of strings, quoted names and comments are none. What can't be told
for certain is refused, with what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

BEGINS = {"select", "with", "values", "table", "from"}
WRITES = {"insert", "update", "delete", "merge", "into"}


@dataclass(frozen=True)
class Dialect:
    """What differs between the languages.

    Attributes:
        dollar_quotes, backslashes: whether $$…$$ and E'…\\'…' are strings.
        calls: patterns of functions that reach out of the database, or do more than to read it.
    """

    name: str
    dollar_quotes: bool = False
    backslashes: bool = False
    nested_comments: bool = False
    calls: tuple[str, ...] = field(default=())


POSTGRESQL = Dialect(
    "PostgreSQL",
    dollar_quotes=True,
    backslashes=True,
    nested_comments=True,
    calls=(
        *("pg_read_.*", "pg_ls_.*", "pg_stat_file", "pg_file_.*", "lo_.*", "loread", "lowrite", "dblink.*"),
        *("pg_sleep.*", "pg_terminate_.*", "pg_cancel_.*", "pg_reload_.*", "pg_rotate_.*", "pg_switch_.*"),
        *("pg_.*advisory.*", "pg_create_.*", "pg_drop_.*", "pg_logical_.*", "pg_replication_.*", "pg_export_.*"),
        *("pg_promote", "pg_notify", "pg_backup_.*", "pg_import_.*", "pg_wal_.*", "set_config", "setval", "nextval"),
        *("query_to_xml.*", "table_to_xml.*", "schema_to_xml.*", "database_to_xml.*", "cursor_to_xml.*", "ts_stat"),
        *("ts_rewrite", "currtid.*", "binary_upgrade_.*"),
    ),
)
SQLITE = Dialect("SQLite", calls=("load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"))

DUCKDB = Dialect(
    "DuckDB",
    dollar_quotes=True,
    backslashes=True,
    nested_comments=True,
    calls=(
        *("read_.*", ".*_scan", "parquet_.*", "glob", "sniff_csv", "query", "query_table", "getenv", "getvariable"),
        *("which_secret", "duckdb_secrets", "duckdb_settings", "postgres_.*", "mysql_.*", "sqlite_.*", "st_read.*"),
    ),
)

_TOKEN = re.compile(r"\s+|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\d[\w.]*|.", re.S)
_DOLLAR = re.compile(r"\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$")


def check_query(query: str, dialect: Dialect) -> str:
    """The query as it is sent: one statement that reads, cut behind its last word.

    Raises:
        ValueError: with the sentence that says why not.
    """
    tokens = list(_tokens(query, dialect))
    while tokens and tokens[-1][0] == ";":
        tokens.pop()
    if not tokens:
        raise ValueError("The query is empty.")
    words = [word for word, _ in tokens]
    _require_one_that_reads(words)
    _require_balanced(words)
    _require_harmless_calls(words, dialect)
    return query[: tokens[-1][1]].strip()


def _require_one_that_reads(words: list[str]) -> None:
    first = next((word for word in words if word != "("), "")
    if first not in BEGINS:
        raise ValueError(f"A source's query reads: begin it with SELECT or WITH, not with {first.upper()}.")
    if ";" in words:
        raise ValueError("Write one statement; this has several.")
    for word in words:
        if word in WRITES:
            raise ValueError(
                f"A source's query only reads, and {word.upper()} writes. "
                "(A column of that name is written in double quotes.)"
            )


def _require_balanced(words: list[str]) -> None:
    depth = 0
    for word in words:
        depth += {"(": 1, ")": -1}.get(word, 0)
        if depth < 0:
            break
    if depth:
        raise ValueError("The query's parentheses don't match.")


def _require_harmless_calls(words: list[str], dialect: Dialect) -> None:
    for word, following in zip(words, [*words[1:], ""], strict=True):
        name = word[1:-1].replace('""', '"').lower() if word.startswith('"') else word
        if following == "(" and any(re.fullmatch(pattern, name) for pattern in dialect.calls):
            raise ValueError(f"{name} does more than to read a table, so a source's query can't call it.")


def _tokens(query: str, dialect: Dialect) -> Iterator[tuple[str, int]]:
    """Words in small letters, quoted names with their quotes, and signs, each with the place behind it.

    Blanks, comments and strings are left out; a string is "'".

    Raises:
        ValueError: a string, name or comment is never closed, or written in a way that hides a name.
    """
    place = 0
    while place < len(query):
        end, token = _next(query, place, dialect)
        if token.lower() == "u" and query[end : end + 2] in ("&'", '&"'):
            raise ValueError("Write names and strings without U&, which hides what they say.")
        if token:
            yield token if token.startswith('"') else token.lower(), end
        place = end


def _next(query: str, place: int, dialect: Dialect) -> tuple[int, str]:
    """Where the token at `place` ends, and the token; "" for what is left out."""
    two = query[place : place + 2]
    if two == "--":
        return _line_end(query, place), ""
    if two == "/*":
        return _comment_end(query, place, dialect), ""
    if two.lower() == "e'" and dialect.backslashes and not _within_a_word(query, place):
        return _quote_end(query, place + 1, escapes=True), "'"
    if two[0] == "'":
        return _quote_end(query, place), "'"
    if two[0] in '"`' or (two[0] == "[" and dialect is SQLITE):
        end = _quote_end(query, place)
        return end, '"' + query[place + 1 : end - 1] + '"'
    dollar = _DOLLAR.match(query, place) if dialect.dollar_quotes else None
    if dollar and not _within_a_word(query, place):
        return _closed(query.find(dollar[0], dollar.end()), len(dollar[0]), dollar[0]), "'"
    match = _TOKEN.match(query, place)
    return match.end(), match[0].strip()  # type: ignore[union-attr]  # it matches any character


def _within_a_word(query: str, place: int) -> bool:
    return place > 0 and (query[place - 1].isalnum() or query[place - 1] in "_$")


def _line_end(query: str, place: int) -> int:
    ends = [at for sign in "\r\n" if (at := query.find(sign, place)) >= 0]
    return min(ends, default=len(query))


def _comment_end(query: str, place: int, dialect: Dialect) -> int:
    depth = 0
    for mark in re.finditer(r"/\*|\*/", query[place:]):
        depth += 1 if mark[0] == "/*" else -1
        if not dialect.nested_comments:
            depth = min(depth, 1)
        if depth == 0:
            return place + mark.end()
    raise ValueError("A comment in the query is never closed.")


def _quote_end(query: str, place: int, *, escapes: bool = False) -> int:
    """Behind the quote that closes the one at `place`; a doubled one doesn't close it."""
    closing = {"[": "]"}.get(query[place], query[place])
    at = place + 1
    while at < len(query):
        if escapes and query[at] == "\\":
            at += 2
        elif query[at] != closing:
            at += 1
        elif query[at + 1 : at + 2] == closing and closing != "]":
            at += 2
        else:
            return at + 1
    return _closed(-1, 0, query[place])


def _closed(found: int, length: int, mark: str) -> int:
    if found < 0:
        raise ValueError(f"A quote ({mark}) in the query is never closed.")
    return found + length
