"""Keeps this process's memory within a tenth of a second of what other processes commit."""

import logging
from threading import Event, Thread
from typing import Final

from ledger.store.reader import Reader
from ledger.store.refusals import Unavailable

PAUSE_S: Final = 0.05
_LOGGER: Final = logging.getLogger(__name__)


class Follower:
    """A thread that reads the log's end again and again; it waits a little longer while the
    database is away.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="follower", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """Stop following."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(PAUSE_S):
            try:
                self._reader.catch_up()
            except Unavailable:
                # Nobody else asks while it is silent, so that nobody waits for nothing.
                self._reader.knock()
                self._stopping.wait(10 * PAUSE_S)
            except Exception:  # a follower that ended would leave readers in the past for ever
                _LOGGER.exception("the log could not be followed")
                self._stopping.wait(20 * PAUSE_S)
