"""A reader that reads along, and the whole of a topic, as read-committed readers get them."""

import threading
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from types import TracebackType
from typing import Final, Self

from projections.broker.address import Address
from projections.broker.client import BrokerFailure, Reader, TopicMissing
from projections.broker.messages import Arrived, Place
from projections.broker.opening import open_reader
from projections.broker.topics import FACTS, REJECTED
from projections.broker.with_kafka_python.reader import KafkaPythonReader

WHOLE_S: Final = 120.0


class Following:
    """Reads facts and rejected messages as they come, and goes on by itself after every failure."""

    def __init__(self, kafka: Address) -> None:
        self.facts: list[Arrived] = []
        self.rejected: list[Arrived] = []
        self.failures = 0
        self._kafka = kafka._replace(client="confluent")
        self._places: dict[tuple[str, int], int] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follows", daemon=True)

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
        self._thread.join(30)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with closing(open_reader(self._kafka, [FACTS, REJECTED])) as reader:
                    known = [p for p in reader.assigned() if p in self._places]
                    reader.go_to([Place(*p, self._places[p]) for p in known])
                    self._read(reader)
            except TopicMissing as missing:
                # Whatever comes under this name is another topic, with places of its own.
                self._places = {p: at for p, at in self._places.items() if p[0] != missing.topic}
                self._stopping.wait(0.2)
            except BrokerFailure:
                self.failures += 1
                self._stopping.wait(0.2)

    def _read(self, reader: Reader) -> None:
        while not self._stopping.is_set():
            for each in reader.read(0.2):
                self._places[each.place[:2]] = each.place.offset + 1
                topic = each.message.topic
                (self.facts if topic == FACTS else self.rejected).append(each)


def whole(kafka: Address, topics: Sequence[str]) -> list[Arrived]:
    """All that is committed on these topics now."""
    until = time.monotonic() + WHOLE_S
    while True:
        with suppress(BrokerFailure):
            return _whole(kafka, topics, until)
        assert time.monotonic() < until
        time.sleep(0.5)


def _whole(kafka: Address, topics: Sequence[str], until: float) -> list[Arrived]:
    found: list[Arrived] = []
    with closing(KafkaPythonReader(kafka, topics, None)) as reader:
        ends = reader.ends()
        while any(reader.places().get(each, 0) < end for each, end in ends.items()):
            assert time.monotonic() < until, (reader.places(), ends)
            found += reader.read(0.2)
    return found
