"""The thread that records what has fallen due."""

import threading
from time import perf_counter
from typing import Final

import structlog

from api.logs import where
from ledger.ledger import DUE_AT_ONCE, Ledger
from ledger.store.refusals import NotNow

DUE_PAUSE_S: Final = 0.5
"""How long what fell due may wait for its fact; readers see it at its instant all the same."""

_log: Final = structlog.get_logger("seller-ledger")


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
