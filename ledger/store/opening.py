"""Opening a log: connections as the ledger needs them, and what this process remembers at first."""

from typing import Any, Final

import psycopg

from ledger.standing.rulebook import Rulebook
from ledger.store.clocks import Clock
from ledger.store.loading import SQL, load_book, read_head
from ledger.store.memory import MOST_SELLERS, Memory
from ledger.store.refusals import ClockChanged, OtherPack

WRITER_OPTIONS: Final = "-c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"
LONE_OPTIONS: Final = (
    "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
)
"""The server ends the session of a machine that is gone, and with it the lease that it holds, after
half a minute; else that would last for hours."""
GIVEN_UP_MS: Final = 30_000
"""After so long without a word a server is taken for gone, and the connection for lost."""


def connect_writer(dsn: str) -> "psycopg.Connection[Any]":
    """The connection of a journal: it waits for the log's lock, for ten seconds at most."""
    return psycopg.connect(
        dsn, options=WRITER_OPTIONS, application_name="seller-ledger writer", connect_timeout=5
    )


def connect_alone(dsn: str, called: str) -> "psycopg.Connection[Any]":
    """A connection outside the readers' pool, for who keeps one as long as it lives."""
    return psycopg.connect(
        dsn,
        autocommit=True,
        options=LONE_OPTIONS,
        application_name=f"seller-ledger {called}",
        connect_timeout=5,
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
        tcp_user_timeout=GIVEN_UP_MS,
    )


def first_memory(dsn: str, pack: str, clock: Clock, most_sellers: int = MOST_SELLERS) -> Memory:
    """Begin the log if there is none, and read its end and its rules.

    Raises `OtherPack` or `ClockChanged` for a log that was begun otherwise.
    """
    with connect_writer(dsn) as connection, connection.cursor() as cursor:
        cursor.execute(SQL["begin_log"], {"clock": "system", "pack": pack})
        head = read_head(cursor)
        if head.pack != pack:
            raise OtherPack(head.pack, pack)
        if head.clock == "test" and clock.kind != "test":
            raise ClockChanged
        return Memory(head, Rulebook(load_book(cursor), pack), most_sellers)
