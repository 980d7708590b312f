"""What `seller-ledger doctor` looks at: each finding is one plain sentence."""

import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal, NamedTuple

import psycopg

from api.opening import MIGRATIONS, chosen_pack, reachable, system_now
from api.settings import Settings
from ledger.facts.instants import SECOND_US, format_instant
from ledger.policy.document import canonical, digest, read
from ledger.policy.shipped import shipped_packs
from ledger.store.clocks import MOST_AHEAD_US
from ledger.store.head import Head
from ledger.store.lease import importing
from ledger.store.loading import SQL as LOADING
from ledger.store.loading import load_book, load_sellers, load_stream, replay
from ledger.store.migrate import DatabaseIsNewer, missing, versions
from ledger.store.sql import queries

SQL: Final = queries("api", "doctor.sql")
SAMPLE: Final = 100
LITTLE_ROOM: Final = 1 << 30
LATE_US: Final = 60 * SECOND_US
"""A server records what falls due within seconds."""

Verdict = Literal["good", "note", "bad"]


class Finding(NamedTuple):
    """One thing looked at."""

    what: str
    verdict: Verdict
    says: str


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything, from the outside inwards; what cannot be reached ends it."""
    yield _doors(settings)
    yield _room(settings)
    try:
        with _connected(settings) as connection:
            yield from _database(connection, settings)
    except psycopg.OperationalError as away:
        reason = (str(away).strip().splitlines() or ["no reason given"])[0]
        yield Finding("database", "bad", f"it cannot be reached: {reason}")


@contextmanager
def _connected(settings: Settings) -> Generator["psycopg.Connection[Any]"]:
    with reachable(settings) as dsn, psycopg.connect(dsn, connect_timeout=5) as connection:
        # One picture for all findings, whatever is written meanwhile.
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        yield connection


def _doors(settings: Settings) -> Finding:
    if settings.auth == "keys":
        return Finding("doors", "good", "keys are asked for")
    says = "LEDGER_AUTH=off: everybody on this machine may write, and only loopback is served"
    return Finding("doors", "note", says)


def _room(settings: Settings) -> Finding:
    folder = settings.data_dir
    there = next(f for f in (folder, *folder.parents) if f.exists())
    free = shutil.disk_usage(there).free
    says = f"{folder} has {free / (1 << 30):,.1f} GiB of room"
    return Finding("data folder", "good" if free > LITTLE_ROOM else "bad", says)


def _database(connection: "psycopg.Connection[Any]", settings: Settings) -> Iterator[Finding]:
    version, size = _row(connection.execute(SQL["server"]))
    yield Finding("database", "good", f"PostgreSQL {version}, {size / (1 << 20):,.1f} MiB")
    try:
        with connection.transaction():
            lacking = missing(connection, versions(MIGRATIONS))
    except psycopg.errors.UndefinedTable:
        lacking = versions(MIGRATIONS)
    except DatabaseIsNewer as newer:
        yield Finding("migrations", "bad", str(newer))
        return
    if lacking:
        says = f"{', '.join(lacking)} will be applied at the next start; the log was not looked at"
        yield Finding("migrations", "note", says)
        return
    yield Finding("migrations", "good", f"all applied, up to {versions(MIGRATIONS)[-1]}")
    yield from _log(connection, settings)


def _log(connection: "psycopg.Connection[Any]", settings: Settings) -> Iterator[Finding]:
    row = connection.execute(LOADING["read_head"]).fetchone()
    if row is None:
        yield Finding("log", "note", "it was not begun: the first start does that")
        return
    head = Head.of(row)
    yield _end(connection, head)
    yield _clock(head, settings)
    yield _lease(connection)
    yield _due(connection, head)
    yield from _packs(connection, head, settings)
    yield _memos(connection)


def _end(connection: "psycopg.Connection[Any]", head: Head) -> Finding:
    (last,) = _row(connection.execute(SQL["last_position"]))
    if last != head.last_position:
        says = f"the newest fact is {last}, and log_head says {head.last_position}"
        return Finding("log", "bad", says)
    when = f", the last at {format_instant(head.last_recorded_at)}" if last else ""
    return Finding("log", "good", f"{last:,} facts{when}")


def _clock(head: Head, settings: Settings) -> Finding:
    if head.clock != settings.clock:
        says = f"the log is driven by the {head.clock} clock, and LEDGER_CLOCK={settings.clock}"
        return Finding("clock", "bad" if head.clock == "test" else "note", says)
    if head.clock == "system" and head.last_recorded_at > system_now() + MOST_AHEAD_US:
        says = f"the log's last fact lies in the future: {format_instant(head.last_recorded_at)}"
        return Finding("clock", "bad", says)
    return Finding("clock", "good", f"the {head.clock} clock")


def _lease(connection: "psycopg.Connection[Any]") -> Finding:
    label, alive = importing(connection)
    if label is None:
        return Finding("import", "good", "no history import holds the log")
    if alive:
        return Finding("import", "note", f"{label} is being imported; other writers wait")
    says = (
        f"{label} was begun and is not finished: nothing else can be written. Import the same "
        "file again, or give it up with `seller-ledger import FILE --history --abandon`"
    )
    return Finding("import", "bad", says)


def _due(connection: "psycopg.Connection[Any]", head: Head) -> Finding:
    now = head.clock_at or head.last_recorded_at if head.clock == "test" else system_now()
    sellers, oldest = _row(connection.execute(SQL["waiting_due"], {"now": now}))
    if not sellers:
        return Finding("due work", "good", "everything that fell due is recorded")
    says = f"{sellers:,} sellers wait for facts that fell due from {format_instant(oldest)} on"
    late = now - oldest > LATE_US
    more = ": a running server records them; readers see them already" if late else ""
    return Finding("due work", "note", says + more)


def _packs(
    connection: "psycopg.Connection[Any]", head: Head, settings: Settings
) -> Iterator[Finding]:
    pack = chosen_pack(settings.policy).name
    if pack != head.pack:
        says = f"the log was begun under {head.pack}, and LEDGER_POLICY names {pack}"
        yield Finding("policy", "bad", says)
    with connection.cursor() as cursor:
        held = {e.policy.ref: e.policy.digest for e in load_book(cursor).editions}
    shipped = {ref: digest(canonical(read(text))) for ref, text in shipped_packs().items()}
    other = sorted(ref for ref in shipped.keys() & held.keys() if shipped[ref] != held[ref])
    absent = sorted(shipped.keys() - held.keys())
    if other:
        says = f"shipped with other content than the log holds, which decides: {', '.join(other)}"
        yield Finding("packs", "bad", says)
    elif absent:
        yield Finding("packs", "note", f"shipped, and not in the log: {', '.join(absent)}")
    else:
        yield Finding("packs", "good", f"{len(held)} editions, all shipped ones among them")


def _memos(connection: "psycopg.Connection[Any]") -> Finding:
    rows = connection.execute(SQL["some_sellers"], {"most": SAMPLE}).fetchall()
    sellers = [seller_id for (seller_id,) in rows]
    with connection.cursor() as cursor:
        kept = load_sellers(cursor, sellers)
        differing = sorted(
            seller_id
            for seller_id in sellers
            if kept[seller_id].seller != replay(seller_id, load_stream(cursor, seller_id))
        )
    if differing:
        says = f"what is kept of {', '.join(differing[:5])} is not what the facts say"
        return Finding("memos", "bad", says)
    return Finding("memos", "good", f"{len(sellers)} sellers, taken by lot, are as their facts say")


def _row(found: "psycopg.Cursor[Any]") -> Any:
    return found.fetchone()
