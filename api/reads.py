"""Reading sensitive records is itself recorded: who read what, when, and how many rows.

It is written down beside the log before the first byte of an answer leaves, and where people's own
words are handed out in the log as well, as a fact. Where that cannot be done nothing is told. What
counts as sensitive is in `api/sensitive.py`.
"""

from typing import Any, Final, NamedTuple, TypeAlias

import psycopg
import structlog
from psycopg import Cursor
from psycopg.types.json import Jsonb

from api.bringing import waited_for
from api.looking import Looking
from api.refusals import ReadNotRecorded
from ledger.facts.ids import fact_id
from ledger.facts.instants import Instant
from ledger.facts.reads import SensitiveRecordRead
from ledger.facts.refusal import Refusal
from ledger.ledger import Ledger
from ledger.reads import record_read as append_read
from ledger.store.refusals import Unavailable
from ledger.store.sql import queries
from ledger.store.turn import Turn
from ledger.taking.requests import Outcome

SQL: Final = queries("api", "reads.sql")
OPERATOR: Final = "operator"
"""Who reads where nobody shows a key: at the terminal, and with LEDGER_AUTH=off."""

Recording: TypeAlias = Ledger | Looking
"""A log in which reads can be recorded: a server's, or that of a command."""

_log: Final = structlog.get_logger("seller-ledger")


class Read(NamedTuple):
    """One read of sensitive records."""

    who: str
    """The subject of a key, or `operator`."""
    what: str
    """As the route names it: `appeal-texts`."""
    asked: dict[str, list[str]]
    """Ids that were asked for, and filters that are written like ids, by name; no free text."""
    rows: int | None
    """None for a file that is about to be sent."""
    words: bool = False
    """Whether the answer hands out what people wrote, which can be erased."""


def record_read(log: Recording, read: Read) -> int:
    """Write a read down and return its number; raises `ReadNotRecorded`.

    Where words are handed out it is a fact too. A page without a row hands out none.
    """
    try:
        if read.words and read.rows != 0:
            return _as_fact(log, read)
        with log.reader.cursor() as cursor:
            return _as_row(cursor, read, log.now(), None)
    except psycopg.Error:
        raise ReadNotRecorded(Unavailable("the database does not take it")) from None
    except Refusal as why:
        raise ReadNotRecorded(why) from None


def record_at_terminal(
    log: Looking, what: str, rows: int | None, *, words: bool = False, **asked: str | None
) -> int:
    """Write down what is read at the terminal; raises `ReadNotRecorded`."""
    told = {name: [value] for name, value in asked.items() if value is not None}
    return record_read(log, Read(OPERATOR, what, told, rows, words))


def record_end(log: Recording, number: int, rows: int) -> None:
    """Write down how many rows of a file were handed on. They have left by now: where it cannot
    be written, the read itself stands, and the log of the server says so.
    """
    try:
        with log.reader.cursor() as cursor:
            cursor.execute(SQL["record_end"], {"number": number, "rows": rows})
    except (psycopg.Error, Unavailable):
        _log.warning("the end of a recorded read could not be written", read=number)


def _as_fact(log: Recording, read: Read) -> int:
    """In one transaction: no fact is without its row, and no such row without its fact."""
    numbers: list[int] = []

    def work(turn: Turn) -> list[Outcome]:
        found = append_read(turn, _fact_of(read))
        address = fact_id(found.stream, found.version)
        numbers[:] = [_as_row(turn.cursor, read, found.fact.recorded_at, address)]
        return []

    if isinstance(log, Ledger):
        waited_for(log.clerk.submit_work(work, 1))
    else:
        log.post(work)
    return numbers[0]


def _fact_of(read: Read) -> SensitiveRecordRead:
    others = {name: tuple(ids) for name, ids in read.asked.items() if name != "seller_id"}
    return SensitiveRecordRead(
        recorded_at=0,
        actor=read.who,
        what=read.what,
        seller_id=_seller_in(read),
        asked=others,
        rows=read.rows,
    )


def _as_row(cursor: Cursor[Any], read: Read, at: Instant, address: str | None) -> int:
    values: dict[str, Any] = {
        "read_at": at,
        "who": read.who,
        "what": read.what,
        "seller_id": _seller_in(read),
        "asked": Jsonb(read.asked),
        "rows": read.rows,
        "fact_id": address,
    }
    cursor.execute(SQL["record_read"], values)
    (number,) = cursor.fetchone() or (0,)
    return int(number)


def _seller_in(read: Read) -> str | None:
    return next(iter(read.asked.get("seller_id", [])), None)
