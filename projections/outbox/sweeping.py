"""Going through all sellers where rules took effect: no fact says that copies are old then."""

from typing import Any, Final, NamedTuple

from msgspec.structs import replace
from psycopg import Cursor

from ledger.facts.ids import seller_stream
from ledger.facts.instants import Instant
from ledger.policy.book import BeforeFirstPack, Book, UnknownPack
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Seller
from ledger.standing.standing import Standing
from ledger.store.reader import Reader
from ledger.store.sql import queries
from projections.latest_standings import LatestStandings, copied_of, standing_at
from projections.outbox.progress import Progress
from projections.outbox.record import Record
from projections.outbox.stretches import Piece
from projections.outbox.telling import Telling, said

SQL: Final = queries("projections.outbox", "sweeping.sql")
SELLERS_AT_ONCE: Final = 500


class Effect(NamedTuple):
    """An edition took effect: from when on for all who ask, and where it stands in the log."""

    at: Instant
    position: int
    as_published: bool
    """Whether it did when it was published: what stands behind it was judged under it."""


class Sweeping:
    """Goes through sellers in the order of their ids, some in each transaction."""

    def __init__(self, reader: Reader, telling: Telling, latest: LatestStandings) -> None:
        self._reader = reader
        self._telling = telling
        self._latest = latest

    def begun(self, progress: Progress, now: Instant) -> Progress:
        """Progress that says that a sweep began, where rules took effect since the last one."""
        if progress.is_sweeping:
            return progress
        unheard = self._unheard(progress, progress.swept_to, progress.swept_at)
        news = [effect for effect in unheard if effect.at <= now]
        if not news:
            return progress
        # Remembered is what copies held before.
        self._latest.forget()
        newest = max(progress.swept_to, *(effect.at for effect in news))
        with self._reader.cursor() as cursor:
            first = max(e.position if e.as_published else progress.position for e in news)
            if not _any_seller(cursor, first):
                return replace(progress, swept_to=newest, swept_at=progress.position)
        return replace(progress, sweeping_to=newest, sweeping_at=progress.position, swept_after="")

    def record(self, progress: Progress) -> Record:
        """Progress as others read it, with the instants from which on rules are others than those
        that standings were told under.
        """

        def first(to: Instant, at: int) -> Instant | None:
            return min((effect.at for effect in self._unheard(progress, to, at)), default=None)

        sweeping = progress.sweeping_to, progress.sweeping_at
        return progress.record(
            first(progress.swept_to, progress.swept_at),
            first(*sweeping) if progress.is_sweeping else None,
        )

    def next(self, progress: Progress) -> Piece:
        """The standings of the next sellers that are others now. Raises `Unavailable`."""
        seller_ids = self._sellers(progress)
        if not seller_ids:
            done = replace(
                progress,
                swept_to=progress.sweeping_to,
                swept_at=progress.sweeping_at,
                sweeping_to=0,
                sweeping_at=0,
                swept_after="",
            )
            return Piece([], [], done)
        sellers = self._latest.as_known_at(seller_ids, progress.position)
        standings = [
            said(self._telling, changed)
            for seller in sellers
            if (changed := self._changed(seller, progress)) is not None
        ]
        return Piece([], standings, replace(progress, swept_after=seller_ids[-1]))

    def _changed(self, seller: Seller, progress: Progress) -> Standing | None:
        """How a seller stands under the newest rules, if copies may hold something else."""
        to = progress.sweeping_to
        if seller.recorded_at > to:
            # It was told under the new rules already.
            return None
        now = standing_at(seller, self._latest.rules(progress.position), to)
        before = max(seller.recorded_at, progress.swept_to)
        # Under which of the rules since the last sweep it was told last depends on how long the
        # stretches were: what any of them says may be what copies hold.
        known = self._latest.rules(progress.sweeping_at).book.editions
        since = [each.position for each in known if each.position > progress.swept_at]
        for position in (progress.swept_at, *since):
            held = _standing_under(seller, self._latest.rules(position), before)
            if held is None or copied_of(held) != copied_of(now):
                return now
        return None

    def _unheard(self, progress: Progress, to: Instant, at: int) -> list[Effect]:
        """What a sweep up to an instant, by the rules as of a position, did not know or reach."""
        rules = self._latest.rules(progress.position)
        effects = effects_of(rules.book, rules.pack)
        return [effect for effect in effects if effect.at > to or effect.position > at]

    def _sellers(self, progress: Progress) -> list[str]:
        asked = {
            "after": seller_stream(progress.swept_after),
            "position": progress.position,
            "limit": SELLERS_AT_ONCE,
        }
        with self._reader.cursor() as cursor:
            return [seller_id for (seller_id,) in cursor.execute(SQL["sellers_after"], asked)]


def effects_of(book: Book, pack: str) -> list[Effect]:
    """When editions of a pack took effect, or will."""
    found: list[Effect] = []
    for each in book.editions:
        at = max(each.policy.effective_from, each.recorded_at)
        if each.policy.name == pack:
            found.append(Effect(at, each.position, at == each.recorded_at))
    return found


def _standing_under(seller: Seller, rules: Rulebook, at: Instant) -> Standing | None:
    """A standing under the rules of a place in the log; None where there were none yet."""
    try:
        return standing_at(seller, rules, at)
    except (BeforeFirstPack, UnknownPack):
        return None


def _any_seller(cursor: "Cursor[Any]", position: int) -> bool:
    row = cursor.execute(SQL["any_seller_up_to"], {"position": position}).fetchone()
    return row is not None and bool(row[0])
