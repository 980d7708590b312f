"""A drill: commands are said, two processes take and publish them, a reader follows, and whatever
a test does to them meanwhile, in the end each is there once and in order.
"""

import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import psycopg

from projections.broker.address import Address
from projections.broker.topics import FACTS, REJECTED, STANDING
from tests.inbox.topics import positions
from tests.kafka.following import Following, whole
from tests.kafka.reckoning import (
    Counts,
    count_published,
    count_rejected,
    count_standings,
    count_taken,
)
from tests.kafka.saying import A_SECOND, Saying
from tests.kafka.working import Worker
from tests.store.opened import opened

SETTLE_S: Final = 90.0
"""How long what waits may take to come through, once nothing is disturbed any more."""


class Drill:
    """Everything at work, from here to the end of the block.

    `dsn` and `kafka` lead there directly; the processes may be given other ways, through proxies.
    """

    def __init__(
        self,
        folder: Path,
        dsn: str,
        kafka: Address,
        chance: random.Random,
        *,
        worker_dsn: str | None = None,
        bootstrap: str | None = None,
        a_second: int = A_SECOND,
    ) -> None:
        self.dsn, self.kafka, self.chance = dsn, kafka, chance
        self.counts = Counts()
        self.saying = Saying(kafka, chance, a_second)
        self.following = Following(kafka)
        self._given = given = {
            "LEDGER_DATABASE_URL": worker_dsn or dsn,
            "LEDGER_KAFKA_BOOTSTRAP": bootstrap or kafka.bootstrap,
            "LEDGER_KAFKA_PREFIX": kafka.prefix,
        }
        self.publisher = Worker("publish", folder, chance, **given)
        self.consumer = Worker("consume", folder, chance, **given)
        self.workers = [self.publisher, self.consumer]
        self._stack = ExitStack()

    def another(self, name: str, folder: Path) -> Worker:
        """A further process of one kind, not yet begun."""
        folder.mkdir()
        made = Worker(name, folder, self.chance, **self._given)
        self.workers.append(made)
        return made

    def __enter__(self) -> Self:
        for each in self.workers:
            each.begin()
        self._stack.enter_context(self.following)
        self._stack.enter_context(self.saying)
        self.goes_on()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for each in self.workers:
            each.give_up()
        self._stack.close()

    def taken(self) -> int:
        """How many messages the positions say were taken; 0 while nobody can be asked."""
        try:
            return sum(positions(self.dsn).values())
        except psycopg.OperationalError:
            return 0

    def goes_on(self) -> None:
        """Wait until something more is taken, and something more is read."""
        taken, read = self.taken(), len(self.following.facts)
        self.until(lambda: self.taken() > taken and len(self.following.facts) > read)

    def until(self, true: Callable[[], object], within_s: float = SETTLE_S) -> None:
        """Wait for something to be so."""
        end = time.monotonic() + within_s
        while not true():
            assert time.monotonic() < end, self._told()
            time.sleep(0.05)

    def has_settled(self) -> bool:
        """Whether all that was said is taken, and all that was recorded is read."""
        try:
            if positions(self.dsn) != self.saying.ends:
                return False
            with psycopg.connect(self.dsn) as connection:
                row = connection.execute("SELECT next_position - 1 FROM log_head").fetchone()
        except psycopg.OperationalError:
            return False
        read, came = len(self.following.facts), len(self.following.rejected)
        return row is not None and read >= row[0] and came >= self.saying.bad.total()

    def finish(self, name: str, *, from_beginning: bool = True) -> None:
        """Disturb nothing more, and count: the line that is printed says what came of it.

        Without `from_beginning` what the reader saw alone is counted: topics were taken away.
        """
        self.saying.stop()
        self.until(self.has_settled)
        time.sleep(0.5)
        for each in self.workers:
            if each.lives():
                each.end()
        counts, saying, following = self.counts, self.saying, self.following
        assert positions(self.dsn) == saying.ends
        counts.commands, counts.repeats = saying.said, saying.repeats
        counts.kills += sum(each.kills for each in self.workers)
        count_taken(self.dsn, saying.wanted, counts)
        count_published(self.dsn, following.facts, counts)
        count_rejected(following.rejected, saying.bad, counts)
        found = whole(self.kafka, [FACTS, REJECTED, STANDING])
        with opened(self.dsn) as ledger:
            standings = [each for each in found if each.message.topic == STANDING]
            count_standings(ledger, standings, counts)
        if from_beginning:
            self._read_again([each for each in found if each.message.topic != STANDING])
        print(f"{name}: {counts}")
        assert [line for each in self.workers for line in each.surprises()] == []
        assert (counts.doubled, counts.missing, counts.disordered, counts.wrong) == (0, 0, 0, 0)
        assert counts.standings

    def _read_again(self, found: list[Any]) -> None:
        """Who reads later reads the same: each message at its place."""
        followed = [*self.following.facts, *self.following.rejected]
        assert {each.place: each for each in found} == {each.place: each for each in followed}

    def _told(self) -> str:
        newest = {each.log.name: each.log.read_text()[-600:] for each in self.workers}
        return (
            f"taken {self.taken()} of {self.saying.ends}, read {len(self.following.facts)} facts "
            f"and {len(self.following.rejected)} of {self.saying.bad.total()} rejected; {newest}"
        )
