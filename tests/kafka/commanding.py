"""Commands for the real broker, a process that consumes them, and what has to come of both."""

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import psycopg
from kafka import KafkaProducer

from projections.broker.address import Address
from projections.broker.topics import COMMANDS
from tests.inbox.topics import positions, rejected, reported, violations

ROOT = Path(__file__).resolve().parents[2]


class Told:
    """What was said on the commands' topic."""

    def __init__(self, kafka: Address) -> None:
        self.kafka = kafka
        self.good: dict[str, list[str]] = {}
        self.bad: Counter[bytes] = Counter()
        self._producer = KafkaProducer(
            bootstrap_servers=kafka.bootstrap, linger_ms=5, enable_idempotence=True
        )

    def report(self, count: int, sellers: int = 10, bad_every: int = 50) -> None:
        """Report so many violations, with something bad among them now and then."""
        for _ in range(count):
            n = sum(map(len, self.good.values()))
            seller = f"s-{n % sellers}"
            self.good.setdefault(seller, []).append(f"v-{n}")
            self._say(seller.encode(), reported(f"v-{n}", seller, points=0))
            if n % bad_every == 0:
                value = b"nonsense %d" % n
                self.bad[value] += 1
                self._say(seller.encode(), value)
        self._producer.flush()

    def say(self, key: bytes | None, value: bytes | None, headers: Iterable[tuple] = ()) -> None:
        """Say something else."""
        self._say(key, value, headers)
        self._producer.flush()

    def _say(self, key: bytes | None, value: bytes | None, headers: Iterable[tuple] = ()) -> None:
        self._producer.send(self.kafka.prefix + COMMANDS, value, key, headers=list(headers))

    def close(self) -> None:
        self._producer.close()

    @property
    def count(self) -> int:
        return sum(map(len, self.good.values())) + self.bad.total()


def wait_for(dsn: str, count: int, seconds: float = 90) -> None:
    """Wait until so many messages are taken or rejected."""
    until = time.monotonic() + seconds
    while (done := taken(dsn)) < count:
        assert time.monotonic() < until, f"{done} of {count}"
        time.sleep(0.05)


def taken(dsn: str) -> int:
    """How many messages the positions say were taken; 0 while nobody can be asked."""
    try:
        return sum(positions(dsn).values())
    except psycopg.OperationalError:
        return 0


def check(dsn: str, told: Told) -> None:
    """Every good command once and in its seller's order, every bad one rejected once."""
    found = violations(dsn)
    assert len(found) == len(set(found))
    of_seller = {v: seller for seller, each in told.good.items() for v in each}
    seen: dict[str, list[str]] = {}
    for violation in found:
        seen.setdefault(of_seller[violation], []).append(violation)
    assert seen == told.good
    assert Counter(row[3] for row in rejected(dsn)) == told.bad


class Consuming:
    """A process that consumes, from here to the end of the block."""

    def __init__(self, dsn: str, kafka: Address) -> None:
        self._command = [sys.executable, "-m", "tests.kafka.consuming"]
        self._command += [dsn, kafka.bootstrap, kafka.prefix, kafka.client]

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(self._command, cwd=ROOT)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def kill_in_the_middle(self, dsn: str, chance: random.Random) -> None:
        """SIGKILL, a moment after it was seen to take something."""
        before, until = taken(dsn), time.monotonic() + 60
        while taken(dsn) == before:
            assert time.monotonic() < until, "nothing is taken"
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.4))
        self.process.kill()
        self.process.wait()
