"""A topic in memory that is read as Kafka's are, messages for it, and what a database holds of
them.
"""

import json
import time
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg

from api.access import Actor
from api.inbox.consumer import Consumer
from ledger.facts.kinds import from_bytes
from ledger.ledger import Ledger
from projections.broker.client import BrokerAway
from projections.broker.messages import Arrived, Headers, Message, Place
from projections.broker.topics import COMMANDS

Cell = tuple[bytes | None, bytes | None, Headers]


class Topic:
    """The commands' topic with a few partitions."""

    def __init__(self, partitions: int = 1) -> None:
        self.partitions: list[list[tuple[int, Cell]]] = [[] for _ in range(partitions)]
        self.away = False
        self._said = 0

    def say(
        self,
        value: bytes | None,
        key: bytes | None = b"s-1",
        headers: Headers = (),
        partition: int = 0,
    ) -> None:
        """Put a message behind the others."""
        self._said += 1
        self.partitions[partition].append((self._said, (key, value, headers)))

    def report(self, violation: str, seller: str = "s-1", partition: int = 0, **more: Any) -> None:
        """Put a violation's report behind the others."""
        self.say(reported(violation, seller, **more), seller.encode(), partition=partition)


class Reader:
    """Reads the partitions that it was given, a few messages at a time."""

    def __init__(self, topic: Topic, given: Sequence[int] | None = None, most: int = 500) -> None:
        self.topic, self.most = topic, most
        self.places: dict[int, int] = {}
        self.times = 0
        self.closed = False
        self.shown: dict[int, int] = {}
        self.give(range(len(topic.partitions)) if given is None else given)

    def give(self, partitions: Sequence[int]) -> None:
        """What a rebalance does: places are lost."""
        self.places = dict.fromkeys(partitions, 0)
        self.times += 1

    def read(self, patience_s: float) -> list[Arrived]:
        if self.topic.away:
            raise BrokerAway("gone")
        found: list[Arrived] = []
        for n, at in self.places.items():
            cells = self.topic.partitions[n]
            # As Kafka's clients do with a place that is not there.
            first = at if at <= len(cells) else 0
            for offset, (arrived_at, cell) in list(enumerate(cells))[first : first + self.most]:
                place = Place(COMMANDS, n, offset)
                found.append(Arrived(place, Message(COMMANDS, *cell), arrived_at))
                self.places[n] = offset + 1
        return found

    def assigned(self) -> frozenset[tuple[str, int]]:
        return frozenset((COMMANDS, n) for n in self.places)

    def assignments(self) -> int:
        return self.times

    def go_to(self, places: Sequence[Place]) -> None:
        for place in places:
            self.places[place.partition] = place.offset

    def lag(self) -> dict[tuple[str, int], int]:
        return {(COMMANDS, n): len(self.topic.partitions[n]) - at for n, at in self.places.items()}

    def show(self, places: Sequence[Place]) -> None:
        self.shown |= {place.partition: place.offset for place in places}

    def close(self) -> None:
        self.closed = True


def consumer(
    ledger: Ledger, topic: Topic, scopes: Iterable[str] = ("facts:write",), **how: Any
) -> Consumer:
    """A consumer of a topic in memory, which is open to some scopes."""
    return Consumer(ledger, lambda: Reader(topic, **how), Actor(None, frozenset(scopes)))


def drained(consumer: Consumer) -> Consumer:
    """Step until nothing waits."""
    until, still = time.monotonic() + 30, 0
    while still < 3:
        assert time.monotonic() < until, f"still waiting: {consumer.numbers()}"
        done, numbers = consumer.step(0), consumer.numbers()
        idle = done == 0 and not consumer.pause_s and not any(numbers.lag.values())
        still = still + 1 if idle else 0
    return consumer


def reported(violation: str, seller: str = "s-1", **more: Any) -> bytes:
    """A command that records a violation."""
    told = {
        "command": "record-violation", "seller_id": seller, "violation_id": violation,
        "rule": "wrong-category", "source": "platform", "statement": "seen",
        "reported_by": "monitor",
    }  # fmt: skip
    return json.dumps(told | more).encode()


# -- what a database holds ----------------------------------------------------------------


def facts(dsn: str) -> list[tuple[str, str]]:
    """Streams and kinds of all facts but of published policies, in order."""
    return _rows(
        dsn,
        "SELECT originator_id, topic FROM stored_events"
        " WHERE originator_id NOT LIKE 'policy-%' ORDER BY notification_id",
    )


def violations(dsn: str) -> list[str]:
    """The ids of violations as they were recorded, in order."""
    rows = _rows(
        dsn,
        "SELECT topic, state FROM stored_events WHERE topic = 'violation-recorded.v1'"
        " ORDER BY notification_id",
    )
    return [from_bytes(topic, bytes(state)).violation_id for topic, state in rows]


def rejected(dsn: str) -> list[tuple[int, int, bytes | None, bytes | None, Any, Any]]:
    """Partition, offset, key, value, headers and problem of what was rejected, in order."""
    return _rows(
        dsn,
        'SELECT partition, "offset", key, value, headers, problem FROM rejected_message'
        " ORDER BY number",
    )


def positions(dsn: str) -> dict[int, int]:
    """How far each partition was taken."""
    return dict(_rows(dsn, "SELECT partition, next_offset FROM inbox_position"))


def _rows(dsn: str, query: str) -> list[Any]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(query.encode()).fetchall()
