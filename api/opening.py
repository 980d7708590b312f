"""From the settings to what they name: the database (the one that is configured, the one a server
of this folder runs, or one started for the moment), the pack that decides, the clock, the ledger.
"""

import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple

from api.settings import BadSettings, Settings, read_settings, refuse_open_doors
from ledger.facts.refusal import Refusal
from ledger.ledger import Ledger
from ledger.policy.check import policy_from_canonical
from ledger.policy.document import canonical, read
from ledger.policy.shipped import load_pack, shipped_packs
from ledger.store.clocks import Clock, SandboxClock, SystemClock
from ledger.store.memory import collecting_seldom
from ledger.store.migrate import migrate
from ledger.store.server import EmbeddedPostgres, running_dsn

MIGRATIONS: Final = Path(str(files("projections"))) / "migrations"


def settings_of(data_dir: Path | None) -> Settings:
    """The settings, with what the command line gave on top."""
    return read_settings(data_dir=data_dir)


def demo_settings(data_dir: Path | None, host: str) -> Settings:
    """The same for the demonstration: without keys, so it is served on this machine only."""
    settings = read_settings(data_dir=data_dir, auth="off")
    refuse_open_doors(settings, host)
    return settings


class Chosen(NamedTuple):
    """The pack that decides: its name, and its bytes where it is one that does not ship."""

    name: str
    canonical: bytes | None


class ServedAlready(Refusal):
    """One process owns a folder's database; others may ask it, or wait."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(
            f"the ledger in {data_dir} is being served already",
            field="--data-dir",
            accepted="another folder, or this one once that server has stopped",
        )


def refuse_second_server(settings: Settings) -> None:
    """Raise `ServedAlready` where a living process runs the embedded database."""
    if settings.database_url is None and running_dsn(settings.data_dir) is not None:
        raise ServedAlready(settings.data_dir)


def today() -> date:
    """The present day in UTC."""
    return datetime.now(UTC).date()


def packs_of(settings: Settings) -> tuple[str, list[bytes]]:
    """The name of the pack that decides, and the bytes of what an empty log begins with."""
    pack = chosen_pack(settings.policy)
    return pack.name, [*shipped(), *([] if pack.canonical is None else [pack.canonical])]


@cache
def shipped() -> tuple[bytes, ...]:
    """The canonical bytes of the packs that ship."""
    return tuple(canonical(read(text)) for text in shipped_packs().values())


@contextmanager
def database(settings: Settings) -> Generator[str]:
    """The DSN of the ledger's database, brought to this program's migrations."""
    with reachable(settings) as dsn:
        migrate(dsn, MIGRATIONS)
        yield dsn


@contextmanager
def own_database(settings: Settings) -> Generator[str]:
    """The same for a server: an embedded database is its own, and `FolderInUse` where it is not."""
    with ExitStack() as stack:
        if settings.database_url is not None:
            dsn = settings.database_url.get_secret_value()
        else:
            dsn = stack.enter_context(EmbeddedPostgres(settings.data_dir)).dsn
        migrate(dsn, MIGRATIONS)
        yield dsn


def shared_database(settings: Settings) -> str:
    """The DSN of a database that others keep running, brought to this program's migrations.

    Raises `BadSettings` where there is none: what works beside a server starts no server.
    """
    if settings.database_url is not None:
        dsn = settings.database_url.get_secret_value()
    elif (found := running_dsn(settings.data_dir)) is not None:
        dsn = found
    else:
        raise BadSettings(
            "LEDGER_DATABASE_URL is not set, and no server runs in the data folder: name a "
            "database, or start `seller-ledger serve` first."
        )
    migrate(dsn, MIGRATIONS)
    return dsn


@contextmanager
def reachable(settings: Settings) -> Generator[str]:
    """The DSN of the ledger's database as it is."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
    elif dsn := running_dsn(settings.data_dir):
        yield dsn
    else:
        with EmbeddedPostgres(settings.data_dir) as server:
            yield server.dsn


@contextmanager
def open_ledger(
    dsn: str, settings: Settings, *, publishes_chosen: bool = True
) -> Generator[Ledger]:
    """The ledger in a database, ready to be read and written; stopped cleanly at the end.

    Without `publishes_chosen`, a pack of the operator's stays a draft.
    """
    pack = chosen_pack(settings.policy)
    ledger = Ledger(dsn, clock_of(settings), pack.name)
    try:
        ledger.start(shipped(), pack.canonical if publishes_chosen else None)
        with collecting_seldom():
            yield ledger
    finally:
        ledger.stop()


def clock_of(settings: Settings) -> Clock:
    """The clock that the settings name."""
    return SandboxClock() if settings.clock == "test" else SystemClock(system_now)


def system_now() -> int:
    """The machine's clock, in microseconds since 1970."""
    return time.time_ns() // 1_000


def chosen_pack(named: str) -> Chosen:
    """The pack that LEDGER_POLICY names: a shipped one, an edition of one, or a file."""
    known = shipped_packs()
    names = {ref.partition("@")[0] for ref in known}
    if named in names or named in known:
        return Chosen(named.partition("@")[0], None)
    document = canonical(read(load_pack(named)))
    return Chosen(policy_from_canonical(document).name, document)
