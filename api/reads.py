"""Reading sensitive records is itself recorded: who read what, when, and how many rows.

It is written down beside the log before the first byte of an answer leaves. Where that cannot be
done nothing is told. What counts as sensitive is in `api/sensitive.py`.
"""

from typing import Any, Final, NamedTuple

import psycopg
import structlog
from psycopg.types.json import Jsonb

from api.refusals import ReadNotRecorded
from ledger.log import Log
from ledger.store.refusals import Unavailable
from ledger.store.sql import queries

SQL: Final = queries("api", "reads.sql")
OPERATOR: Final = "operator"
"""Who reads where nobody shows a key: at the terminal, and with LEDGER_AUTH=off."""

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


def record_read(log: Log, read: Read) -> int:
    """Write a read down and return its number; raises `ReadNotRecorded`."""
    values: dict[str, Any] = {
        "read_at": log.now(),
        "who": read.who,
        "what": read.what,
        "seller_id": next(iter(read.asked.get("seller_id", [])), None),
        "asked": Jsonb(read.asked),
        "rows": read.rows,
    }
    try:
        with log.reader.cursor() as cursor:
            (number,) = cursor.execute(SQL["record_read"], values).fetchone() or (0,)
    except (psycopg.Error, Unavailable):
        raise ReadNotRecorded from None
    return number


def record_at_terminal(log: Log, what: str, rows: int | None, **asked: str | None) -> int:
    """Write down what is read at the terminal; raises `ReadNotRecorded`."""
    told = {name: [value] for name, value in asked.items() if value is not None}
    return record_read(log, Read(OPERATOR, what, told, rows))


def record_end(log: Log, number: int, rows: int) -> None:
    """Write down how many rows of a file were handed on. They have left by now: where it cannot
    be written, the read itself stands, and the log of the server says so.
    """
    try:
        with log.reader.cursor() as cursor:
            cursor.execute(SQL["record_end"], {"number": number, "rows": rows})
    except (psycopg.Error, Unavailable):
        _log.warning("the end of a recorded read could not be written", read=number)
