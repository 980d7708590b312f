"""Following the topic of standings: all of it from the beginning, then what is added. Beside it,
from shortly before its end, the topic of progress, where the publisher says that it lives.

A thread of its own, since Kafka's client waits where it reads. Positions in the topic are kept
nowhere: a process that starts has no copy yet, and needs the whole.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from threading import Event, Thread
from typing import Final, Protocol

from api.client.copies import Copies
from api.client.following import Following
from api.client.signs import Signs
from api.client.standing import Unreadable, read_standing
from projections.broker.client import BrokerAway
from projections.broker.messages import Arrived, Place

LOOK_S: Final = 2.0
"""How often the broker is asked where the topics end: who has read so far has read everything."""
LOOK_BACK: Final = 20
"""Offsets before the end of progress from which it is read: some ten records, and the ends of their
transactions.
"""
PATIENCE_S: Final = 0.5
MOST_BREAKS: Final = 30
"""After so many in a row the reader is given up and another one opened."""
_STOP_S: Final = 2.0
"""A reader that is being opened may take longer; its thread then ends by itself."""


class TopicReader(Protocol):
    """What is asked of a Kafka client here: to know that it has read everything.

    kafka-python does. confluent-kafka's place stands still where a transaction ends, so that it
    would never come to the end; it is not used for this.
    """

    def read(self, patience_s: float) -> list[Arrived]:
        """What has come since; raises `BrokerAway`."""
        ...

    def places(self) -> Mapping[tuple[str, int], int]:
        """The offset from which each partition is read on."""
        ...

    def ends(self) -> Mapping[tuple[str, int], int]:
        """Where each partition ends, asked of the broker now; raises `BrokerAway`."""
        ...

    def go_to(self, places: Sequence[Place]) -> None:
        """Go on from these places."""
        ...

    def close(self) -> None:
        """Read nothing more."""
        ...


class TopicRemade(Exception):
    """The topic ends before what was read of it: it is another one, and to be read anew."""


class TopicFollower:
    """Follows the topic into copies until it is stopped."""

    def __init__(
        self, open_reader: Callable[[], TopicReader], progress: str, copies: Copies
    ) -> None:
        self.following = Following("the topic")
        self._open = open_reader
        self._progress = progress
        self._signs = Signs()
        self._copies = copies
        self._stopped = Event()
        self._asked_at = self._began_at = 0.0
        self._ends: dict[tuple[str, int], int] | None = None
        self._thread = Thread(target=self._run, name="standings-topic", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Read no more, and close the connection."""
        self._stopped.set()
        self._thread.join(_STOP_S)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                with closing(self._open()) as reader:
                    self._follow(reader)
            except Exception as problem:  # noqa: BLE001 - a copy that is followed no more is worse
                self._stopped.wait(self.following.lost(f"{type(problem).__name__}: {problem}"))

    def _follow(self, reader: TopicReader) -> None:
        self._copies.begin_again()
        self._began_at, breaks = time.monotonic(), 0
        # What was in doubt stays so until what ended it was read.
        self._signs, self._ends, self._asked_at = Signs(self._signs.horizons), None, 0.0
        reader.go_to(
            [
                Place(topic, partition, max(0, end - LOOK_BACK))
                for (topic, partition), end in reader.ends().items()
                if topic == self._progress
            ]
        )
        while not self._stopped.is_set():
            try:
                for arrived in reader.read(PATIENCE_S):
                    self._take(arrived)
                self._look(reader)
                breaks = 0
            except BrokerAway as away:
                breaks += 1
                if breaks > MOST_BREAKS:
                    raise
                # The reader finds its way back, and goes on where it was.
                self._ends = None
                self._stopped.wait(self.following.lost(str(away)))

    def _take(self, arrived: Arrived) -> None:
        topic, key, value, _ = arrived.message
        if topic == self._progress:
            if self._signs.take(key, value):
                self._heard()
            else:
                self._copies.take_unreadable(None)
            return
        try:
            seller_id = None if key is None else key.decode()
        except UnicodeDecodeError:
            seller_id = None
        if seller_id is None:
            self._copies.take_unreadable(None)
        elif value is None:
            self._copies.take_away(seller_id)
        else:
            try:
                self._copies.take(seller_id, read_standing(value, seller_id))
            except Unreadable:
                self._copies.take_unreadable(seller_id)

    def _look(self, reader: TopicReader) -> None:
        """Ask now and then where the topics end; once all of that is read, nothing was missing
        that the publisher had told by then.
        """
        if self._ends is None:
            at = time.monotonic()
            if at < self._asked_at + LOOK_S:
                return
            before = reader.places()
            self._signs.look()
            self._ends, self._asked_at = dict(reader.ends()), at
            if any(self._ends.get(each, 0) < place for each, place in before.items()):
                raise TopicRemade("the topic ends before what was read of it")
        places = reader.places()
        if all(places.get(each, 0) >= end for each, end in self._ends.items()):
            self._ends = None
            self._signs.looked()
            self._heard()
            self._alive()

    def _heard(self) -> None:
        if self._signs.newest is not None:
            self._copies.heard(self._signs.newest, self._signs.horizons)

    def _alive(self) -> None:
        """Everything was read; how old that is, is for the publisher to say."""
        believed, heard_at = self._signs.believed, self._began_at
        if believed is not None:
            self._copies.alive(believed.looked_at)
            heard_at = max(heard_at, believed.looked_at)
        if self._copies.is_alive():
            self.following.found()
        elif self._asked_at > heard_at + self._copies.max_age_s:
            self.following.silent("nobody publishes to it, or what is published is old")
