"""Everything at work with the real broker, and disturbed: each test ends with exactly the facts."""

import time
from pathlib import Path
from typing import Final

import pytest

from api.opening import MIGRATIONS
from deploy.broker.cluster import Cluster
from ledger.store.migrate import migrate
from ledger.store.server import EmbeddedPostgres
from projections.broker.address import Address
from projections.broker.topics import COMMANDS, FACTS
from tests.faults.size import LONG, lots, times
from tests.faults.wire import Wire
from tests.kafka import running
from tests.kafka.disturbing import (
    away,
    cut,
    end_sessions,
    steal,
    take_at_most,
    take_away,
    without,
)
from tests.kafka.drill import Drill

long_only = pytest.mark.skipif(not LONG, reason="takes minutes: `make faults` runs it")
NOTHING: Final = "nothing can be published"
"""What the publisher logs where somebody has to do something."""


def test_processes_that_are_killed(tmp_path: Path, dsn: str, kafka: Address) -> None:
    chance = lots()
    with Drill(tmp_path, dsn, kafka, chance) as drill:
        for number in range(times(3, 40)):
            victim = drill.consumer if number % 4 == 1 else drill.publisher
            if chance.random() < 0.7:
                drill.goes_on()
            time.sleep(chance.uniform(0, 0.4))
            victim.kill()
            victim.begin()
        drill.finish("processes killed")


def test_brokers_that_are_killed(
    tmp_path: Path, dsn: str, cluster: Cluster, three_kafka: Address
) -> None:
    """One of three at a time: the two that are left are enough to go on, soon."""
    chance = lots()
    first = chance.randrange(3)
    with Drill(tmp_path, dsn, three_kafka, chance) as drill:
        for number in range(times(1, 15)):
            broker = 1 + (first + number) % 3
            time.sleep(chance.uniform(0, 1))
            with without(cluster, broker, freezes=LONG and number % 5 == 4):
                drill.counts.kills += 1
                time.sleep(chance.uniform(0, 1))
                drill.goes_on()
        drill.finish("one broker of three killed")


def test_networks_that_are_cut(
    tmp_path: Path, dsn: str, kafka: Address, wire: tuple[str, Wire]
) -> None:
    """Between the processes and the broker, and between them and the database."""
    bootstrap, to_broker = wire
    chance = lots()
    with (
        Wire(dsn) as to_database,
        Drill(
            tmp_path, dsn, kafka, chance, worker_dsn=to_database.dsn, bootstrap=bootstrap
        ) as drill,
    ):
        for number in range(times(6, 60)):
            time.sleep(chance.uniform(0, 0.6))
            cut(to_database if number % 4 == 3 else to_broker, chance)
            drill.counts.faults += 1
            if number % 4 == 0:
                drill.goes_on()
        drill.finish("networks cut")


@long_only
def test_a_broker_that_is_away_for_long(
    tmp_path: Path, dsn: str, kafka: Address, wire: tuple[str, Wire]
) -> None:
    """For longer than a group keeps a silent member; in the long run, than a transaction lasts."""
    bootstrap, to_broker = wire
    chance = lots()
    with Drill(tmp_path, dsn, kafka, chance, bootstrap=bootstrap) as drill:
        for seconds in (40, 75, 12):
            drill.goes_on()
            away(to_broker, seconds)
            drill.counts.faults += 1
        drill.finish("broker away for long")


def test_a_database_that_restarts(tmp_path: Path, kafka: Address) -> None:
    """Both processes wait for it, and go on behind what was committed."""
    chance = lots()
    folder = tmp_path / "database"
    database = EmbeddedPostgres(folder)
    database.start()
    try:
        migrate(database.dsn, MIGRATIONS)
        with (
            Wire(database.dsn) as wire,
            Drill(tmp_path, wire.dsn, kafka, chance) as drill,
        ):
            for _ in range(times(1, 12)):
                time.sleep(chance.uniform(0, 1))
                database.stop()
                time.sleep(chance.uniform(0, times(1, 5)))
                database = EmbeddedPostgres(folder)
                database.start()
                wire.to = database.dsn
                drill.counts.faults += 1
                drill.goes_on()
            drill.finish("database restarted")
    finally:
        database.stop()


def test_whoever_takes_the_name_of_the_publisher(tmp_path: Path, dsn: str, kafka: Address) -> None:
    """A thief opens a transaction under its name, and leaves it open: nobody ever sees it."""
    chance = lots()
    with Drill(tmp_path, dsn, kafka, chance) as drill:
        for _ in range(times(2, 20)):
            time.sleep(chance.uniform(0, 1))
            steal(kafka)
            drill.counts.faults += 1
            drill.goes_on()
        drill.finish("name stolen")
        assert drill.publisher.said("somebody else publishes")


@long_only
def test_a_publisher_that_wakes_up_and_is_none_any_more(
    tmp_path: Path, dsn: str, kafka: Address
) -> None:
    """Frozen in the middle of its work, replaced, and thawed: what it goes on with is refused."""
    chance = lots()
    with Drill(tmp_path, dsn, kafka, chance) as drill:
        sleeping, working = drill.publisher, drill.another("publish", tmp_path / "other")
        for _ in range(times(1, 8)):
            drill.goes_on()
            time.sleep(chance.uniform(0, 0.5))
            sleeping.freeze()
            # As a network would that was gone for long: the right to publish ends with a session.
            end_sessions(dsn, "outbox")
            working.begin()
            drill.goes_on()
            sleeping.thaw()
            drill.counts.faults += 1
            time.sleep(chance.uniform(0, 1))
            sleeping.kill()
            sleeping, working = working, sleeping
        drill.finish("publisher frozen and replaced")


@long_only
def test_topics_that_are_taken_away(tmp_path: Path, dsn: str, kafka: Address) -> None:
    """Whoever reads along has everything once, whichever topic a fact came by."""
    chance = lots()
    with Drill(tmp_path, dsn, kafka, chance) as drill:
        for _ in range(times(1, 2)):
            drill.goes_on()
            with drill.saying.turn:
                drill.saying.flush()
                drill.until(drill.has_settled)
                take_away(kafka, FACTS)
                drill.saying.some(100)
                told = drill.publisher.said(NOTHING)
                drill.until(lambda told=told: drill.publisher.said(NOTHING) > told)
                running.make_topics(kafka)
                drill.counts.faults += 1
            drill.goes_on()
            with drill.saying.turn:
                drill.saying.flush()
                drill.until(drill.has_settled)
                take_away(kafka, COMMANDS)
                drill.saying.ends.clear()
                running.make_topics(kafka)
                drill.counts.faults += 1
            drill.goes_on()
        drill.finish("topics taken away", from_beginning=False)


def test_messages_that_are_too_large(tmp_path: Path, dsn: str, kafka: Address) -> None:
    """Commands come back; and where a topic takes no fact any more, facts wait until it does."""
    chance = lots()
    with Drill(tmp_path, dsn, kafka, chance) as drill:
        for _ in range(times(1, 5)):
            with drill.saying.turn:
                for size in (70_000, 500_000, 899_000, 1_040_000):
                    drill.saying.bad_one(chance.randbytes(size))
            time.sleep(chance.uniform(0, 0.5))
            drill.publisher.kill()
            drill.publisher.begin()
            drill.goes_on()
            told = drill.publisher.said(NOTHING)
            take_at_most(kafka, FACTS, 200)
            drill.until(lambda told=told: drill.publisher.said(NOTHING) > told)
            take_at_most(kafka, FACTS, 1_048_588)
            drill.counts.faults += 1
            drill.goes_on()
        drill.finish("messages too large")
