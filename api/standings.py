"""Standings as they are sent. The live one of a seller is kept ready until something changes it."""

import hashlib
from collections.abc import Generator
from contextlib import contextmanager
from threading import Lock
from typing import Final, NamedTuple

import msgspec

from api.explanations import (
    Explanation,
    Forecast,
    StandingHistory,
    explanation_of,
    forecast_of,
    history_of,
)
from api.representations import standing_of
from ledger.facts.instants import Instant
from ledger.ledger import Ledger
from ledger.policy.book import BeforeFirstPack
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Seller
from ledger.standing.standing import Standing, current
from ledger.store.memory import crowd_out
from projections.tree.reading import Tree

MOST_READY: Final = 150_000
"""Answers of about a kilobyte each."""


class ReadyStanding(NamedTuple):
    """A live standing as bytes, and what it was made from."""

    seller: Seller
    rulebook: Rulebook
    valid_until: Instant | None
    body: bytes
    etag: bytes

    def holds(self, seller: Seller, rulebook: Rulebook, now: Instant) -> bool:
        """Whether it is still the answer."""
        return (
            self.seller is seller
            and self.rulebook is rulebook
            and (self.valid_until is None or now < self.valid_until)
        )


class Standings:
    """Answers about standings. All methods may be called from any thread."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._ready: dict[str, ReadyStanding] = {}
        self._writing = Lock()

    def ready(self) -> int:
        """How many live standings are kept as bytes."""
        return len(self._ready)

    def remembered(self, seller_id: str) -> ReadyStanding | None:
        """The live standing, if the seller is remembered: nothing is asked of the database."""
        known = self._ledger.memory.get(seller_id)
        return None if known is None else self._live(known.seller)

    def live(self, seller_id: str) -> ReadyStanding:
        """The live standing."""
        return self._live(self._ledger.reader.seller(seller_id))

    def live_of(self, seller_ids: list[str]) -> list[ReadyStanding]:
        """The live standings of many sellers, in the order asked."""
        rulebook, now = self._ledger.rulebook, self._ledger.now()
        ready, known = self._ready, self._ledger.memory.get
        found: dict[str, ReadyStanding] = {}
        for seller_id in seller_ids:
            there, remembered = ready.get(seller_id), known(seller_id)
            if there is None or remembered is None:
                continue
            if there.holds(remembered.seller, rulebook, now):
                found[seller_id] = there
        missing = [seller_id for seller_id in seller_ids if seller_id not in found]
        for seller in self._ledger.reader.sellers(missing) if missing else ():
            found[seller.seller_id] = self._live(seller)
        return [found[seller_id] for seller_id in seller_ids]

    def asked(
        self, seller_id: str, as_of: Instant | None, known_at: Instant | None
    ) -> tuple[bytes, Instant]:
        """The standing as of one instant, as known at another, and that other: absent, when it
        last changed. Raises `BeforeFirstPack`.
        """
        with naming("known_at" if as_of is None else "as_of"):
            found = self._ledger.standing(seller_id, as_of, known_at)
        return self._bytes(found), found.known_at

    def explained(
        self,
        seller_id: str,
        as_of: Instant | None,
        known_at: Instant | None,
        tree: Tree,
        *,
        names_people: bool,
        only: str | None = None,
    ) -> Explanation:
        """Why the standing is what it is, and which checkpoint of the tree vouches for it; of the
        violations one `only`.
        """
        with naming("known_at" if as_of is None else "as_of"):
            told = self._ledger.explanation(seller_id, as_of, known_at, only)
        return explanation_of(told, self._ledger, tree, names_people=names_people)

    def foretold(
        self, seller_id: str, as_of: Instant | None, known_at: Instant | None, most: int
    ) -> Forecast:
        """What time alone will change."""
        with naming("known_at" if as_of is None else "as_of"):
            told = self._ledger.forecast(seller_id, as_of, known_at, most)
        return forecast_of(told, self._ledger.rulebook.book)

    def history(
        self,
        seller_id: str,
        from_: Instant | None,
        to: Instant | None,
        known_at: Instant | None,
        most: int,
    ) -> StandingHistory:
        """How it went from one instant to another."""
        with naming("known_at" if from_ is None else "from"):
            told, until = self._ledger.course(seller_id, from_, to, known_at, most)
        return history_of(told, until, self._ledger.rulebook.book)

    def _live(self, seller: Seller) -> ReadyStanding:
        rulebook, now = self._ledger.rulebook, self._ledger.now()
        ready = self._ready.get(seller.seller_id)
        if ready is not None and ready.holds(seller, rulebook, now):
            return ready
        found = current(seller, rulebook, now)
        body = self._bytes(found)
        etag = b'"%s"' % hashlib.sha256(body).hexdigest()[:32].encode()
        ready = ReadyStanding(seller, rulebook, found.next_change_at, body, etag)
        with self._writing:
            self._ready[seller.seller_id] = ready
            crowd_out(self._ready, MOST_READY)
        return ready

    def _bytes(self, found: Standing) -> bytes:
        return msgspec.json.encode(standing_of(found, self._ledger.rulebook.book))


@contextmanager
def naming(field: str) -> Generator[None]:
    """Have an instant without rules told by the name of the parameter that gave it."""
    try:
        yield
    except BeforeFirstPack as refusal:
        if refusal.field == "effective_at":
            refusal.field = field
        raise
