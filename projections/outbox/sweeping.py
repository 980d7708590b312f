"""Going through all sellers where rules took effect: no fact says that copies are old then."""

from typing import Any, Final

from msgspec.structs import replace
from psycopg import Cursor

from ledger.facts.ids import seller_stream
from ledger.facts.instants import Instant
from ledger.policy.book import Book
from ledger.store.reader import Reader, last_position_before
from ledger.store.sql import queries
from projections.latest_standings import LatestStandings, copied_of, standing_at
from projections.outbox.progress import Progress
from projections.outbox.stretches import Piece
from projections.outbox.telling import Telling, said

SQL: Final = queries("projections.outbox", "outbox.sql")
SELLERS_AT_ONCE: Final = 500


class Sweeping:
    """Goes through sellers in the order of their ids, some in each transaction."""

    def __init__(self, reader: Reader, telling: Telling, latest: LatestStandings) -> None:
        self._reader = reader
        self._telling = telling
        self._latest = latest

    def begun(self, progress: Progress, now: Instant) -> Progress:
        """Progress that says that a sweep began, where rules took effect since the last one."""
        rules = self._latest.rules(progress.position)
        newest = newest_effect(rules.book, rules.pack, now)
        if progress.is_sweeping or newest <= progress.swept_to:
            return progress
        # Remembered is what copies held before.
        self._latest.forget()
        with self._reader.cursor() as cursor:
            position = min(progress.position, last_position_before(cursor, newest))
            if not _any_seller(cursor, position):
                return replace(progress, swept_to=newest)
        return replace(progress, sweeping_to=newest, swept_after="")

    def next(self, progress: Progress) -> Piece:
        """The standings of the next sellers that are others now. Raises `Unavailable`."""
        seller_ids = self._sellers(progress)
        if not seller_ids:
            done = replace(progress, swept_to=progress.sweeping_to, sweeping_to=0, swept_after="")
            return Piece([], [], done)
        rules, to = self._latest.rules(progress.position), progress.sweeping_to
        standings = [
            said(self._telling, now)
            for seller in self._latest.as_known_at(seller_ids, progress.position)
            # What was recorded later was told under the new rules.
            if seller.recorded_at < to
            and copied_of(now := standing_at(seller, rules, to))
            != copied_of(standing_at(seller, rules, max(seller.recorded_at, progress.swept_to)))
        ]
        return Piece([], standings, replace(progress, swept_after=seller_ids[-1]))

    def _sellers(self, progress: Progress) -> list[str]:
        asked = {
            "after": seller_stream(progress.swept_after),
            "position": progress.position,
            "limit": SELLERS_AT_ONCE,
        }
        with self._reader.cursor() as cursor:
            return [seller_id for (seller_id,) in cursor.execute(SQL["sellers_after"], asked)]


def newest_effect(book: Book, pack: str, now: Instant) -> Instant:
    """When rules of a pack last took effect for all who ask: not before they were published."""
    effects = [
        max(each.policy.effective_from, each.recorded_at)
        for each in book.editions
        if each.policy.name == pack
    ]
    return max((at for at in effects if at <= now), default=0)


def _any_seller(cursor: "Cursor[Any]", position: int) -> bool:
    row = cursor.execute(SQL["any_seller_up_to"], {"position": position}).fetchone()
    return row is not None and bool(row[0])
