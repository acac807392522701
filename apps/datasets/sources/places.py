"""Where each kind of source is, typed: what a person says of it is checked here, and holds no secret."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from apps.core.errors import BadInput
from apps.core.shapes import sentence
from apps.datasets.sources.statements import DUCKDB, POSTGRESQL, SQLITE, Dialect, check_query

SECRETIVE = ("token", "secret", "password", "passwd", "pwd", "signature", "sig", "key", "credential", "auth")


def _printable(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("Write it without line breaks, control characters and outer blanks.")
    return text


def _path(text: str) -> str:
    if not text.startswith("/"):
        raise ValueError("Write the whole path, from / on.")
    if ".." in PurePosixPath(text).parts:
        raise ValueError("Write the path without “..”.")
    return text


Text = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_printable)]
Path = Annotated[Text, AfterValidator(_path)]
Query = Annotated[str, Field(min_length=1, max_length=20_000)]


class Place(BaseModel):
    """Common to all kinds. `CREDENTIALS` are the names under which a reference to a secret may be given."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)
    CREDENTIALS: ClassVar[tuple[str, ...]] = ()

    def as_dict(self) -> dict[str, Any]:
        return self.model_dump(by_alias=True, exclude_none=True)

    @property
    def origin(self) -> str:
        """What people read of where it is."""
        raise NotImplementedError


class Selecting(Place):
    """A place in which a table is named, or rows are asked for."""

    DIALECT: ClassVar[Dialect] = POSTGRESQL
    namespace: Text | None = Field(None, alias="schema")
    table: Text | None = None
    query: Query | None = None

    @model_validator(mode="after")
    def _one_of_them(self):
        if (self.table is None) == (self.query is None):
            raise ValueError("Name a table, or write a query: one of the two.")
        if self.query is not None:
            self.query = check_query(self.query, self.DIALECT)
        return self

    @property
    def selected(self) -> str:
        named = ".".join(filter(None, (self.namespace, self.table)))
        return f"table {named}" if self.table else "a query"


class FilePlace(Place):
    path: Path

    @property
    def origin(self) -> str:
        return self.path


class FolderPlace(Place):
    """Every file of a folder whose name fits, in the order of their names, as one table."""

    path: Path
    pattern: Text = "*"

    @model_validator(mode="after")
    def _in_the_folder(self):
        if "/" in self.pattern:
            raise ValueError("A pattern is for names in the folder, such as *.csv; it has no slash.")
        return self

    @property
    def origin(self) -> str:
        return f"{self.path}/{self.pattern}"


class PostgresPlace(Selecting):
    CREDENTIALS = ("password",)
    host: Text
    port: int = Field(5432, ge=1, le=65535)
    database: Text
    user: Text
    tls: Literal["prefer", "require", "verify-full"] = "prefer"

    @property
    def origin(self) -> str:
        return f"postgresql://{self.host}:{self.port}/{self.database}, {self.selected}"


class SQLitePlace(Selecting):
    DIALECT = SQLITE
    path: Path

    @property
    def origin(self) -> str:
        return f"SQLite {self.path}, {self.selected}"


class DuckDBPlace(Selecting):
    DIALECT = DUCKDB
    path: Path

    @property
    def origin(self) -> str:
        return f"DuckDB {self.path}, {self.selected}"


def _web(url: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("This is not an address. Write one such as https://data.example.com/loans.csv.") from None
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("Use an address that begins with https:// and names a host.")
    if parts.username or parts.password or parts.fragment:
        raise ValueError("Leave name, password and fragment out of the address; name a credential instead.")
    return url


class HttpPlace(Place):
    CREDENTIALS = ("authorization",)
    url: Annotated[Text, AfterValidator(_web)]
    header: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,60}$")] = "Authorization"
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None

    @model_validator(mode="after")
    def _no_secret(self):
        for name, _ in parse_qsl(urlsplit(self.url).query, keep_blank_values=True):
            if any(word in name.lower() for word in SECRETIVE):
                raise ValueError(
                    f"“{name}” in the address looks like a secret, and this is kept and shown. "
                    "Send it in a header, by a credential."
                )
        return self

    @property
    def origin(self) -> str:
        return self.url

    @property
    def address(self) -> str:
        return self.url


class ObjectPlace(Place):
    """An object of an S3-compatible store."""

    CREDENTIALS = ("access_key", "secret_key", "session_token")
    endpoint: Annotated[Text, AfterValidator(_web)] | None = None
    region: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")] = "us-east-1"
    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    key: Annotated[Text, Field(max_length=1024)]

    @property
    def address(self) -> str:
        return self.endpoint or f"https://s3.{self.region}.amazonaws.com"

    @property
    def origin(self) -> str:
        return f"s3://{self.bucket}/{self.key}" + (f" at {self.endpoint}" if self.endpoint else "")


KINDS: dict[str, type[Place]] = {
    "file": FilePlace,
    "folder": FolderPlace,
    "postgresql": PostgresPlace,
    "sqlite": SQLitePlace,
    "duckdb": DuckDBPlace,
    "s3": ObjectPlace,
    "http": HttpPlace,
}


def read_place(kind: str, said: Any) -> Place:
    """The place of a source of that kind, as sent.

    Raises:
        BadInput: a field is unknown, missing or of another shape; `errors` names it as "place.host".
    """
    try:
        return KINDS[kind].model_validate(said)
    except ValidationError as found:
        errors: dict[str, list[str]] = {}
        for error in found.errors(include_url=False):
            where = ".".join(["place", *(str(step) for step in error["loc"])])
            errors.setdefault(where, []).append(sentence(error))
        raise BadInput(errors=errors) from None
