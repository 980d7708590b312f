"""One endpoint's round: what is due again, then what is new, in order, until something fails.

Rounds of several endpoints run side by side on the dispatcher's event loop; the database is asked
on threads, by plain functions.
"""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, NamedTuple, TypeAlias

from ledger.facts.instants import SECOND_US, Instant
from projections.standing_changes import Change, Chunk, StandingChanges
from projections.webhooks import endpoints, progress
from projections.webhooks.endpoints import Webhook
from projections.webhooks.progress import Connection, Due, Failure
from projections.webhooks.sending import Outcome, Sender
from projections.webhooks.signing import signed_headers

MOST_PENDING: Final = 100
"""An endpoint for which so many deliveries wait gets nothing new: its place in the log waits."""
_DUE_AT_ONCE: Final = 20
_NOTE_EVERY: Final = 20
"""Deliveries between two notes of the place, and so the most that are made twice after a crash."""
_CHUNKS_KEPT: Final = 16


class Message(NamedTuple):
    """A change as it is sent; the id is the same at every attempt."""

    message_id: str
    body: bytes


Messages: TypeAlias = Callable[[Change], Message]


class Patience(NamedTuple):
    """How often a delivery is tried, and how long is waited: longer each time, never quite alike.

    With these numbers the last attempt is made most of a day after the first.
    """

    attempts: int = 12
    first_s: float = 5.0
    factor: float = 3.0
    most_s: float = 6 * 3_600.0

    def pause_us(self, attempts: int, chance: float) -> Instant:
        """How long to wait after so many attempts; `chance` lies between 0 and 1."""
        pause_s = min(self.most_s, self.first_s * self.factor ** (attempts - 1))
        return int(pause_s * (0.8 + 0.4 * chance) * SECOND_US)


PATIENCE: Final = Patience()


class Surroundings(NamedTuple):
    """What rounds need and cannot make: clock and chance, how a change is written, and a signal
    to stop.
    """

    messages: Messages
    now: Callable[[], Instant]
    chance: Callable[[], float]
    stopping: Callable[[], bool]
    patience: Patience = PATIENCE


class Rounds:
    """Makes rounds for all endpoints, on one connection and one event loop."""

    def __init__(
        self, connection: Connection, changes: StandingChanges, sender: Sender, given: Surroundings
    ) -> None:
        self._connection = connection
        self._changes = changes
        self._sender = sender
        self._given = given
        self._chunks: dict[tuple[int, int], Chunk] = {}

    async def make(self, webhook_id: str, log_end: int) -> bool:
        """Try what is due and deliver what is new; False if the endpoint did not take something.

        Raises psycopg's errors, and `UnknownWebhook` if it was removed.
        """
        now = self._given.now()
        webhook = await asyncio.to_thread(endpoints.find, self._connection, webhook_id)
        again = await asyncio.to_thread(
            progress.due, self._connection, webhook_id, now, _DUE_AT_ONCE
        )
        for tried in again:
            if self._given.stopping():
                return True
            if not await self._again(webhook, tried):
                return False
        if webhook.pending - len(again) < MOST_PENDING and webhook.delivered_to < log_end:
            return await self._go_on(webhook, log_end)
        return True

    async def _again(self, webhook: Webhook, tried: Due) -> bool:
        chunk = await self._chunk(tried.position - 1, tried.position)
        outcome = Outcome(None, None)
        for change in chunk.changes:
            outcome = await self._send(webhook, change)
        where = (self._connection, webhook.webhook_id)
        if outcome.delivered:
            await asyncio.to_thread(progress.delivered, *where, tried.position)
            return True
        failure = self._failure(outcome, tried.attempts + 1)
        dead = tried.attempts + 1 >= self._given.patience.attempts
        await asyncio.to_thread(progress.failed_again, *where, tried, failure, dead=dead)
        await self._heed(webhook, outcome)
        return False

    async def _go_on(self, webhook: Webhook, log_end: int) -> bool:
        """Deliver one chunk of the log, and note the place now and then."""
        where = (self._connection, webhook.webhook_id)
        known = place = webhook.delivered_to
        chunk = await self._chunk(known, log_end)
        unnoted = 0
        for change in filter(webhook.wants, chunk.changes):
            outcome = await self._send(webhook, change)
            if not outcome.delivered:
                failure = self._failure(outcome, 1)
                if place > known and not await asyncio.to_thread(
                    progress.advance, *where, known, place
                ):
                    return True
                await asyncio.to_thread(progress.put_off, *where, place, change.position, failure)
                await self._heed(webhook, outcome)
                return False
            place, unnoted = change.position, unnoted + 1
            if unnoted == _NOTE_EVERY or self._given.stopping():
                noted = await asyncio.to_thread(progress.advance, *where, known, place)
                if not noted or self._given.stopping():
                    return True
                known, unnoted = place, 0
        await asyncio.to_thread(progress.advance, *where, known, chunk.end)
        return True

    async def _send(self, webhook: Webhook, change: Change) -> Outcome:
        now = self._given.now()
        # Asked each time: a secret may have been rotated, or the endpoint removed, a moment ago.
        keys = await asyncio.to_thread(endpoints.keys_of, self._connection, webhook.webhook_id, now)
        message_id, body = self._given.messages(change)
        headers = signed_headers(keys, message_id, now // SECOND_US, body)
        return await self._sender.send(webhook.url, headers, body)

    async def _heed(self, webhook: Webhook, outcome: Outcome) -> None:
        """An endpoint that says that it is gone for good is left alone."""
        if outcome.status == HTTPStatus.GONE:
            why = "it answered 410 Gone"
            await asyncio.to_thread(progress.disable, self._connection, webhook.webhook_id, why)

    def _failure(self, outcome: Outcome, attempts: int) -> Failure:
        now = self._given.now()
        pause_us = self._given.patience.pause_us(attempts, self._given.chance())
        return Failure(outcome.problem or "", now, now + pause_us)

    async def _chunk(self, after: int, to: int) -> Chunk:
        """A piece of the log; endpoints that keep pace with each other share it."""
        found = self._chunks.get((after, to))
        if found is None:
            found = await asyncio.to_thread(self._changes.after, after, to)
            self._chunks[after, to] = found
            while len(self._chunks) > _CHUNKS_KEPT:
                del self._chunks[next(iter(self._chunks))]
        return found
