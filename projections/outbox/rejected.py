"""Messages that could not be taken, on their way to those who sent them: as they came, with why."""

from base64 import b64decode
from typing import Any, Final, TypeAlias

import msgspec
import psycopg

from ledger.store.sql import queries
from projections.broker.messages import Headers, Message
from projections.broker.topics import REJECTED
from projections.outbox.telling import Relayed

SQL: Final = queries("projections.outbox", "rejected.sql")
MOST_BYTES: Final = 4 << 20
"""Of messages in one transaction: a hundred of the largest may take longer than it may last."""
PROBLEM: Final = "problem"
"""The header that says why."""

Connection: TypeAlias = psycopg.Connection[Any]


class RejectedMessages:
    """The table of them, on the connection that holds the right to publish."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def after(self, number: int, most: int) -> list[Relayed]:
        """As `Relays.after`."""
        asked = {"after": number, "limit": most, "bytes": MOST_BYTES}
        rows = self._connection.execute(SQL["rejected_after"], asked).fetchall()
        return [
            Relayed(number, Message(REJECTED, key, value, _headers(headers, problem)))
            for number, key, value, headers, problem in rows
        ]

    def sent(self, number: int) -> None:
        """As `Relays.sent`."""
        self._connection.execute(SQL["forget_rejected"], {"number": number})

    def shorten(self, number: int) -> None:
        """As `Relays.shorten`: the value goes first, then the headers, the key last."""
        self._connection.execute(SQL["shorten_rejected"], {"number": number})


def _headers(headers: list[tuple[str, str | None]], problem: dict[str, Any]) -> Headers:
    """Those that the message came with, and the problem, whatever it called so itself."""
    came = ((name, b64decode(value or "")) for name, value in headers if name != PROBLEM)
    return (*came, (PROBLEM, msgspec.json.encode(problem)))
