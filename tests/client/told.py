"""Standings as messages say them, made by hand, and a reader that says them."""

import json
import socket
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from threading import Thread
from typing import Any

from projections.broker.client import BrokerAway
from projections.broker.messages import Arrived, Message, Place
from projections.broker.topics import PROGRESS

TOPIC = "standings"
LOG = b"seller-ledger/1"


def instant(ago_s: float = 0.0) -> str:
    """So long ago, as messages say it."""
    return datetime.fromtimestamp(time.time() - ago_s, UTC).isoformat(timespec="microseconds")


def sign(position: int = 1, *, ago_s: float = 0.0, **more: Any) -> bytes:
    """What a publisher says that was up to date so long ago."""
    said: dict[str, Any] = {
        "position": str(position),
        "as_of": instant(ago_s),
        "looked_at": instant(ago_s),
        "valid_until": None,
        "sweep": None,
        "held_back": [],
        "publisher": {"position": position},
    }
    return json.dumps(said | more).encode()


def body(seller_id: str, position: int, **more: Any) -> bytes:
    """A standing as JSON; the points are the position, so that which it is can be seen."""
    return json.dumps(
        {
            "seller_id": seller_id,
            "as_of": "2026-01-01T00:00:00.000000Z",
            "known_at": "2026-01-01T00:00:00.000000Z",
            "position": str(position),
            "policy": "aliexpress@2020-01-01",
            "status": "active",
            "can_sell": True,
            "can_promote": True,
            "can_withdraw": True,
            "buckets": [
                {
                    "bucket": "points",
                    "value": position,
                    "limit": 48,
                    "to_next_milestone": 48 - position,
                    "next_milestone": "suspension",
                }
            ],
            "sanctions": [],
            "freezes": [],
            "next_change_at": None,
            "valid_until": None,
        }
        | more
    ).encode()


class FakeReader:
    """Two topics in memory: what is appended to `messages` is read, unless the broker is away. A
    publisher that lives says so in between.
    """

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.signs: list[Message] = []
        self.away = False
        self.lives = True
        self.ends_at: int | None = None
        self.opened = 0
        self.reads = 0
        self.next = [0, 0]

    def open(self) -> "FakeReader":
        self.opened += 1
        self.next = [0, 0]
        return self

    def say(self, seller_id: str, value: bytes | None) -> None:
        self.messages.append(Message(TOPIC, seller_id.encode(), value))

    def sign(self, value: bytes | None, log: bytes = LOG) -> None:
        self.signs.append(Message(PROGRESS, log, value))

    def read(self, patience_s: float) -> list[Arrived]:
        self.reads += 1
        if self.away:
            raise BrokerAway("cut off")
        if self.lives:
            self.sign(sign())
        found: list[Arrived] = []
        for which, (topic, messages) in enumerate(self._topics()):
            begin, self.next[which] = self.next[which], max(self.next[which], len(messages))
            read = range(begin, self.next[which])
            found += [Arrived(Place(topic, 0, each), messages[each], 0) for each in read]
        if len(found) < 2:
            time.sleep(min(patience_s, 0.01))
        return found

    def go_to(self, places: Sequence[Place]) -> None:
        ((topic, partition, offset),) = places
        assert (topic, partition) == (PROGRESS, 0)
        self.next[1] = offset

    def places(self) -> dict[tuple[str, int], int]:
        return {(TOPIC, 0): self.next[0], (PROGRESS, 0): self.next[1]}

    def ends(self) -> dict[tuple[str, int], int]:
        if self.away:
            raise BrokerAway("cut off")
        end = len(self.messages) if self.ends_at is None else self.ends_at
        return {(TOPIC, 0): end, (PROGRESS, 0): len(self.signs)}

    def close(self) -> None:
        pass

    def heard(self) -> None:
        """Wait until all that was said before this is taken, and was looked behind."""
        # The next read brings it, and the one behind that begins when it was taken.
        reads = self.reads
        until(lambda: self.reads >= reads + 2)

    def _topics(self) -> list[tuple[str, list[Message]]]:
        return [(TOPIC, self.messages), (PROGRESS, self.signs)]


@contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Generator[str]:
    """A server of one's own making on loopback: each connection is handed to `answer`."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                Thread(target=_each, args=(answer, connection), daemon=True).start()

    Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def _each(answer: Callable[[socket.socket], None], connection: socket.socket) -> None:
    with connection, suppress(OSError):
        answer(connection)


def sent(connection: socket.socket, content: bytes, status: int = 200, **headers: str) -> None:
    """Answer one request."""
    said = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {status} x\r\ncontent-length: {len(content)}\r\n{said}\r\n"
    connection.sendall(head.encode() + content)


def asked(connection: socket.socket) -> bytes:
    """The head of the next request; empty where none comes any more."""
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(65_536)
        if not piece:
            return b""
        head += piece
    return head


def until(true: Callable[[], object], within_s: float = 10.0) -> None:
    """Wait until something is so."""
    end = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end, "it never came to be so"
        time.sleep(0.01)
