"""Publishers of a test's ledger, step by step or as a thread."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing, contextmanager
from threading import Thread
from typing import Final

from api.messages.telling import telling_of
from api.opening import system_now
from ledger.ledger import Ledger
from ledger.store.opening import connect_alone
from projections.broker.topics import PROGRESS
from projections.outbox.progress import read_progress
from projections.outbox.publisher import Connection, Publisher, Surroundings
from projections.outbox.publishing import Clocks, Counted, Publishing
from projections.outbox.telling import Broker, NothingRelayed, Relays

STOP_S: Final = 20.0


def publishing(ledger: Ledger, broker: Broker, relays: Relays | None = None) -> Publishing:
    """One that goes on from where the topics say it stands."""
    sender = broker.sender("publisher")
    progress = read_progress(broker.reader([PROGRESS]), "log")
    return Publishing(
        "log",
        ledger.reader,
        sender,
        telling_of(ledger),
        relays or NothingRelayed(),
        Clocks(ledger.now, system_now),
        progress,
        Counted(),
    )


def publish(ledger: Ledger, broker: Broker, relays: Relays | None = None) -> Publishing:
    """Publish all there is."""
    made = publishing(ledger, broker, relays)
    with closing(made):
        while made.step():
            pass
    return made


def published(ledger: Ledger, broker: Broker) -> AbstractContextManager[Publisher]:
    """A publisher at work."""
    return published_with(ledger, broker, lambda _: NothingRelayed())


@contextmanager
def published_with(
    ledger: Ledger, broker: Broker, relays: Callable[[Connection], Relays]
) -> Generator[Publisher]:
    """One that also sends on what others left."""
    made = Publisher(
        Surroundings(
            ledger.reader,
            lambda: connect_alone(ledger.dsn, "outbox"),
            broker,
            telling_of(ledger),
            relays,
            Clocks(ledger.now, system_now),
        )
    )
    thread = Thread(target=made.run, name="outbox", daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.stop()
        thread.join(STOP_S)
