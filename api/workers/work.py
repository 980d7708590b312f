"""What each worker does, from when it begins until it is told to stop."""

import os
import threading
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Final, Literal, TypeAlias

import structlog

from api.access import Actor
from api.inbox.consumer import GROUP, Consumer
from api.kafka import kafka_address
from api.logs import Lines
from api.messages.telling import telling_of
from api.opening import open_ledger, system_now
from api.settings import BadSettings, Settings, scopes_of_topics
from api.webhooks import dispatcher_of
from api.workers.due import DueWorker
from api.workers.reports import Report, reporting
from ledger.ledger import Ledger
from ledger.store.opening import connect_alone
from projections.broker.address import Address
from projections.broker.client import BrokerFailure
from projections.broker.opening import open_reader, open_sender
from projections.broker.preparing import ensure_topics
from projections.broker.topics import COMMANDS, TOPICS, Topic
from projections.catalogue import projections
from projections.outbox.publisher import Publisher, Surroundings
from projections.outbox.publishing import Clocks
from projections.outbox.rejected import RejectedMessages
from projections.outbox.telling import Broker
from projections.tree.worker import Notary
from projections.worker import Worker

WorkerName: TypeAlias = Literal["publish", "consume", "project", "due", "deliver"]
LEAVE_S: Final = 5.0
"""How long an end may take. All that is under way may be cut off: who comes next goes on from what
was committed."""
AGAIN_S: Final = 5.0
"""How long a broker that does not answer is left alone before topics are looked at again."""

_log: Final = structlog.get_logger("seller-ledger")
Doing: TypeAlias = Callable[[Ledger, Settings], AbstractContextManager[None]]


def work(
    name: WorkerName,
    settings: Settings,
    dsn: str,
    stop: threading.Event,
    say: Callable[[], None] = lambda: None,
    lines: Lines | None = None,
) -> None:
    """Do it until `stop` is set; `say` is called once it is at work.

    Raises `BadSettings`, and what keeps the log from being opened.
    """
    refuse_without_use(name, settings)
    with (
        open_ledger(dsn, settings, publishes_chosen=False) as ledger,
        _DOING[name](ledger, settings),
    ):
        say()
        stop.wait()
        _end_in_time(lines)


def refuse_without_use(name: WorkerName, settings: Settings) -> None:
    """Raise `BadSettings` where this worker would have nothing to do."""
    if name in ("publish", "consume") and kafka_address(settings) is None:
        raise BadSettings(
            f"LEDGER_KAFKA_BOOTSTRAP is not set: `worker {name}` needs a broker's host:port."
        )
    if name == "due" and settings.clock == "test":
        raise BadSettings(
            "LEDGER_CLOCK=test: what falls due is recorded by whoever moves that clock; "
            "`worker due` works with LEDGER_CLOCK=system."
        )


def _end_in_time(lines: Lines | None) -> None:
    def end() -> None:
        _log.warning("cut off what was under way")
        if lines is not None:
            lines.empty()
        os._exit(0)

    timer = threading.Timer(LEAVE_S, end)
    timer.daemon = True
    timer.start()


# -- Kafka --------------------------------------------------------------------------------


@contextmanager
def publishing(ledger: Ledger, settings: Settings) -> Generator[None]:
    """Publish the log."""
    address = kafka_address(settings)
    assert address is not None, "refused before"
    publisher = Publisher(
        Surroundings(
            ledger.reader,
            lambda: connect_alone(ledger.dsn, "outbox"),
            Broker(partial(open_sender, address), partial(open_reader, address)),
            telling_of(ledger),
            RejectedMessages,
            Clocks(ledger.now, system_now),
        )
    )
    topics = Topics(address, [each for each in TOPICS if each.name != COMMANDS])

    def numbers() -> tuple[Report, Counter[str]]:
        counted = publisher.counted
        error = topics.trouble or counted.last_error
        works = counted.publishes and error is None
        told = Report(works, counted.position, counted.parked, error=error)
        done = {"facts": counted.facts, "standings": counted.standings, "relayed": counted.relayed}
        return told, Counter({**done, "failures": counted.failures})

    def run(stop: threading.Event) -> None:
        if topics.made(stop):
            publisher.run()

    with reporting(ledger.dsn, "publish", numbers), _in_thread("publish", run):
        try:
            yield
        finally:
            publisher.stop()


@contextmanager
def consuming(ledger: Ledger, settings: Settings) -> Generator[None]:
    """Take the commands."""
    address = kafka_address(settings)
    assert address is not None, "refused before"
    writers = Actor(None, scopes_of_topics(settings))
    consumer = Consumer(ledger, lambda: open_reader(address, [COMMANDS], GROUP), writers)
    topics = Topics(address, [each for each in TOPICS if each.name == COMMANDS])

    def numbers() -> tuple[Report, Counter[str]]:
        told = consumer.numbers()
        counts = told.counts
        error = topics.trouble or told.trouble or None
        waiting = {f"{topic}/{partition}": n for (topic, partition), n in told.lag.items()}
        report = Report(topics.are_made and error is None, waiting=waiting, error=error)
        done = {"taken": counts.taken, "replayed": counts.replayed, "pauses": told.pauses}
        done["passed-over"] = counts.passed_over
        rejected = {f"rejected:{problem}": n for problem, n in counts.rejected.copy().items()}
        return report, Counter({**done, **rejected})

    def run(stop: threading.Event) -> None:
        if topics.made(stop):
            consumer.run(stop)

    with reporting(ledger.dsn, "consume", numbers), _in_thread("consume", run):
        yield


class Topics:
    """The topics that a worker needs: made where they are missing, before it begins."""

    def __init__(self, address: Address, topics: Sequence[Topic]) -> None:
        self._address = address
        self._topics = topics
        self.are_made = False
        self.trouble: str | None = None
        """Why they are not; read it from any thread."""

    def made(self, stop: threading.Event) -> bool:
        """Make what is missing and tell what differs, as soon as a broker answers; False if told
        to stop before.
        """
        while not stop.is_set():
            try:
                for difference in ensure_topics(self._address, self._topics):
                    _log.warning("a topic is not as it should be", difference=difference)
            except BrokerFailure as failure:
                self._failed(f"{type(failure).__name__}: {failure}")
                stop.wait(AGAIN_S)
            else:
                self.trouble, self.are_made = None, True
                return not stop.is_set()
        return False

    def _failed(self, words: str) -> None:
        if words != self.trouble:
            self.trouble = words
            _log.warning("Kafka is waited for", why=words)


@contextmanager
def _in_thread(name: str, run: Callable[[threading.Event], None]) -> Generator[None]:
    stop = threading.Event()

    def keep() -> None:
        ended = False
        try:
            run(stop)
            ended = True
        finally:
            if not ended:
                # Alive and idle it would be missed by nobody: whoever began it begins it again.
                _log.critical("a worker broke off", worker=name, exc_info=True)
                os._exit(1)

    thread = threading.Thread(target=keep, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(LEAVE_S)


# -- without Kafka ------------------------------------------------------------------------


@contextmanager
def projecting(ledger: Ledger, settings: Settings) -> Generator[None]:
    """Keep the views up with the log, and the tree of proofs, and sign it."""
    views = Worker(ledger.dsn, projections(), ledger.clock)
    every_s = settings.checkpoint_seconds
    notary = Notary(ledger.dsn, ledger.clock, settings.data_dir, every_s)
    views.start()
    notary.start()
    try:
        yield
    finally:
        views.stop()
        notary.stop()


@contextmanager
def recording_due(ledger: Ledger, settings: Settings) -> Generator[None]:  # noqa: ARG001 - as all
    """Record what falls due."""
    due = DueWorker(ledger)
    due.start()
    try:
        yield
    finally:
        due.stop()


@contextmanager
def delivering(ledger: Ledger, settings: Settings) -> Generator[None]:
    """Deliver changes to webhooks."""
    dispatcher = dispatcher_of(ledger, private=settings.webhooks_private == "allow")
    dispatcher.start()
    try:
        yield
    finally:
        dispatcher.stop()


_DOING: Final[dict[WorkerName, Doing]] = {
    "publish": publishing,
    "consume": consuming,
    "project": projecting,
    "due": recording_due,
    "deliver": delivering,
}
