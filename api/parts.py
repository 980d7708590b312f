"""The parts that the application is made of, put together from the settings."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import structlog

from api.access import Keys
from api.keys import Keyring
from api.lists.answering import Lists
from api.logs import where
from api.metrics_of_database import DatabaseNumbers
from api.opening import open_ledger, own_database
from api.settings import Settings
from api.standings import Standings
from api.stream import Hub
from api.webhooks import dispatcher_of
from api.what_if.keeping import WhatIf
from ledger.ledger import DUE_AT_ONCE, Ledger
from ledger.store.connections import Readers
from ledger.store.refusals import NotNow
from projections.catalogue import projections
from projections.tree.reading import Tree
from projections.tree.worker import Notary
from projections.views import Views
from projections.worker import Worker

DUE_PAUSE_S: Final = 0.5
"""How long what fell due may wait for its fact; readers see it at its instant all the same."""
_KEY_READERS: Final = 2
_KEY_PATIENCE_S: Final = 2.0
"""How long a request waits for the database to know its key: less than for its own answer."""

_log: Final = structlog.get_logger("seller-ledger")


class LedgerParts:
    """A ledger, the keys to it, its standings and lists as they are sent, its views, its tree, and
    what works for them while it serves. `signs`: whether it signs checkpoints of the log.
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
    ) -> None:
        self.ledger = ledger
        self.tree = Tree(ledger.reader)
        self._keys_in = data_dir if signs else None
        self._checkpoint_seconds = checkpoint_seconds
        self.webhooks_private = webhooks_private
        self.keys = keys
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
        due = DueWorker(self.ledger)
        views = Worker(self.ledger.dsn, projections(), self.ledger.clock)
        clock, every_s = self.ledger.clock, self._checkpoint_seconds
        notary = Notary(self.ledger.dsn, clock, self._keys_in, every_s)
        due.start()
        views.start()
        notary.start()
        dispatcher = dispatcher_of(self.ledger, private=self.webhooks_private)
        dispatcher.start()
        self.what_if.start()
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
            await asyncio.to_thread(dispatcher.stop)
            await asyncio.to_thread(self.what_if.stop)
            due.stop()
            views.stop()
            notary.stop()
            self.database_numbers.close()

    def stopping(self) -> None:
        """Told as soon as the server has to stop: answers without end come to theirs."""
        self.hub.close()


class DueWorker:
    """A thread that records what has fallen due. Whoever moves a sandbox clock does it there."""

    def __init__(self, ledger: Ledger, pause_s: float = DUE_PAUSE_S) -> None:
        self._ledger = ledger
        self._pause_s = pause_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="due", daemon=True)

    def start(self) -> None:
        """Begin to record."""
        if self._ledger.clock.kind == "system":
            self._thread.start()

    def stop(self) -> None:
        """Record no more; what is under way is finished."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._pause_s):
            try:
                while self._record() >= DUE_AT_ONCE and not self._stopping.is_set():
                    pass
            except NotNow:
                continue  # an import, or a database that is away: the next round tries again
            except Exception as failure:  # noqa: BLE001 - due facts must outlive any one mistake
                _log.error("due work failed", **where(failure))

    def _record(self) -> int:
        began = perf_counter()
        recorded = self._ledger.record_due()
        if recorded:
            _log.info("due work", facts=recorded, ms=round((perf_counter() - began) * 1000, 1))
        return recorded


@contextmanager
def open_parts(settings: Settings) -> Generator[LedgerParts]:
    """Everything that the application needs, from the settings."""
    given: dict[str, Any] = {
        "webhooks_private": settings.webhooks_private == "allow",
        "data_dir": settings.data_dir,
        "checkpoint_seconds": settings.checkpoint_seconds,
    }
    with own_database(settings) as dsn, open_ledger(dsn, settings) as ledger:
        if settings.auth == "off":
            yield LedgerParts(ledger, None, **given)
            return
        with Readers(dsn, _KEY_READERS, ledger.pulse, _KEY_PATIENCE_S) as pool:
            yield LedgerParts(ledger, Keyring(pool.connection), **given)
