"""Somebody who says commands without end: reports, annulments, repeats, and nonsense among them."""

import json
import random
import threading
from collections import Counter
from types import TracebackType
from typing import Any, Final, Self

from confluent_kafka import KafkaError, Producer

from api.inbox.taking import KEPT_AT_MOST
from projections.broker.address import Address
from projections.broker.topics import COMMANDS
from tests.faults.size import times
from tests.inbox.topics import reported

A_SECOND: Final = 150
SELLERS: Final = times(120, 2_000)
RECORDED: Final = "violation-recorded"
ANNULLED: Final = "violation-annulled"
FLUSH_S: Final = 120.0


class Saying:
    """Says commands until it is stopped, and knows what has to come of them.

    Its own messages are on the topic once and in their order, whatever happens to brokers: its
    producer is idempotent and never gives up.
    """

    def __init__(self, kafka: Address, chance: random.Random, a_second: int = A_SECOND) -> None:
        self.wanted: dict[str, list[tuple[str, str]]] = {}
        """What has to be recorded of each seller, in order."""
        self.bad: Counter[bytes | None] = Counter()
        """What has to come back, by its value; None where that is too large to be sent back."""
        self.repeats = 0
        self.ends: dict[int, int] = {}
        """Behind the last message of each partition."""
        self.turn = threading.Lock()
        """Nothing is said while somebody else holds it."""
        self._topic = kafka.prefix + COMMANDS
        self._chance = random.Random(chance.random())
        self._a_second = a_second
        self._said = 0
        self._open: dict[str, list[str]] = {}
        self._failed: list[KafkaError] = []
        self._producer: Any = Producer(
            {
                "bootstrap.servers": kafka.bootstrap,
                "enable.idempotence": True,
                "partitioner": "murmur2_random",
                "delivery.timeout.ms": 600_000,
                "linger.ms": 5,
                "message.max.bytes": 1_048_000,
            }
        )
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="says commands", daemon=True)

    @property
    def recorded(self) -> int:
        """How many commands have to be taken."""
        return sum(map(len, self.wanted.values()))

    @property
    def said(self) -> int:
        """How many messages that were."""
        return self.recorded + self.repeats + self.bad.total()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._thread.join()

    def stop(self) -> None:
        """Say nothing more, and see that all of it has arrived."""
        self._stopping.set()
        self._thread.join()
        self.flush()

    def flush(self) -> None:
        """See that all that was said has arrived."""
        assert self._producer.flush(FLUSH_S) == 0
        assert self._failed == []

    def some(self, count: int) -> None:
        """Say so many commands, for whoever holds the turn."""
        for _ in range(count):
            self._one()
        self._producer.poll(0)

    def bad_one(self, value: bytes) -> None:
        """Say what has to come back."""
        self.bad[value if len(value) < KEPT_AT_MOST - 100 else None] += 1
        self._send(self._seller(), value)

    def _run(self) -> None:
        while not self._stopping.is_set():
            # In gusts, so that transactions are of all sizes.
            rest_s = self._chance.choice((0.005, 0.02, 0.1, 0.3))
            with self.turn:
                self.some(max(1, round(self._a_second * rest_s)))
            self._stopping.wait(rest_s)

    def _one(self) -> None:
        seller, lot = self._seller(), self._chance.random()
        opened = self._open.setdefault(seller, [])
        if lot < 0.02:
            self.bad_one(b"nonsense %d" % self.said)
        elif lot < 0.05 and opened:
            self.repeats += 1
            self._send(seller, reported(opened[-1], seller))
        elif lot < 0.2 and opened:
            self._annul(seller, opened.pop(self._chance.randrange(len(opened))))
        else:
            self._said += 1
            opened.append(f"v-{self._said}")
            self.wanted.setdefault(seller, []).append((RECORDED, opened[-1]))
            self._send(seller, reported(opened[-1], seller))

    def _annul(self, seller: str, violation: str) -> None:
        self.wanted[seller].append((ANNULLED, violation))
        told = {
            "command": "annul-violation", "seller_id": seller, "violation_id": violation,
            "reason": "found wrong", "annulled_by": "ann",
        }  # fmt: skip
        self._send(seller, json.dumps(told).encode())

    def _seller(self) -> str:
        return f"s-{self._chance.randrange(SELLERS)}"

    def _send(self, seller: str, value: bytes) -> None:
        while True:
            try:
                return self._producer.produce(
                    self._topic, value, seller.encode(), on_delivery=self._delivered
                )
            except BufferError:
                self._producer.poll(0.1)

    def _delivered(self, error: KafkaError | None, sent: Any) -> None:
        if error is not None:
            self._failed.append(error)
            return
        ends, partition = self.ends, sent.partition()
        ends[partition] = max(ends.get(partition, 0), sent.offset() + 1)
