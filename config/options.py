"""Every setting of an installation, read once from the environment: `QUAESTOR_<NAME>`, and `PORT`.

The field's title says what a good value is, so that a bad one is refused with a sentence a person can act on; its
description is what docs/settings.md prints.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

from config import addresses

PREFIX = "QUAESTOR_"
SECRETS_OF_SOURCES = "QUAESTOR_SOURCE_"  # variables that sources of data name as credentials; no settings
UNPREFIXED = {"port": "PORT"}
DEFAULT_LEDGER_NAME = "quaestor.local/ledger"


class BadOptions(Exception):
    """The environment can't be started from; the message is one sentence for each bad value."""


def _split(text: Any) -> Any:
    return tuple(part.strip() for part in text.split(",") if part.strip()) if isinstance(text, str) else text


def _address(text: str) -> str:
    name, at, host = text.rpartition("@")
    if not (name and at and host) or any(letter.isspace() or letter in "@,<>" for letter in name + host):
        raise ValueError
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError) as unknown:
        raise ValueError from unknown
    return name


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
WebUrl = Annotated[str, AfterValidator(addresses.web)]
Origins = Annotated[Names, AfterValidator(lambda urls: tuple(addresses.web(url) for url in urls))]
Mailbox = Annotated[str, AfterValidator(_address)]
DatabaseUrl = Annotated[str, AfterValidator(addresses.database)]
BrokerUrl = Annotated[str, AfterValidator(addresses.broker)]
MailUrl = Annotated[str, AfterValidator(addresses.mail)]
Folders = Annotated[Names, AfterValidator(lambda paths: tuple(addresses.folder(path) for path in paths))]
Hosts = Annotated[Names, AfterValidator(lambda entries: tuple(addresses.data_host(entry) for entry in entries))]
FilesUrl = Annotated[str, AfterValidator(addresses.files)]
FeaturesUrl = Annotated[str, AfterValidator(addresses.features)]


class Options(BaseModel):
    """One installation's settings. Frozen: what a process was started with is what it runs with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    env: Literal["embedded", "production"] = Field(
        "embedded",
        title="embedded or production",
        description="How the product runs: everything on one machine, or on a database, broker and store of "
        "your own. Production refuses to start on anything that would weaken the ledger.",
    )
    home: Path = Field(
        Path("var"), title="a folder", description="Where database, files, keys and logs are kept when embedded."
    )
    port: int = Field(8000, ge=0, le=65535, title="a port from 0 to 65535", description="Where the web listens.")
    debug: bool = Field(False, title="true or false", description="Show errors in full. Refused in production.")
    allowed_hosts: Names = Field(
        ("127.0.0.1", "localhost", "[::1]"),
        title="host names with commas between them",
        description="The names under which people reach the web; production must say its own.",
    )
    trusted_origins: Origins = Field(
        (),
        title="origins such as https://risk.example.com with commas between them",
        description="Origins from which forms may be posted, where a proxy changes the host name.",
    )
    behind_proxy: bool = Field(
        False,
        title="true or false",
        description="Believe `X-Forwarded-Proto` and `X-Forwarded-For`, which a proxy of yours must set.",
    )
    workers: int = Field(2, ge=1, le=64, title="a number from 1 to 64", description="Web processes.")
    job_workers: int = Field(
        2,
        ge=1,
        le=64,
        title="a number from 1 to 64",
        description="How many jobs `up` works on at a time, a process each.",
    )
    job_lease_seconds: int = Field(
        30,
        ge=2,
        le=3600,
        title="seconds from 2 to 3600",
        description="How long a worker may be silent before its job is given to another.",
    )
    webhook_private: bool = Field(
        False,
        title="true or false",
        description="Let webhooks lead to private addresses and plain http: for trying things out on one machine.",
    )
    database_url: DatabaseUrl = Field(
        "",
        title="a URL such as postgres://quaestor_app:password@host/quaestor",
        description="The database. Left empty: SQLite in the home folder.",
        validate_default=False,
    )
    database_patience_seconds: int = Field(
        60,
        ge=1,
        le=3600,
        title="seconds from 1 to 3600",
        description="How long a worker or the beat bears that the database is away; then it stops with a sentence.",
    )
    broker_url: BrokerUrl = Field(
        "database://",
        title="a URL such as redis://host/0, amqp://host or database://",
        description="What rings the workers' bell. `database://` needs nothing else.",
    )
    files_url: FilesUrl = Field(
        "folder:",
        title="folder:, folder:/srv/blobs or a URL such as s3://bucket",
        description="Where blobs are kept: in the home folder, or in an S3-compatible bucket.",
    )
    features_url: FeaturesUrl = Field(
        "table:",
        title="table: or a URL such as redis://host/1",
        description="Where the latest values of features are kept for reading by key: in the database, or in Redis.",
    )
    s3_endpoint: WebUrl = Field(
        "", title="a URL", description="The S3-compatible store's address, where it isn't AWS."
    )
    s3_region: str = Field("", title="a region's name", description="The bucket's region.")
    secret_key: SecretStr = Field(
        SecretStr(""),
        title="at least 50 characters drawn at random",
        description="Signs sessions. Generated when embedded; required in production.",
    )
    secret_key_file: Path | None = Field(
        None, title="a file", description="A mounted file that holds the secret key, instead of the variable."
    )
    ledger_key: SecretStr = Field(
        SecretStr(""),
        title="32 bytes in base64",
        description="The Ed25519 seed that signs the ledger's checkpoints. Generated when embedded; required in "
        "production.",
    )
    ledger_key_file: Path | None = Field(
        None, title="a file", description="A mounted file that holds the ledger's key, instead of the variable."
    )
    codes_key: SecretStr = Field(
        SecretStr(""),
        title="32 bytes in base64, or several with commas between them",
        description="Encrypts the secrets of one-time and recovery codes in the database: the first key encrypts, "
        "all of them decrypt. Generated when embedded; required in production.",
    )
    codes_key_file: Path | None = Field(
        None, title="a file", description="A mounted file that holds the codes' key or keys, instead of the variable."
    )
    ledger_name: str = Field(
        DEFAULT_LEDGER_NAME,
        pattern=r"^[^\s+]+$",
        title="a name without spaces or plus signs",
        description="The ledger's name on its checkpoints; a verifier pins it together with the key.",
    )
    time_zone: Annotated[str, AfterValidator(_zone)] = Field(
        "UTC",
        title="a time zone such as Europe/Berlin",
        description="In whose midnight due dates end. Moments are stored in UTC whatever it says.",
    )
    organisation: str = Field(
        "Quaestor", max_length=80, title="a name of at most 80 characters", description="Printed on documents."
    )
    base_url: WebUrl = Field(
        "", title="a URL such as https://risk.example.com", description="What links in mail and documents begin with."
    )
    mail_url: MailUrl = Field(
        "file:",
        title="file:, file:/srv/mail, console: or a URL such as smtp://user:password@host:587",
        description="How mail leaves. `file:` writes it under the home folder.",
    )
    mail_from: Mailbox = Field(
        "quaestor@localhost", title="an e-mail address", description="The sender that mail carries."
    )
    checkpoint_mail: Mailbox = Field(
        "",
        title="an e-mail address",
        description="Who gets each day's checkpoint, as a witness outside the database.",
    )
    openlineage_url: WebUrl = Field(
        "",
        title="a URL such as https://marquez.example.com",
        description="Where lineage is told to, as OpenLineage events at `/api/v1/lineage`. Left empty: nowhere.",
    )
    openlineage_key: SecretStr = Field(
        SecretStr(""), title="a secret", description="Sent there as a bearer token, where it asks for one."
    )
    upload_limit_mb: int = Field(
        2048, ge=1, le=1_048_576, title="megabytes from 1 to 1048576", description="The largest file taken in."
    )
    use_aliases: Names = Field(
        ("champion", "production", "prod", "live", "serving", "deployed", "release"),
        title="names with commas between them",
        description="The aliases of MLflow's registry that mean use: they name only a version whose approval counts.",
    )
    artifact_limit_mb: int = Field(
        10_240,
        ge=1,
        le=1_048_576,
        title="megabytes from 1 to 1048576",
        description="The largest file that a run or a logged model keeps.",
    )
    data_roots: Folders = Field(
        (),
        title="whole paths of folders with commas between them",
        description="Folders below which sources of data may read files. Left empty: `sources` in the home folder.",
    )
    data_hosts: Hosts = Field(
        (),
        title="hosts such as data.example.com, postgresql://db.internal:5432, http://10.0.0.5:9000 or networks such "
        "as 10.0.0.0/16, with commas between them",
        description="Hosts from which sources of data may read. A download from a private address needs that, or its "
        "network, to be listed, too.",
    )
    data_secrets: Path | None = Field(
        None,
        title="a folder",
        description="Where the secrets of sources are mounted, a file each. Others are variables whose names begin "
        "with `QUAESTOR_SOURCE_`.",
    )
    data_seconds: int = Field(
        3600,
        ge=2,
        le=172_800,
        title="seconds from 2 to 172800",
        description="How long one extraction from a source may take.",
    )
    evaluation_seconds: int = Field(
        300,
        ge=2,
        le=86_400,
        title="seconds from 2 to 86400",
        description="How long a model may compute while it is evaluated.",
    )
    evaluation_memory_mb: int = Field(
        6144,
        ge=3072,
        le=1_048_576,
        title="megabytes from 3072 to 1048576",
        description="How much address space a model may use while it is evaluated; libraries map 2,000 of it.",
    )
    session_hours: int = Field(
        10, ge=1, le=720, title="hours from 1 to 720", description="How long a person stays signed in."
    )
    token_days: int = Field(
        366,
        ge=1,
        le=3660,
        title="days from 1 to 3660",
        description="The longest that an API token may live; it lives for 90 days unless told otherwise.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO",
        title="DEBUG, INFO, WARNING or ERROR",
        description="What is logged, to stderr and, embedded, to a file.",
    )

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """Read the options from `environ`; an empty variable counts as not set.

        Raises:
            BadOptions: a value can't be used; every one of them is named, with what would be.
        """
        given = {name: environ.get(variable(name), "") for name in cls.model_fields}
        try:
            return cls.model_validate({name: text for name, text in given.items() if text})
        except ValidationError as bad:
            raise BadOptions(
                " ".join(dict.fromkeys(_sentence(cls, error, given) for error in bad.errors()))
            ) from None

    @property
    def production(self) -> bool:
        return self.env == "production"

    def refuse_what_production_forbids(self) -> None:
        """Production keeps other people's trust: it starts on nothing that would quietly weaken it.

        Raises:
            BadOptions: one sentence for each reason.
        """
        reasons = {
            "QUAESTOR_DEBUG must be false: it shows the inside to everybody.": self.debug,
            "QUAESTOR_DATABASE_URL must name a PostgreSQL: SQLite's file can be rewritten by whoever holds it.": (
                not self.database_url.startswith("postgres")
            ),
            "QUAESTOR_ALLOWED_HOSTS must name the hosts under which people reach it.": (
                "allowed_hosts" not in self.model_fields_set or "*" in self.allowed_hosts
            ),
            "QUAESTOR_BASE_URL must be the https address that links in mail begin with.": (
                not self.base_url.startswith("https://")
            ),
            "QUAESTOR_LEDGER_NAME must be a name of your own: a verifier pins it.": (
                self.ledger_name == DEFAULT_LEDGER_NAME
            ),
        }
        found = [sentence for sentence, true in reasons.items() if true]
        if self.production and found:
            raise BadOptions(" ".join(found))


def variable(name: str) -> str:
    """The environment variable that sets the option `name`."""
    return UNPREFIXED.get(name, PREFIX + name.upper())


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Variables that look like settings and are none: a slip of the pen would otherwise change nothing, silently."""
    known = {variable(name) for name in Options.model_fields}
    given = (name for name in environ if name.startswith(PREFIX) and not name.startswith(SECRETS_OF_SOURCES))
    return sorted(name for name in given if name not in known)


def _sentence(options: type[Options], error: Any, given: dict[str, str]) -> str:
    name = str(error["loc"][0])
    field = options.model_fields[name]
    secret = field.annotation is SecretStr or name.endswith("_url")  # a URL may carry a password
    return f"{variable(name)} must be {field.title}{'' if secret else f', not {given[name]!r}'}."
