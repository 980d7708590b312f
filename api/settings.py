"""The environment, read once into one frozen object.

A name that begins with LEDGER_ and means nothing is refused: a misspelt setting
that is silently ignored is worse than a server that does not start.
"""

import ipaddress
import os
import re
import socket
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from projections.broker.address import Client, Mechanism, Protocol

_PREFIX: Final = "LEDGER_"
_BROKER: Final = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.%]+\]):(\d{1,5})")
BatchScope = Literal["facts:write", "cases:decide", "admin"]
BATCH_SCOPES: Final[tuple[BatchScope, ...]] = get_args(BatchScope)
"""The scopes that commands ask for; the others open what is read, and packs of rules."""


class BadSettings(Exception):
    """The configuration cannot be used; the message says what to change."""


def data_folder() -> Path:
    """Where a user's programs keep their data."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "seller-ledger"
    given = os.environ.get("XDG_DATA_HOME", "")
    return (Path(given) if given else Path.home() / ".local" / "share") / "seller-ledger"


class Settings(BaseSettings):
    """What an operator can choose. Every field is the environment's LEDGER_<FIELD>."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    database_url: SecretStr | None = None
    """Absent: the embedded PostgreSQL in `data_dir`. Holds a password, so it is never shown."""
    kafka_bootstrap: str | None = None
    """Absent: no Kafka."""
    kafka_client: Client = "kafka-python"
    kafka_prefix: str = Field(default="", pattern=r"^[a-zA-Z0-9._-]{0,100}$")
    """Before the names of topics, senders and groups, where several ledgers share a cluster."""
    kafka_security: Protocol = "PLAINTEXT"
    kafka_mechanism: Mechanism = "SCRAM-SHA-512"
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_ca_file: Path | None = None
    kafka_certificate_file: Path | None = None
    kafka_key_file: Path | None = None
    kafka_scopes: Annotated[tuple[BatchScope, ...] | None, NoDecode] = None
    """What whoever may write to the commands' topic may ask for; absent: `scopes_of_topics`."""
    policy: str = "aliexpress"
    """The pack that decides where a request names none."""
    auth: Literal["keys", "off"] = "keys"
    clock: Literal["system", "test"] = "system"
    data_dir: Path = Field(default_factory=data_folder)
    checkpoint_seconds: float = Field(default=1.0, gt=0, le=3600)
    """How often a checkpoint of the log is signed, if there is anything new."""
    webhooks_private: Literal["refuse", "allow"] = "refuse"
    """Whether webhooks may go to http and to networks that are not public."""

    console_address: str | None = None
    """Where people reach the console, as they type it; absent: where the server listens."""
    openid_issuer: str | None = None
    """Absent: people sign in to the console by key alone."""
    openid_client_id: str | None = None
    openid_client_secret: SecretStr | None = None
    """Absent: a public client."""
    openid_asks_for: str = Field(default="openid", pattern=r"^openid( [!#-\[\]-~]+)*$")
    """What the provider is asked to tell: the `scope` of the request."""
    openid_roles_claim: str = Field(default="roles", min_length=1)
    openid_roles: str | None = None
    """What each role opens. Nobody has a scope that is not given here."""
    openid_subject_claim: str = Field(default="sub", min_length=1)

    @field_validator("console_address")
    @classmethod
    def _is_the_console(cls, given: str | None) -> str | None:
        """Take the address with or without its last slash, and refuse one that is no console's."""
        if given is None:
            return None
        parts = urlsplit(given)
        odd = parts.query or parts.fragment or "@" in parts.netloc or not parts.netloc
        path = parts.path.rstrip("/")
        if parts.scheme not in ("http", "https") or odd or not path.endswith("/console"):
            raise PydanticCustomError(
                "console_address", "Input should be https://host/console or https://host/…/console"
            )
        return f"{parts.scheme}://{parts.netloc.lower()}{path}/"

    @field_validator("kafka_bootstrap")
    @classmethod
    def _names_brokers(cls, given: str | None) -> str | None:
        for broker in given.split(",") if given is not None else ():
            found = _BROKER.fullmatch(broker.strip())
            if found is None or not 0 < int(found[1]) < 65_536:
                raise PydanticCustomError(
                    "kafka_bootstrap", "Input should be host:port, or several with commas between"
                )
        return given

    @field_validator("database_url")
    @classmethod
    def _can_be_read(cls, given: SecretStr | None) -> SecretStr | None:
        """Refuse here what libpq would refuse later in words that quote the password."""
        try:
            conninfo_to_dict("" if given is None else given.get_secret_value())
        except ProgrammingError:
            raise PydanticCustomError(
                "database_url", "Input should be postgresql://user:password@host:port/database"
            ) from None
        return given

    @field_validator("kafka_scopes", mode="before")
    @classmethod
    def _known_scopes(cls, given: object) -> object:
        """Read names with commas between them."""
        if not isinstance(given, str):
            return given
        names = tuple(name.strip() for name in given.split(","))
        if not set(names) <= set(BATCH_SCOPES):
            raise PydanticCustomError(
                "kafka_scopes",
                "Input should be one or several of {known}, with commas between them",
                {"known": ", ".join(BATCH_SCOPES)},
            )
        return names


def read_settings(**given: object) -> Settings:
    """Settings from the environment, with what the command line gave on top.

    Raises `BadSettings` in words that name the variable and what would be accepted,
    and never repeats a value, which may be secret.
    """
    refuse_unknown_names(os.environ)
    chosen: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(**chosen)
    except ValidationError as wrong:
        raise BadSettings("\n".join(_sentence(error) for error in wrong.errors())) from None


def refuse_unknown_names(environment: Mapping[str, str]) -> None:
    """Refuse names that look like ours and are not, and suggest the near ones."""
    known = {_PREFIX + field.upper() for field in Settings.model_fields}
    unknown = sorted(
        name for name in environment if name.upper().startswith(_PREFIX) and name not in known
    )
    if unknown:
        raise BadSettings("\n".join(_unknown(name, known) for name in unknown))


def refuse_open_doors(settings: Settings, *hosts: str) -> None:
    """Without keys everybody is an administrator, so only this machine may ask."""
    if settings.auth == "keys":
        return
    for host in hosts:
        if not _is_loopback(host):
            raise BadSettings(
                f"LEDGER_AUTH=off cannot be served on {host or 'every address'}: anybody who "
                "reaches it could write. Serve on 127.0.0.1, or leave LEDGER_AUTH out and use keys."
            )


def scopes_of_topics(settings: Settings) -> frozenset[str]:
    """What the commands' topic is open to: what the operator said, or else reports alone. Where
    keys are off, everybody on this machine is an administrator, over its own broker too.
    """
    if settings.kafka_scopes is not None:
        return frozenset(settings.kafka_scopes)
    brokers = (settings.kafka_bootstrap or "").split(",")
    if settings.auth == "off" and all(_is_loopback(_host(each)) for each in brokers):
        return frozenset({"admin"})
    return frozenset({"facts:write"})


def _host(broker: str) -> str:
    return broker.strip().rpartition(":")[0].strip("[]")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None) if host else []
    except OSError:
        return False
    return bool(found) and all(
        ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback for *_, address in found
    )


def _unknown(name: str, known: set[str]) -> str:
    ends = {full.removeprefix(_PREFIX): full for full in known}
    near = get_close_matches(name.upper().removeprefix(_PREFIX), sorted(ends), n=3, cutoff=0.6)
    if near:
        return f"{name} is not a setting: did you mean {' or '.join(ends[end] for end in near)}?"
    return f"{name} is not a setting: known are {', '.join(sorted(known))}."


def _sentence(error: Any) -> str:
    name = ".".join(str(part) for part in error["loc"]).upper()
    return f"{_PREFIX}{name}: {error['msg'][0].lower()}{error['msg'][1:]}."
