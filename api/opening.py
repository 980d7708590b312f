"""How a command reaches the ledger: the database that is configured, the one a server of this
folder runs, or one started for the moment.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, Self

import psycopg

from api.parts import MIGRATIONS, chosen_pack, system_now
from api.settings import Settings, read_settings, refuse_open_doors
from ledger.facts.instants import Instant
from ledger.facts.refusal import Refusal
from ledger.log import KnownAtInFuture
from ledger.policy.book import Book, PublishedEdition
from ledger.policy.check import policy_from_canonical
from ledger.policy.document import PackData, canonical, from_canonical, read
from ledger.policy.policy import Policy
from ledger.policy.shipped import shipped_packs
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Seller
from ledger.standing.standing import Standing, current, standing
from ledger.store.clocks import Clock, SandboxClock, SystemClock
from ledger.store.head import Head
from ledger.store.loading import SQL as LOADING
from ledger.store.migrate import migrate
from ledger.store.opening import first_memory, open_pool
from ledger.store.reader import Reader
from ledger.store.server import EmbeddedPostgres, running_dsn
from ledger.store.sql import queries

SQL: Final = queries("api", "opening.sql")


def settings_of(data_dir: Path | None) -> Settings:
    """The settings, with what the command line gave on top."""
    return read_settings(data_dir=data_dir)


def demo_settings(data_dir: Path | None, host: str) -> Settings:
    """The same for the demonstration: without keys, so it is served on this machine only."""
    settings = read_settings(data_dir=data_dir, auth="off")
    refuse_open_doors(settings, host)
    return settings


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
    shipped = [canonical(read(text)) for text in shipped_packs().values()]
    return pack.name, [*shipped, *([] if pack.canonical is None else [pack.canonical])]


@contextmanager
def database(settings: Settings) -> Generator[str]:
    """The DSN of the ledger's database, brought to this program's migrations."""
    with reachable(settings) as dsn:
        migrate(dsn, MIGRATIONS)
        yield dsn


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


class Looking:
    """A log that is only read: from `with` to its end."""

    def __init__(self, dsn: str, settings: Settings) -> None:
        self._clock = _clock_of_log(dsn)
        pack, packs = packs_of(settings)
        self._memory = first_memory(dsn, pack, self._clock)
        if self._memory.head.last_position == 0:
            self._memory.rulebook = Rulebook(_book_to_be(packs), pack)
        self._pool = open_pool(dsn, 1)
        self.reader = Reader(self._pool, self._memory)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    @property
    def rulebook(self) -> Rulebook:
        """The rules as known now."""
        return self._memory.rulebook

    def pack_in_force(self, pack: str, at: Instant) -> tuple[Policy, PackData]:
        """The edition in force at an instant, as far as is known now, and what it says."""
        policy = self.rulebook.book.in_force(pack, at, self.now())
        with self.reader.cursor() as cursor:
            cursor.execute(SQL["canonical"], {"digest": policy.digest})
            row = cursor.fetchone()
        text = shipped_packs().get(policy.ref, "")
        return policy, read(text) if row is None else from_canonical(row[0])

    def now(self) -> Instant:
        """The present by the log's own clock."""
        return self._clock.now(self._memory.head)

    def standing(
        self, seller_id: str, as_of: Instant | None = None, known_at: Instant | None = None
    ) -> Standing:
        """A standing, as `Ledger.standing` gives it; raises `KnownAtInFuture`."""
        if as_of is None and known_at is None:
            return current(self.reader.seller(seller_id), self.rulebook, self.now())
        seller, as_of, known_at = self.known(seller_id, as_of, known_at)
        return standing(seller, self.rulebook, as_of, known_at)

    def known(
        self, seller_id: str, as_of: Instant | None, known_at: Instant | None
    ) -> tuple[Seller, Instant, Instant]:
        """A seller as known at an instant, with the two instants of the question."""
        if known_at is None:
            seller = self.reader.seller(seller_id)
            known_at = max(seller.recorded_at, self.rulebook.known_since)
            return seller, self.now() if as_of is None else as_of, known_at
        if known_at > self.now():
            raise KnownAtInFuture("known_at lies in the future", field="--known-at")
        if self._clock.kind == "system":
            self.reader.settle(known_at)
        seller = self.reader.seller_as_known(seller_id, known_at)
        return seller, known_at if as_of is None else as_of, known_at


def _book_to_be(packs: Sequence[bytes]) -> Book:
    """The editions that a log which nobody has written to yet will begin with."""
    policies = sorted(map(policy_from_canonical, packs), key=lambda p: (p.published_at, p.ref))
    book = Book()
    for position, policy in enumerate(policies, start=1):
        book = book.with_edition(PublishedEdition(policy, policy.published_at, position))
    return book


def _clock_of_log(dsn: str) -> Clock:
    """A sandbox's log is read by the sandbox's clock, whatever the settings say."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute(LOADING["read_head"]).fetchone()
    return SandboxClock() if row and Head.of(row).clock == "test" else SystemClock(system_now)
