"""The standings that a stretch of the log changed, each seller's last one only: for copies that
keep the latest and nothing else.

What a copy holds of a seller is what the ledger would have answered right after the seller's last
fact, or at the last instant up to which all sellers were gone through because rules changed.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, TypeAlias, cast

from ledger.facts.ids import seller_of, seller_stream
from ledger.facts.instants import Instant
from ledger.facts.kinds import SellerFact
from ledger.standing.evolve import evolve
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Seller
from ledger.standing.standing import Standing, standing
from ledger.store.loading import StoredFact
from ledger.store.memory import crowd_out
from ledger.store.reader import Reader
from projections.standing_changes import SQL, Face, RulesByPosition, face, readable
from projections.taking import decoded

SELLERS_REMEMBERED: Final = 20_000

Copied: TypeAlias = tuple[Face, Instant | None]
"""What a copy answers with: what storefronts see, and until when it holds."""


class Swept(NamedTuple):
    """Up to which instant all sellers were gone through; and where somebody is on the way there."""

    to: Instant = 0
    next_to: Instant = 0
    """The same as `to` where nobody is on the way."""
    after: str = ""
    """The last seller of whom the copies know how it stands at `next_to`."""

    def of(self, seller_id: str) -> Instant:
        """The instant up to which a seller was looked at."""
        return self.next_to if seller_id <= self.after else self.to


class Latest(NamedTuple):
    """The standings that copies have to hear of, and the streams that could not be judged."""

    standings: list[Standing]
    failed: dict[str, str]


class _Seen(NamedTuple):
    """A seller, and what copies hold of it."""

    seller: Seller
    copied: Copied


class LatestStandings:
    """Follows a log for one copy of all standings; remembers sellers, so that most stretches ask
    for nothing more. Used by one thread.
    """

    def __init__(self, reader: Reader, remembered: int = SELLERS_REMEMBERED) -> None:
        self._reader = reader
        self._most = remembered
        self._seen: dict[str, _Seen] = {}
        self._rules = RulesByPosition(reader.memory.rulebook)

    def forget(self) -> None:
        """Read sellers anew: what copies hold may be something else than is remembered."""
        self._seen.clear()

    def of(self, facts: Sequence[StoredFact], end: int, swept: Swept) -> Latest:
        """What these facts changed, those of a stretch up to the position `end`, in its order.
        Raises `Unavailable`.
        """
        streams: dict[str, list[StoredFact]] = {}
        for stored in facts:
            if seller_of(stored.stream) is not None:
                streams.setdefault(stored.stream, []).append(stored)
        before = self._before(streams)
        rules, found = self.rules(end), Latest([], {})
        for stream, new in streams.items():
            try:
                changed = self._of_seller(before[stream], new, rules, swept)
            except Exception as cause:  # noqa: BLE001 - others of the stretch must not wait for it
                found.failed[stream] = f"{type(cause).__name__}: {cause}"
            else:
                if changed is not None:
                    found.standings.append(changed)
        crowd_out(self._seen, self._most)
        found.standings.sort(key=lambda each: each.position)
        return found

    def as_known_at(self, seller_ids: Iterable[str], position: int) -> list[Seller]:
        """Sellers as the log knew them at a position; those it did not are left out."""
        streams = [seller_stream(seller_id) for seller_id in seller_ids]
        found = [_replayed(facts) for facts in self._facts_of(streams, position).values() if facts]
        return [seller for seller in found if seller is not None]

    def rules(self, position: int) -> Rulebook:
        """The rules as they were published up to a position."""
        if self._rules.whole is not self._reader.memory.rulebook:
            self._rules = RulesByPosition(self._reader.memory.rulebook)
        return self._rules.at(position)

    def _of_seller(
        self, before: "_Seen | Seller", new: Sequence[StoredFact], rules: Rulebook, swept: Swept
    ) -> Standing | None:
        seller = before.seller if isinstance(before, _Seen) else before
        looked_at = swept.of(seller.seller_id)
        if isinstance(before, _Seen):
            copied = before.copied
        else:
            # One without facts was clean until its first.
            at = seller.recorded_at if seller.version else new[0].fact.recorded_at
            copied = copied_of(standing_at(seller, rules, max(at, looked_at)))
        for stored in new:
            seller = evolve(seller, cast(SellerFact, stored.fact), stored.position)
        found = standing_at(seller, rules, max(seller.recorded_at, swept.next_to))
        now = copied_of(found)
        self._seen.pop(seller.seller_id, None)
        self._seen[seller.seller_id] = _Seen(seller, now)
        return found if now != copied else None

    def _before(self, streams: dict[str, list[StoredFact]]) -> "dict[str, _Seen | Seller]":
        """What is known of each seller right before its first new fact."""
        found: dict[str, _Seen | Seller] = {}
        unknown: list[str] = []
        for stream, new in streams.items():
            seller_id = cast(str, seller_of(stream))
            seen = self._seen.get(seller_id)
            if seen is not None and seen.seller.version == new[0].version - 1:
                found[stream] = seen
            elif new[0].version == 1:
                found[stream] = Seller(seller_id)
            else:
                unknown.append(stream)
        if unknown:
            to = max(streams[stream][0].position for stream in unknown) - 1
            for stream, facts in self._facts_of(unknown, to).items():
                earlier = [f for f in facts if f.version < streams[stream][0].version]
                found[stream] = _replayed(earlier) or Seller(cast(str, seller_of(stream)))
        return found

    def _facts_of(self, streams: Sequence[str], to: int) -> dict[str, list[StoredFact]]:
        loaded: dict[str, list[StoredFact]] = {stream: [] for stream in streams}
        with self._reader.cursor() as cursor:
            cursor.execute(SQL["streams_up_to"], {"streams": list(streams), "to": to})
            for stored in readable(*decoded(cursor.fetchall())):
                loaded[stored.stream].append(stored)
        return loaded


def standing_at(seller: Seller, rules: Rulebook, at: Instant) -> Standing:
    """How a seller stood at an instant, as known then."""
    return standing(seller, rules, at, at)


def copied_of(found: Standing) -> Copied:
    """What a copy of a standing answers with."""
    return face(found), found.next_change_at


def _replayed(facts: Sequence[StoredFact]) -> Seller | None:
    if not facts:
        return None
    seller = Seller(cast(str, seller_of(facts[0].stream)))
    for stored in facts:
        seller = evolve(seller, cast(SellerFact, stored.fact), stored.position)
    return seller
