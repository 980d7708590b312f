"""Following the stream of standing changes, from now on and without a gap from then on."""

import asyncio
import time
from typing import Any, Final

import httpcore
import msgspec

from api.client.asking import Ledger, refused
from api.client.copies import Copies
from api.client.events import Event, Events
from api.client.following import Following
from api.client.standing import Unreadable, read_standing, seconds_of

SILENCE_S: Final = 40.0
"""A stream that says nothing for so long is dead: a live one says something every 15 seconds."""
_CONNECT_S: Final = 5.0
_TIMEOUTS: Final = {"connect": _CONNECT_S, "write": _CONNECT_S, "pool": _CONNECT_S}
_POSITION_IN_FUTURE: Final = 422


class _Policy(msgspec.Struct, frozen=True):
    effective_at: str


class _Named(msgspec.Struct, frozen=True):
    """As much of a standing as has to be readable to know whose it is."""

    seller_id: str


class StreamEnded(Exception):
    """The ledger ended the stream, or its connection broke."""


class StreamFollower:
    """Follows the stream into copies; `run` goes on until it is cancelled."""

    def __init__(self, ledger: Ledger, copies: Copies) -> None:
        self.following = Following("the stream")
        self._ledger = ledger
        self._copies = copies
        self.place: str | None = None
        self._said_whole = False

    async def run(self) -> None:
        """Read, and connect again where that ends."""
        async with self._ledger.pool() as pool:
            while True:
                try:
                    await self._read(pool)
                except Exception as problem:  # noqa: BLE001 - see `TopicFollower`
                    why = f"{type(problem).__name__}: {problem}".removesuffix(": ")
                    await asyncio.sleep(self.following.lost(why))

    async def _read(self, pool: httpcore.AsyncConnectionPool) -> None:
        headers = self._ledger.headers((b"accept", b"text/event-stream"))
        if self.place is not None:
            headers.append((b"last-event-id", self.place.encode()))
        address, extensions = (
            f"{self._ledger.base}/v1/standings/stream",
            {"timeout": {**_TIMEOUTS, "read": SILENCE_S}},
        )
        async with pool.stream("GET", address, headers=headers, extensions=extensions) as answer:
            if answer.status != 200:
                await answer.aread()
                if answer.status == _POSITION_IN_FUTURE:
                    # Another log: what was told of this one is not of that one.
                    self.place = None
                    self._copies.drop()
                raise refused(answer)
            events = Events()
            async for piece in answer.aiter_stream():
                for event in events.take(piece):
                    self.take(event)
                if self._said_whole:
                    # What else comes says that the server lives, not that it reads its log.
                    self._said_whole = False
                    self._copies.alive(time.monotonic())
                    self.following.found()
        raise StreamEnded("the connection was closed")

    def take(self, event: Event) -> None:
        """One event; raises `StreamEnded` for those that end the stream."""
        if event.comment == "up to date":
            self._said_whole = True
        if event.data:
            match event.name:
                case "standing":
                    self._take_standing(event.data)
                case "policy":
                    self._take_policy(event)
                case "too-slow":
                    self.place = str(_decoded(event.data).get("last_event_id", self.place))
                    raise StreamEnded("too slow for the stream")
                case "closed":
                    raise StreamEnded(f"closed: {_decoded(event.data).get('title', '')}")
                case _:
                    pass
        if event.place is not None:
            if self.place is None:
                # Changes up to here are told to nobody any more.
                self._copies.keep_from(int(event.place))
            self.place = event.place

    def _take_standing(self, data: bytes) -> None:
        try:
            copy = read_standing(data)
        except Unreadable:
            self._copies.take_unreadable(_seller_in(data))
        else:
            self._copies.take(copy.standing.seller_id, copy)

    def _take_policy(self, event: Event) -> None:
        """Limits may be others from an instant on: what is here is good up to then."""
        try:
            until_s = seconds_of(msgspec.json.decode(event.data, type=_Policy).effective_at)
        except ValueError:
            self._copies.take_unreadable(None)
            until_s = 0.0
        if event.place is not None:
            self._copies.keep_from(int(event.place))
        self._copies.no_longer_than(until_s)


def _seller_in(data: bytes) -> str | None:
    try:
        return msgspec.json.decode(data, type=_Named).seller_id
    except ValueError:
        return None


def _decoded(data: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(data, type=dict[str, Any])
    except ValueError:
        return {}
