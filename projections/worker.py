"""The thread that keeps projections up with the log, whatever happens to the database."""

import threading
import time
from collections.abc import Sequence
from typing import Final

import psycopg
import structlog

from ledger.store.clocks import Clock
from projections.projection import Projection
from projections.runner import Runner
from projections.taking import GapInLog

IDLE_S: Final = 0.2
"""How long it trusts that a notification would come."""
AWAY_S: Final = 0.5
GAP_S: Final = 10.0
STOP_S: Final = 20.0
"""How long the end of a stretch is waited for, when a server stops."""
_REST_S: Final = 0.005
"""Writes that come close together are taken together."""
_MOST_REST_S: Final = 0.25
"""Whoever follows a writer closely rests as long as it worked, up to this: the machine is the
writer's meanwhile, and a row that many facts change is written once for all of them.
"""

_log: Final = structlog.get_logger("seller-ledger")


class Worker:
    """Runs projections in a thread of its own, on a connection of its own."""

    def __init__(self, dsn: str, projections: Sequence[Projection], clock: Clock) -> None:
        self._dsn = dsn
        self._projections = projections
        self._clock = clock
        self._stopping = threading.Event()
        self._runner: Runner | None = None
        self._thread = threading.Thread(target=self.run, name="views", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the stretch under way, and follow no more."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def run(self) -> None:
        """Follow until stopped; what goes wrong is logged, and tried again."""
        while not self._stopping.is_set():
            try:
                self._follow()
            except psycopg.OperationalError as away:
                _log.warning("views wait for the database", error=type(away).__name__)
            except GapInLog as gap:
                # Nothing follows from such a log: until somebody mends it, this only looks again.
                _log.error("the log has a gap: views stand still", gap=str(gap))
                self._stopping.wait(GAP_S)
            except Exception:  # noqa: BLE001 - views that stopped would be wrong for ever
                _log.exception("views could not be kept up")
            finally:
                if self._runner is not None:
                    self._runner.close()
                    self._runner = None
            self._stopping.wait(AWAY_S)

    def _follow(self) -> None:
        runner = self._runner = Runner(self._dsn, self._projections, self._clock)
        while not self._stopping.is_set():
            began = time.monotonic()
            more = runner.step()
            worked_s = time.monotonic() - began
            rest_s = min(worked_s, _MOST_REST_S) if runner.follows_closely else 0.0
            if not more and (pause_s := runner.pause_s(IDLE_S)) > 0:
                runner.wait(pause_s)
                rest_s = max(rest_s, _REST_S)
            if rest_s > 0:
                self._stopping.wait(rest_s)
