"""A whole list as one file: read in one snapshot, handed on in pieces, never held as a whole."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from threading import BoundedSemaphore
from typing import Any, Final

from api.lists.formats import SUFFIXES, Writer, json_text, writer_of
from api.lists.listing import Asked, Moment
from api.lists.moments import Moments
from api.lists.tokens import Key
from api.representations import position_text
from ledger.store.reader import answering
from ledger.store.refusals import Busy

MOST_AT_ONCE: Final = 2
"""An export keeps a connection for as long as its reader takes; pages need the others."""
ROWS_AT_ONCE: Final = 2_000


class Export:
    """One export under way. Whoever began it closes it; until then it keeps a connection."""

    def __init__(
        self,
        rows: Iterator[tuple[Key, Any]],
        moment: Moment,
        writer: Writer,
        media_type: str,
        file_name: str,
        ending: ExitStack,
    ) -> None:
        self.moment = moment
        self.media_type = media_type
        self.file_name = file_name
        self.rows_told = 0
        """How many rows are in the pieces handed on so far."""
        self.last_key: Key | None = None
        self._rows = rows
        self._ending = ending
        self.pieces = self._pieces(writer)

    def close(self) -> None:
        """Give back what it keeps. May be called twice."""
        self._ending.close()

    def _pieces(self, writer: Writer) -> Iterator[bytes]:
        told = writer.begin()
        while batch := self._batch():
            told += writer.rows([row for _, row in batch])
            self.rows_told += len(batch)
            self.last_key = batch[-1][0]
            if told:
                yield told
            told = b""
        told += writer.end()
        while told:
            yield told
            told = writer.more()

    def _batch(self) -> list[Any]:
        with answering():
            return list(islice(self._rows, ROWS_AT_ONCE))


class Exports:
    """Begins exports, so many at once. May be used from any thread."""

    def __init__(self, moments: Moments, most: int = MOST_AT_ONCE) -> None:
        self._moments = moments
        self._most = most
        self._free = BoundedSemaphore(most)

    def begin(self, asked: Asked[Any], after: Key | None, media_type: str) -> Export:
        """An export of everything behind `after`; raises `Busy` while too many are under way."""
        if not self._free.acquire(blocking=False):
            raise Busy(f"{self._most} exports are under way, which is the most at once")
        with ExitStack() as ending:
            ending.callback(self._free.release)
            cursor, moment = ending.enter_context(self._moments.of(asked))
            rows = asked.rows(cursor, after, ROWS_AT_ONCE)
            writer = writer_of(media_type, asked.of.shape, _about(asked, moment))
            name = f"{asked.of.name}-{moment.position}.{SUFFIXES[media_type]}"
            return Export(rows, moment, writer, media_type, name, ending.pop_all())


def _about(asked: Asked[Any], moment: Moment) -> dict[str, str]:
    told = {name: value for name, value in asked.filters.items() if value is not None}
    return {
        "ledger.list": asked.of.name,
        "ledger.position": position_text(moment.position),
        "ledger.parked": str(moment.parked),
        "ledger.filters": json_text(told),
    }
