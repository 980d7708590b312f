"""The parts that the application is made of, put together from the settings."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Protocol

from api.access import Keys
from api.console.opening import visitors_of
from api.console.with_keys import SessionVisitors
from api.console.without_keys import AnybodyHere
from api.kafka import kafka_address
from api.keys import Keyring
from api.lists.answering import Lists
from api.metrics_of_database import DatabaseNumbers
from api.opening import open_ledger, own_database
from api.settings import Settings
from api.standings import Standings
from api.stream import Hub
from api.webhooks import dispatcher_of
from api.what_if.keeping import WhatIf
from api.workers.due import DueWorker
from api.workers.keeping import Workers
from ledger.ledger import Ledger
from ledger.store.connections import Readers
from projections.catalogue import projections
from projections.tree.reading import Tree
from projections.tree.worker import Notary
from projections.views import Views
from projections.worker import Worker

_KEY_READERS: Final = 2
_KEY_PATIENCE_S: Final = 2.0
"""How long a request waits for the database to know its key: less than for its own answer."""


class _Thread(Protocol):
    def start(self) -> None: ...

    def stop(self) -> None: ...


class LedgerParts:
    """A ledger, the keys to it, its standings and lists as they are sent, its views, its tree, and
    what works for them while it serves. `signs`: whether it signs checkpoints of the log. `works`:
    whether views, due work, proofs and webhooks are kept up here, and not by processes of their
    own. `workers`: the processes beside it that publish and consume. `visitors`: who is let into
    the console.
    """

    def __init__(
        self,
        ledger: Ledger,
        keys: Keys | None,
        data_dir: Path,
        *,
        webhooks_private: bool = False,
        checkpoint_seconds: float = 1.0,
        signs: bool = True,
        works: bool = True,
        workers: Workers | None = None,
        visitors: SessionVisitors | AnybodyHere | None = None,
    ) -> None:
        self.ledger = ledger
        self.tree = Tree(ledger.reader)
        self.data_dir = data_dir
        self._signs = signs
        self._checkpoint_seconds = checkpoint_seconds
        self.webhooks_private = webhooks_private
        self._works = works
        self.workers = workers
        self.keys = keys
        self.visitors = visitors or AnybodyHere()
        self.console_address = self.visitors.address
        self.standings = Standings(ledger)
        self.database_numbers = DatabaseNumbers(ledger)
        self.views = Views(ledger.reader, projections())
        self.lists = Lists(ledger, self.views)
        self.hub = Hub(ledger)
        self.what_if = WhatIf(ledger.dsn, ledger.clock.kind, data_dir)
        self._wanted = ledger.reader.head().last_position
        self._was_ready = False

    @property
    def was_ready(self) -> bool:
        """Whether `ready` said so and would again; asks nobody."""
        return self._was_ready and not self.ledger.reader.silent()

    def ready(self) -> str | None:
        """Why requests cannot be answered; None once the log of the start is read, and as long
        as the database answers.
        """
        if self.ledger.reader.silent():
            return "the database does not answer; standings are told from memory"
        if self._was_ready:
            return None
        read_up_to = self.ledger.memory.head.last_position
        if read_up_to < self._wanted:
            return f"the log is read up to {read_up_to} of {self._wanted}"
        behind = self.views.behind(self.views.names, self._wanted, None)
        self._was_ready = behind is None
        return behind

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Records what falls due, keeps views up and tells of changes, while the application
        serves.
        """
        kept = self._kept_up() if self._works else []
        for each in kept:
            each.start()
        self.what_if.start()
        if self.workers is not None:
            self.workers.start()
        # One for each time that the application runs: it belongs to the event loop of that time.
        hub = self.hub = Hub(self.ledger)
        following = asyncio.create_task(hub.run())
        try:
            yield
        finally:
            hub.close()
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following
            beside = [self.what_if, *kept, *([] if self.workers is None else [self.workers])]
            await asyncio.gather(*(asyncio.to_thread(each.stop) for each in beside))
            self.database_numbers.close()

    def _kept_up(self) -> "list[_Thread]":
        ledger, clock, every_s = self.ledger, self.ledger.clock, self._checkpoint_seconds
        return [
            dispatcher_of(ledger, private=self.webhooks_private),
            DueWorker(ledger),
            Worker(ledger.dsn, projections(), clock),
            Notary(ledger.dsn, clock, self.data_dir if self._signs else None, every_s),
        ]

    def stopping(self) -> None:
        """Told as soon as the server has to stop: answers without end come to theirs."""
        self.hub.close()


@contextmanager
def open_parts(settings: Settings, *, works: bool = True) -> Generator[LedgerParts]:
    """Everything that the application needs, from the settings. Without `works`, what works beside
    requests is left to processes of its own.
    """
    with_kafka = kafka_address(settings) is not None and works
    given: dict[str, Any] = {
        "webhooks_private": settings.webhooks_private == "allow",
        "data_dir": settings.data_dir,
        "checkpoint_seconds": settings.checkpoint_seconds,
        "works": works,
    }
    with own_database(settings) as dsn, open_ledger(dsn, settings) as ledger:
        if with_kafka:
            given["workers"] = Workers(dsn, settings.data_dir)
        if settings.auth == "off":
            yield LedgerParts(ledger, None, visitors=AnybodyHere(settings.console_address), **given)
            return
        with Readers(dsn, _KEY_READERS, ledger.pulse, _KEY_PATIENCE_S) as pool:
            keys = Keyring(pool.connection)
            visitors = visitors_of(settings, keys, pool.connection)
            yield LedgerParts(ledger, keys, visitors=visitors, **given)
