"""Delivers to every endpoint, from one process at a time: a thread with an event loop of its own.

Each endpoint makes its rounds by itself, so one that is dead holds up nobody else; it rests
between its failures, longer each time.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import closing
from threading import Event, Thread
from typing import Final

import psycopg

from ledger.facts.instants import SECOND_US, Instant
from ledger.store.reader import Reader
from ledger.store.refusals import Unavailable
from projections.standing_changes import StandingChanges
from projections.webhooks import progress
from projections.webhooks.endpoints import UnknownWebhook
from projections.webhooks.progress import Connection
from projections.webhooks.rounds import PATIENCE, Messages, Patience, Rounds, Surroundings
from projections.webhooks.sending import ANSWER_WITHIN_S, Sender

PAUSE_S: Final = 0.2
ASK_FOR_RIGHT_S: Final = 1.0
LONGEST_REST_S: Final = 10.0
"""What somebody asks to be tried at once is tried after this long at most."""
ROUNDS_AT_ONCE: Final = 64
_LET_FINISH_S: Final = 2.0
_LOGGER: Final = logging.getLogger(__name__)


class Dispatcher:
    """A thread that delivers while this process has the right to; others wait to take over."""

    def __init__(
        self,
        reader: Reader,
        connect: Callable[[], Connection],
        messages: Messages,
        *,
        private: bool,
        now: Callable[[], Instant],
        chance: Callable[[], float],
        patience: Patience = PATIENCE,
        within_s: float = ANSWER_WITHIN_S,
    ) -> None:
        self._reader = reader
        self._connect = connect
        self._private = private
        self._within_s = within_s
        self._stopping = Event()
        self._given = Surroundings(messages, now, chance, self._stopping.is_set, patience)
        self._thread = Thread(target=self._run, name="webhooks", daemon=True)
        self._rests: dict[str, tuple[int, Instant]] = {}

    def start(self) -> None:
        """Begin to deliver, as soon as nobody else does."""
        self._thread.start()

    def stop(self) -> None:
        """Deliver no more; what is under way has a moment to be answered."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._with_right()
            except (Unavailable, psycopg.OperationalError):
                pass  # with the database gone the right is gone: ask for it again
            except Exception:  # a dispatcher that ended would leave every endpoint untold
                _LOGGER.exception("webhooks could not be delivered")
            self._stopping.wait(ASK_FOR_RIGHT_S)

    def _with_right(self) -> None:
        with closing(self._connect()) as connection:
            # The right is this session's: it ends with it.
            while not progress.take_dispatch(connection):
                if self._stopping.wait(ASK_FOR_RIGHT_S):
                    return
            asyncio.run(self._dispatch(connection))

    async def _dispatch(self, connection: Connection) -> None:
        async with Sender(private=self._private, within_s=self._within_s) as sender:
            rounds = Rounds(connection, StandingChanges(self._reader), sender, self._given)
            running: dict[str, asyncio.Task[bool]] = {}
            try:
                while not self._stopping.is_set():
                    for webhook_id in [w for w, task in running.items() if task.done()]:
                        task = running.pop(webhook_id)
                        self._rest(webhook_id, taken=_taken(task, connection))
                    await self._begin(connection, rounds, running)
                    await asyncio.sleep(PAUSE_S)
            finally:
                await _end(running)

    async def _begin(
        self, connection: Connection, rounds: Rounds, running: dict[str, asyncio.Task[bool]]
    ) -> None:
        now, log_end = self._given.now(), self._reader.memory.head.last_position
        wanting = await asyncio.to_thread(progress.with_work, connection, log_end, now)
        for webhook_id in wanting:
            _, rests_until = self._rests.get(webhook_id, (0, 0))
            if len(running) < ROUNDS_AT_ONCE and webhook_id not in running and rests_until <= now:
                running[webhook_id] = asyncio.create_task(rounds.make(webhook_id, log_end))

    def _rest(self, webhook_id: str, *, taken: bool) -> None:
        """Let an endpoint that did not take something rest for a while."""
        if taken:
            self._rests.pop(webhook_id, None)
            return
        failures = self._rests.get(webhook_id, (0, 0))[0] + 1
        rest_s = min(LONGEST_REST_S, self._given.patience.first_s * 2 ** min(failures - 1, 10))
        self._rests[webhook_id] = failures, self._given.now() + int(rest_s * SECOND_US)


def _taken(task: "asyncio.Task[bool]", connection: Connection) -> bool:
    """How a round ended; raises where the connection broke, and with it the right to go on."""
    try:
        return task.result()
    except UnknownWebhook:
        return True
    except Exception:
        if connection.closed:
            raise
        _LOGGER.exception("a webhook's round broke off")
        return False


async def _end(running: "dict[str, asyncio.Task[bool]]") -> None:
    if running:
        _, left = await asyncio.wait(running.values(), timeout=_LET_FINISH_S)
        for task in left:
            task.cancel()
        await asyncio.gather(*running.values(), return_exceptions=True)
