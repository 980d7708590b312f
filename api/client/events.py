"""Server-sent events as they come off a connection, in pieces cut anywhere."""

from collections.abc import Iterator
from typing import Final, NamedTuple

LONGEST: Final = 4 << 20
"""Bytes of one event; more is no stream of ours."""


class Event(NamedTuple):
    """One block of the stream. Without data it only says where the reader stands."""

    name: str
    data: bytes
    place: str | None
    """The `id` of this block, if it has one."""
    comment: str


class Events:
    """Puts pieces together."""

    def __init__(self) -> None:
        self._rest = b""

    def take(self, piece: bytes) -> Iterator[Event]:
        """The events that this piece completes; raises `ValueError` where one has no end."""
        *whole, self._rest = (self._rest + piece).replace(b"\r\n", b"\n").split(b"\n\n")
        if len(self._rest) > LONGEST:
            raise ValueError(f"an event is longer than {LONGEST:,} bytes")
        for block in whole:
            yield _event(block)


def _event(block: bytes) -> Event:
    name, comment, place = "message", "", None
    data: list[bytes] = []
    for line in block.split(b"\n"):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        match field:
            case b"":
                comment = value.decode(errors="replace")
            case b"event":
                name = value.decode(errors="replace")
            case b"id":
                place = value.decode(errors="replace")
            case b"data":
                data.append(value)
            case _:
                pass
    return Event(name, b"\n".join(data), place, comment)
