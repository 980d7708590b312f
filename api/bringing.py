"""Brings what became of requests from the clerk's thread to the event loop that waits for it.

A transaction answers many requests at once, and the loop is woken for all of them together.
"""

import asyncio
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any, Final
from weakref import WeakKeyDictionary

from ledger.clerk import Outcome
from ledger.store.refusals import Unavailable

PATIENCE_S: Final = 15.0
"""Longer than a writer waits for the log's lock. A database that hangs ends no wait by itself."""

Done = Future[list[Outcome]]


async def brought(done: Done) -> list[Outcome]:
    """The outcomes, once they are durable; raises what the clerk did, or `Unavailable`."""
    loop = asyncio.get_running_loop()
    bringer = _BRINGERS.get(loop)
    if bringer is None:
        bringer = _BRINGERS[loop] = Bringer(loop)
    return await bringer.wait_for(done)


def waited_for(done: Done) -> list[Outcome]:
    """The same for who waits in a thread, and has nothing to ask again for: what was begun may
    still be written.
    """
    try:
        return done.result(PATIENCE_S)
    except TimeoutError:
        done.cancel()
        raise Unavailable("the database does not answer in time") from None


class Bringer:
    """Hands outcomes over to one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._come: deque[tuple[Waiting, Done]] = deque()
        self._woken = False

    async def wait_for(self, done: Done) -> list[Outcome]:
        """Wait in the loop's own way; who stops waiting asks for nothing that was not begun."""
        waiting: Waiting = self._loop.create_future()
        late = self._loop.call_later(PATIENCE_S, _give_up, waiting, done)
        done.add_done_callback(partial(self._take, waiting))
        try:
            return await waiting
        except asyncio.CancelledError:
            done.cancel()
            raise
        finally:
            late.cancel()

    def _take(self, waiting: "Waiting", done: Done) -> None:
        """In the clerk's thread."""
        self._come.append((waiting, done))
        if not self._woken:
            self._woken = True
            with suppress(RuntimeError):  # the loop has ended, and with it whoever waited
                self._loop.call_soon_threadsafe(self._hand_over)

    def _hand_over(self) -> None:
        # Before the first is taken: whoever comes while we work and is not seen wakes us again.
        self._woken = False
        while self._come:
            waiting, done = self._come.popleft()
            if waiting.done():
                continue
            failure = done.exception()
            if failure is None:
                waiting.set_result(done.result())
            else:
                waiting.set_exception(failure)


Waiting = asyncio.Future[list[Outcome]]
_BRINGERS: Final[WeakKeyDictionary[Any, Bringer]] = WeakKeyDictionary()


def _give_up(waiting: "Waiting", done: Done) -> None:
    if waiting.done():
        return
    waiting.set_exception(
        Unavailable(
            "the database does not answer, and nothing was written"
            if done.cancel()
            else "the database does not answer in the middle of a write: ask again with the same "
            "id, and the answer says whether it was kept"
        )
    )
