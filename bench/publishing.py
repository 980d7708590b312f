"""P8: facts published to Kafka, with the standings they changed; and how soon a reader has them."""

import re
import subprocess
import sys
import time
from concurrent.futures import Future
from contextlib import ExitStack, closing
from functools import partial
from multiprocessing import get_context
from statistics import median, quantiles
from threading import Event, Thread
from typing import Any

import msgspec

from api.looking import Looking
from api.messages.telling import telling_of
from api.opening import open_ledger, system_now
from api.settings import Settings
from bench.brokers import broker, own_topics
from bench.copies import noting
from bench.ground import fresh_database, violation_lines
from bench.rebuild import record_violations
from bench.table import Row
from deploy.broker.programs import CannotRun
from ledger.decide.commands import Command, actor_of
from ledger.ledger import Ledger
from ledger.store.opening import connect_alone
from ledger.taking.requests import Receipt, Request
from projections.broker.address import Address
from projections.broker.opening import open_reader, open_sender
from projections.broker.topics import FACTS
from projections.outbox.progress import Progress
from projections.outbox.publisher import Publisher, Surroundings
from projections.outbox.publishing import Clocks, Counted, Publishing
from projections.outbox.telling import PUBLISHER, Broker, NothingRelayed

A_SECOND = 1_000
"""Facts recorded each second while a reader's delay is measured."""
AT_ONCE = 10
WARM_UP = 5_000
WARM_UP_BYTES = 700
SETTINGS = Settings(auth="off")
_DECODER: Any = msgspec.json.Decoder(Command)


def measure(dsn: str, *, quick: bool) -> list[Row]:
    """The rows of P8; none, and why, where no broker can be run."""
    try:
        with broker() as bootstrap:
            return [*_throughput(dsn, bootstrap, quick=quick), *_delay(dsn, bootstrap, quick=quick)]
    except CannotRun as why:
        print(f"  no rows of P8: {why}", flush=True)
        return []


def _throughput(dsn: str, bootstrap: str, *, quick: bool) -> list[Row]:
    count, rounds = (5_000, 2) if quick else (60_000, 3)
    database = fresh_database(dsn, "publishing")
    facts, _ = record_violations(database, count)
    ours: list[float] = []
    counted, size = Counted(), 0
    theirs: list[float] = []
    # A broker that was started a moment ago is slow at first, for whoever comes first.
    _their_producer(own_topics(bootstrap), WARM_UP, WARM_UP_BYTES)
    for _ in range(rounds):
        address = own_topics(bootstrap)
        counted, size, seconds = _publish_all(database, address)
        assert counted.facts == facts
        ours.append(facts / seconds)
        theirs.append(_their_producer(address, facts, size))
    return [
        Row("P8", "facts published to Kafka, with standings", median(ours), median(theirs),
            "facts/s", 0.8,
            note=f"{facts:,} facts of {size} bytes and {counted.standings:,} standings in "
            f"{counted.transactions} transactions, {rounds} rounds, medians; against "
            "kafka-python's own producer benchmark with as many messages of that size"),
    ]  # fmt: skip


def _publish_all(database: str, address: Address) -> tuple[Counted, int, float]:
    """What was published, bytes of one fact's message, and the seconds for all."""
    counted = Counted()
    with Looking(database, SETTINGS) as log:
        telling = telling_of(log)
        sizes = [telling.fact(each).size() for each in log.reader.facts(0, 500, to=500)]
        sender = open_sender(address, PUBLISHER)
        clocks = Clocks(log.now, system_now)
        began = time.perf_counter()
        publishing = Publishing(
            "bench", log.reader, sender, telling, NothingRelayed(), clocks, Progress(), counted
        )
        with closing(publishing):
            while publishing.step():
                pass
        seconds = time.perf_counter() - began
        sender.close()
    return counted, sum(sizes) // len(sizes), seconds


def _their_producer(address: Address, count: int, size: int) -> float:
    """Messages a second of kafka-python's own benchmark, as it comes."""
    told = subprocess.run(
        [
            sys.executable, "-m", "kafka.benchmarks.producer_performance",
            "-b", address.bootstrap, "-t", address.prefix + FACTS,
            "--num-records", str(count), "--record-size", str(size),
        ],
        capture_output=True, text=True, check=True, timeout=600,
    ).stdout  # fmt: skip
    seconds = re.search(r"Execution time: ([\d.]+)", told)
    assert seconds is not None and f"{count} suceeded, 0 failed" in told, told[-500:]
    return count / float(seconds.group(1))


def _delay(dsn: str, bootstrap: str, *, quick: bool) -> list[Row]:
    database, address = fresh_database(dsn, "publishing delay"), own_topics(bootstrap)
    seconds = 2 if quick else 20
    with open_ledger(database, SETTINGS) as ledger, ExitStack() as following:
        process = get_context("spawn").Process(
            target=publish_on, args=(database, address), daemon=True
        )
        process.start()
        committed: dict[int, float] = {}
        arrived: dict[int, float] = {}
        ended = Event()
        copy = following.enter_context(noting(address))
        reading = Thread(target=_read, args=(address, arrived, ended), daemon=True)
        reading.start()
        try:
            _settle(arrived)
            _record(ledger, seconds * A_SECOND, committed)
            until = time.monotonic() + 30
            while len(arrived) < ledger.reader.head().last_position and time.monotonic() < until:
                time.sleep(0.05)
        finally:
            ended.set()
            reading.join()
            process.terminate()
            process.join()
    # The first second warms up.
    measured = sorted(committed)[A_SECOND:]
    delays = [1_000 * (arrived[position] - committed[position]) for position in measured]
    p50, p99 = median(delays), quantiles(delays, n=100)[98]
    copied = [
        1_000 * (copy.arrived[each] - committed[each]) for each in measured if each in copy.arrived
    ]
    told = f"{A_SECOND:,} facts/s for {seconds - 1} s, after a second to warm up"
    return [
        Row("P8 delay p50", "from commit to a read-committed reader", p50, 250.0, "ms", 1.0, True,
            note=told),
        Row("P8 delay p99", "from commit to a read-committed reader", p99, 1_000.0, "ms", 1.0, True,
            note="against a second, within which standings are told elsewhere"),
        Row("P3-copy delay p50", "from commit to a storefront's copy", median(copied), 250.0, "ms",
            1.0, True, note=f"{len(copied):,} standings, in the same run"),
        Row("P3-copy delay p99", "from commit to a storefront's copy",
            quantiles(copied, n=100)[98], 1_000.0, "ms", 1.0, True),
    ]  # fmt: skip


def publish_on(database: str, address: Address) -> None:
    """Publish in a process of its own, as a worker does, until it is ended."""
    with Looking(database, SETTINGS) as log:
        Publisher(
            Surroundings(
                log.reader,
                lambda: connect_alone(database, "outbox"),
                Broker(partial(open_sender, address), partial(open_reader, address)),
                telling_of(log),
                nothing_relayed,
                Clocks(log.now, system_now),
            )
        ).run()


def nothing_relayed(_: object) -> NothingRelayed:
    """What nobody left, whatever the connection."""
    return NothingRelayed()


def _settle(arrived: dict[int, float]) -> None:
    """Wait until the first facts have come through."""
    until = time.monotonic() + 60
    while not arrived:
        assert time.monotonic() < until, "nothing was published within a minute"
        time.sleep(0.05)


def _record(ledger: Ledger, count: int, committed: dict[int, float]) -> None:
    """Record so many violations, evenly over time; notes when each fact was known to be there."""
    lines = violation_lines(count, count // 4)

    def note(done: "Future[list[Any]]") -> None:
        now = time.perf_counter()
        for outcome in done.result():
            assert isinstance(outcome, Receipt), outcome
            committed.update((fact.position, now) for fact in outcome.facts)

    began = time.perf_counter()
    for start in range(0, count, AT_ONCE):
        commands = [_DECODER.decode(line) for line in lines[start : start + AT_ONCE]]
        requests = [Request(each, actor_of(each)[1] or "") for each in commands]
        ledger.clerk.submit(requests).add_done_callback(note)
        time.sleep(max(0.0, began + (start + AT_ONCE) / A_SECOND - time.perf_counter()))


def _read(address: Address, arrived: dict[int, float], ended: Event) -> None:
    reader = open_reader(address, [FACTS])
    while not ended.is_set():
        found = reader.read(0.1)
        now = time.perf_counter()
        for each in found:
            position = int(dict(each.message.headers)["ce_id"])
            assert position not in arrived, f"{position} came twice"
            arrived[position] = now
    reader.close()
