"""The stream of standing changes: each is derived once, and fanned out to every reader.

The hub holds the newest changes as bytes; a reader is only a place among them, so thousands that
wait cost little. Who comes from further back reads the log by itself until it has caught up.
"""

import asyncio
import logging
from bisect import bisect_right
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from math import inf
from typing import Final, NamedTuple, TypeAlias

import msgspec
from sse_starlette import ServerSentEvent
from starlette.concurrency import run_in_threadpool

from api.problems import problem_of
from api.representations import When, position_text, standing_of
from ledger.facts.instants import format_instant
from ledger.facts.refusal import Refusal
from ledger.ledger import Ledger
from ledger.store.refusals import Busy, Unavailable
from projections.standing_changes import Change, PolicyChange, StandingChanges

LOOK_PAUSE_S: Final = 0.05
"""How long a commit of this process may wait before its readers hear of it."""
KEPT_READY: Final = 1_000
"""How far a reader may fall behind the others, in changes of about a kilobyte."""
MOST_READERS: Final = 10_000
"""Readers of one process; the rest of its connections is for those who ask and go."""
CATCHING_UP_AT_ONCE: Final = 2
"""Readers that read the log by themselves: each takes a thread and a connection from all others."""
SAY_AGAIN_S: Final = 10.0
"""How often a reader is told again that it has everything, as long as that is so."""
ASK_AGAIN_S: Final = 30.0
"""How often a reader's key is looked at again."""
UP_TO_DATE: Final = "up to date"
"""A comment, so that it is no event: from here on changes are told as they are made."""
_AT_ONCE: Final = 100
_BROKEN_PAUSE_S: Final = 1.0
_RETRY_MS: Final = 1_000
_FOLLOWED: Final = 20_000
_CAUGHT_UP: Final = 2_000

Welcome: TypeAlias = Callable[[], Awaitable[None]]
"""Raises a refusal once a reader may not read any more."""

_LOGGER: Final = logging.getLogger(__name__)


class PolicyNews(msgspec.Struct, frozen=True):
    """An edition was published; copies of standings are stale from `effective_at` on."""

    policy: str
    effective_at: When


class TooSlow(msgspec.Struct, frozen=True):
    """Why the stream ends, and where to go on."""

    last_event_id: str


class Ready(NamedTuple):
    """A change as it is sent."""

    position: int
    event: bytes


class Hub:
    """Follows the log's end for all readers of this process. Lives on one event loop."""

    def __init__(
        self, ledger: Ledger, *, pause_s: float = LOOK_PAUSE_S, kept: int = KEPT_READY
    ) -> None:
        self._ledger = ledger
        self._pause_s = pause_s
        self._kept = kept
        self._changes = StandingChanges(ledger.reader, _FOLLOWED)
        self._ready: list[Ready] = []
        self._since = 0
        self._read_to = 0
        self._moved = asyncio.Event()
        self._wanted = asyncio.Event()
        self._catching_up = asyncio.Semaphore(CATCHING_UP_AT_ONCE)
        self._readers = 0
        self._closed = False
        self._whole_at = self._asked_at = -inf

    @property
    def readers(self) -> int:
        """How many read at this moment."""
        return self._readers

    def check_room(self) -> None:
        """Raise `Busy` where one more reader would be too many."""
        if self._readers >= MOST_READERS:
            raise Busy(f"{MOST_READERS:,} readers are served here already")

    async def run(self) -> None:
        """Follow the log while anybody reads, until cancelled."""
        while True:
            await self._wanted.wait()
            try:
                if not await self._look():
                    await asyncio.sleep(self._pause_s)
            except Unavailable:
                await asyncio.sleep(_BROKEN_PAUSE_S)
            except Exception:  # a hub that ended would leave its readers waiting for ever
                _LOGGER.exception("standing changes could not be derived")
                await asyncio.sleep(_BROKEN_PAUSE_S)

    def close(self) -> None:
        """End every reader's stream, and those that come later."""
        self._closed = True
        self._wake()

    async def read(self, after: int, welcome: Welcome) -> AsyncGenerator[bytes]:
        """Everything after a position for one reader, without end; first where it stands.

        A reader that falls too far behind is told so, and its stream ends.
        """
        yield ServerSentEvent(id=position_text(after), retry=_RETRY_MS, sep="\n").encode()
        self._enter()
        try:
            async for place, events in self._catch_up(after):
                after = place
                if events:
                    yield events
            async for events in self._follow(after, welcome):
                yield events
        except Refusal as refusal:
            yield event_of("closed", problem_of(refusal))
        finally:
            self._leave()

    async def _catch_up(self, after: int) -> AsyncGenerator[tuple[int, bytes]]:
        """From the log itself, up to where the hub's own memory begins."""
        changes: StandingChanges | None = None
        while after < self._since and not self._closed:
            changes = changes or StandingChanges(self._ledger.reader, _CAUGHT_UP)
            async with self._catching_up:
                to = self._ledger.memory.head.last_position
                chunk = await run_in_threadpool(changes.after, after, to)
            after = chunk.end
            yield after, b"".join(self._as_sent(change).event for change in chunk.changes)

    async def _follow(self, after: int, welcome: Welcome) -> AsyncGenerator[bytes]:
        """From the hub's memory, as it grows."""
        asked_at, said_at = _now(), -inf
        while not self._closed:
            if after < self._since:
                yield event_of("too-slow", TooSlow(position_text(after)))
                return
            moved = self._moved
            begin = bisect_right(self._ready, after, key=_position)
            news = self._ready[begin : begin + _AT_ONCE]
            if news:
                after = news[-1].position
                yield b"".join(ready.event for ready in news)
            elif self._read_to > after:
                after = self._read_to
            elif self._whole_at > said_at:
                # Without it nobody could tell a reader that has everything from one far behind,
                # or a log that rests from a database that is away.
                said_at = self._whole_at
                yield ServerSentEvent(
                    id=position_text(after), comment=UP_TO_DATE, sep="\n"
                ).encode()
            else:
                with suppress(TimeoutError):
                    async with asyncio.timeout(ASK_AGAIN_S):
                        await moved.wait()
            now = _now()
            if now - asked_at >= ASK_AGAIN_S:
                asked_at = now
                with suppress(Unavailable):
                    await welcome()

    async def _look(self) -> bool:
        """Read one piece of what is new; whether there was any."""
        if self._asked_at == self._whole_at and _now() > self._whole_at + SAY_AGAIN_S:
            # The memory of this process follows the log, unless it is cut off: ask the log itself.
            asked_at = _now()
            await run_in_threadpool(self._ledger.reader.catch_up)
            self._asked_at = asked_at
        begin, to = self._read_to, self._ledger.memory.head.last_position
        if to <= begin:
            if self._asked_at > self._whole_at:
                self._whole_at = self._asked_at
                self._wake()
            return False
        chunk = await run_in_threadpool(self._changes.after, begin, to)
        if self._read_to != begin:
            return True  # all readers left meanwhile, and new ones came: they begin further on
        self._ready += map(self._as_sent, chunk.changes)
        if (over := len(self._ready) - self._kept) > 0:
            self._since = self._ready[over - 1].position
            del self._ready[:over]
        self._read_to = chunk.end
        self._wake()
        return True

    def _enter(self) -> None:
        if not self._readers:
            # Nobody listened until now: what was before is in the log for who wants it.
            self._since = self._read_to = self._ledger.memory.head.last_position
            self._ready.clear()
        self._readers += 1
        # Who comes hears soon that nothing is missing.
        self._whole_at = self._asked_at = -inf
        self._wanted.set()

    def _leave(self) -> None:
        self._readers -= 1
        if not self._readers:
            self._wanted.clear()

    def _wake(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()

    def _as_sent(self, change: Change) -> Ready:
        name, told = told_of(change, self._ledger)
        return Ready(change.position, event_of(name, told, change.position))


def told_of(change: Change, ledger: Ledger) -> tuple[str, msgspec.Struct]:
    """A change as others see it: what it is called, and what it says."""
    if isinstance(change, PolicyChange):
        return "policy", PolicyNews(change.policy, format_instant(change.effective_at))
    return "standing", standing_of(change.standing, ledger.rulebook.book)


def event_of(name: str, told: msgspec.Struct, position: int | None = None) -> bytes:
    """One event of the stream; those without a position leave the reader's place as it is."""
    return ServerSentEvent(
        msgspec.json.encode(told).decode(),
        event=name,
        id=None if position is None else position_text(position),
        sep="\n",
    ).encode()


def _now() -> float:
    return asyncio.get_running_loop().time()


def _position(ready: Ready) -> int:
    return ready.position
