"""Topics in memory, for tests that stop a publisher between any two of its steps."""

from collections.abc import Sequence
from typing import Final

from projections.broker.client import BrokerAway, Fenced
from projections.broker.messages import Arrived, Message, Place
from projections.broker.topics import FACTS, PROGRESS, STANDING
from projections.outbox.telling import Broker

ONE: Final = 0


class Topics:
    """What was committed, topic by topic, and who may send."""

    def __init__(self) -> None:
        self.committed: dict[str, list[Message]] = {}
        self.epoch = 0
        self.away = 0
        """How many of the next transactions fail."""
        self.lost_answers = 0
        """How many of the next are committed, and nobody hears of it."""
        self.hidden = 0
        """How many of the last messages a broker hides that has just come to lead."""
        self.transactions: list[list[Message]] = []

    @property
    def broker(self) -> Broker:
        return Broker(self._sender, self._reader)

    def _sender(self, name: str) -> "MemorySender":
        self.epoch += 1
        return MemorySender(self, self.epoch)

    def _reader(self, topics: Sequence[str]) -> "MemoryReader":
        (topic,) = topics
        return MemoryReader(topic, list(self.committed.get(topic, [])), self.hidden)

    def said(self, topic: str) -> list[Message]:
        return self.committed.get(topic, [])

    def ids(self) -> list[int]:
        """The positions of the facts that were published, in the order of the topic."""
        return [int(dict(m.headers)["ce_id"]) for m in self.said(FACTS)]

    def latest(self) -> dict[str, bytes | None]:
        """What a compacted topic of standings holds in the end."""
        return {(m.key or b"").decode(): m.value for m in self.said(STANDING)}

    def progress(self) -> bytes:
        return self.said(PROGRESS)[-1].value or b""


class MemorySender:
    def __init__(self, topics: Topics, epoch: int) -> None:
        self._topics = topics
        self._epoch = epoch

    def send(self, messages: Sequence[Message]) -> None:
        topics = self._topics
        if self._epoch != topics.epoch:
            raise Fenced("another process publishes under the same name")
        if topics.away:
            topics.away -= 1
            raise BrokerAway("away")
        topics.transactions.append(list(messages))
        for message in messages:
            topics.committed.setdefault(message.topic, []).append(message)
        if topics.lost_answers:
            topics.lost_answers -= 1
            raise BrokerAway("no answer")

    def close(self) -> None:
        pass


class MemoryReader:
    def __init__(self, topic: str, messages: list[Message], hidden: int) -> None:
        self._topic = topic
        self._all = messages
        self._messages = messages[: len(messages) - hidden]
        self._at = 0

    def read(self, patience_s: float) -> list[Arrived]:
        found = self._messages[self._at : self._at + 5]
        arrived = [
            Arrived(Place(self._topic, ONE, self._at + n), each, 0) for n, each in enumerate(found)
        ]
        self._at += len(found)
        return arrived

    def assigned(self) -> frozenset[tuple[str, int]]:
        return frozenset({(self._topic, ONE)})

    def go_to(self, places: Sequence[Place]) -> None:
        self._at = places[0].offset

    def lag(self) -> dict[tuple[str, int], int]:
        return {(self._topic, ONE): len(self._messages) - self._at}

    def ends(self) -> dict[tuple[str, int], int]:
        self._messages = self._all
        return {(self._topic, ONE): len(self._all)}

    def show(self, places: Sequence[Place]) -> None:
        pass

    def close(self) -> None:
        pass
