"""What goes on behind a copy: one thread for HTTP and the stream, another for the topic.

They are started by the first who needs them, and again in a forked process, which has the copies of
the one before it and none of its threads.
"""

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as NotInTime
from contextlib import suppress
from functools import partial
from threading import Lock
from typing import Final, NamedTuple, TypeVar
from weakref import WeakSet

from api.client.asking import MOST_AT_ONCE, Asker, Ledger
from api.client.background import Background
from api.client.copies import Copies
from api.client.failures import Closed, Unanswered
from api.client.following import Following
from api.client.following_stream import StreamFollower
from api.client.following_topic import TopicFollower, TopicReader
from api.client.sources import Source, Topic
from api.client.standing import Standing
from projections.broker.address import Address

_GRACE_S: Final = 0.25
"""How much later than its deadline an answer from the other thread is given up."""
_CLOSE_S: Final = 2.0
BEHIND: Final = "the ledger's answer is older than what is known, which is over"

T = TypeVar("T")


class Several(NamedTuple):
    """Standings of many sellers; where some are missing, `why` may say the reason."""

    found: dict[str, Standing]
    why: Unanswered | None


class _Running:
    """The threads of one process."""

    def __init__(self, ledger: Ledger, deadline_s: float) -> None:
        self.background = Background("standings-http")
        self.asker = self.background.run(_made(ledger, deadline_s)).result()
        self.topic: TopicFollower | None = None

    def stop(self) -> None:
        if self.topic is not None:
            self.topic.stop()
        with suppress(NotInTime):
            self.background.run(self.asker.close()).result(_CLOSE_S)
        self.background.stop()


class Answering:
    """Asks over HTTP and follows a source into copies, from any thread and any process."""

    def __init__(self, ledger: Ledger, copies: Copies, source: Source, deadline_s: float) -> None:
        self._ledger = ledger
        self._copies = copies
        self._source = source
        self._deadline_s = deadline_s
        self._stream = StreamFollower(ledger, copies)
        self._running: _Running | None = None
        self._parents: list[_Running] = []
        self._starting = Lock()
        self._closed = False
        _EVERY.add(self)

    def start(self) -> "_Running":
        """Follow and ask from now on; raises `Closed`."""
        running = self._running
        if running is not None:
            return running
        with self._starting:
            if self._closed:
                raise Closed
            if self._running is None:
                running = _Running(self._ledger, self._deadline_s)
                if isinstance(self._source, Topic):
                    source = self._source
                    open_reader = partial(reader_of, source)
                    running.topic = TopicFollower(open_reader, source.progress, self._copies)
                elif self._source is not None:
                    running.background.run(self._stream.run())
                self._running = running
            return self._running

    def stop(self) -> None:
        """End all that runs; may be repeated."""
        with self._starting:
            self._closed, running, self._running = True, self._running, None
        if running is not None:
            running.stop()

    def following(self) -> Following | None:
        """How it goes with the source, if there is one that is followed."""
        if self._source is None or self._running is None:
            return None
        topic = self._running.topic
        return self._stream.following if topic is None else topic.following

    def one(self, seller_id: str) -> "Future[Standing]":
        """A standing over HTTP, or the newer one that was known; the future raises `Unanswered`."""
        running = self.start()
        return running.background.run(self._one(running.asker, seller_id))

    def many(self, seller_ids: Sequence[str]) -> "Future[Several]":
        """The same for many; those that nobody answered are missing."""
        running = self.start()
        return running.background.run(self._many(running.asker, seller_ids))

    def waited(self, future: "Future[T]") -> T:
        """What a future brings, for a caller without an event loop."""
        try:
            return future.result(self._deadline_s + _GRACE_S)
        except NotInTime:
            future.cancel()
            raise self._late() from None
        except CancelledError:
            # Nobody but `stop` cancels it.
            raise Closed from None

    async def awaited(self, future: "Future[T]") -> T:
        """The same for a caller on an event loop, which may itself be cancelled."""
        try:
            async with asyncio.timeout(self._deadline_s + _GRACE_S):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            raise self._late() from None
        except asyncio.CancelledError:
            caller = asyncio.current_task()
            if caller is None or caller.cancelling():
                raise
            raise Closed from None

    def _late(self) -> Unanswered:
        return Unanswered(f"no answer within {self._deadline_s:g} s")

    async def _one(self, asker: Asker, seller_id: str) -> Standing:
        answer = await asker.one(seller_id, self._copies.newest(seller_id))
        (copy,) = answer.copies
        found = self._copies.take_asked(copy, answer.asked_at, answer.read_to)
        if found is None:
            raise Unanswered(BEHIND)
        return found

    async def _many(self, asker: Asker, seller_ids: Sequence[str]) -> Several:
        stretches = [
            seller_ids[first : first + MOST_AT_ONCE]
            for first in range(0, len(seller_ids), MOST_AT_ONCE)
        ]
        answers = await asyncio.gather(*map(asker.many, stretches), return_exceptions=True)
        found: dict[str, Standing] = {}
        why: Unanswered | None = None
        for answer in answers:
            if isinstance(answer, Unanswered):
                why = answer
                continue
            if isinstance(answer, BaseException):
                raise answer
            for copy in answer.copies:
                kept = self._copies.take_asked(copy, answer.asked_at, answer.read_to)
                if kept is not None:
                    found[kept.seller_id] = kept
        return Several(found, why)

    def in_child(self) -> None:
        """In a forked process: the threads are not here. What they had open is shared with the
        parent, and so it is neither used nor closed.
        """
        self._starting = Lock()
        if self._running is not None:
            self._parents.append(self._running)
            self._running = None
        self._copies.in_child()


async def _made(ledger: Ledger, deadline_s: float) -> Asker:
    return Asker(ledger, deadline_s)


def reader_of(topic: Topic) -> TopicReader:
    """All partitions of a topic of standings, and that of progress."""
    # Who has no topic need not wait for a Kafka client to be loaded.
    from projections.broker.with_kafka_python.reader import KafkaPythonReader  # noqa: PLC0415

    address = Address(topic.kafka) if isinstance(topic.kafka, str) else topic.kafka
    return KafkaPythonReader(address, [topic.topic, topic.progress], None)


_EVERY: "Final[WeakSet[Answering]]" = WeakSet()


def _in_child() -> None:
    for each in list(_EVERY):
        each.in_child()


os.register_at_fork(after_in_child=_in_child)
