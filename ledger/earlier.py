"""What was answered before: the facts of earlier requests, read for many repeats at once."""

from collections.abc import Iterable
from typing import Any, NamedTuple, cast

from ledger.decide.commands import Command
from ledger.decide.refusals import ToldDifferently
from ledger.facts.kinds import SellerFact
from ledger.facts.sanctions import SanctionEnded
from ledger.repeats import compare
from ledger.standing.evolve import evolve
from ledger.standing.seller import Seller
from ledger.store.loading import StoredFact
from ledger.store.reader import Reader
from ledger.store.turn import Appended, Told


class Earlier(NamedTuple):
    """The streams in which some repeats were answered, and the texts kept beside their facts."""

    streams: dict[str, list[StoredFact]]
    prose: dict[int, dict[str, Any]]

    @classmethod
    def read(cls, reader: Reader, repeats: Iterable[Told]) -> "Earlier":
        """Read each seller's stream once, and all texts together."""
        told = list(repeats)
        streams = {seller_id: reader.stream(seller_id) for seller_id in {t.seller_id for t in told}}
        first = [streams[t.seller_id][t.version - 1].position for t in told]
        return cls(streams, reader.prose(first) if first else {})

    def facts(self, command: Command, told: Told) -> tuple[Appended, ...]:
        """The facts that answered this command before; raises `ToldDifferently`."""
        if told.seller_id != command.seller_id:
            raise ToldDifferently("this idempotency key", "seller_id")
        stream = self.streams[told.seller_id]
        first = stream[told.version - 1]
        compare(command, cast(SellerFact, first.fact), self.prose.get(first.position))
        facts = [first, *_that_follow(stream, first)]
        return tuple(Appended(f.stream, f.version, f.position, f.fact) for f in facts)

    def seller(self, told: Told, facts: tuple[Appended, ...]) -> Seller:
        """What was known of the seller right after these facts."""
        seller = Seller(told.seller_id)
        for stored in self.streams[told.seller_id][: facts[-1].version]:
            seller = evolve(seller, cast(SellerFact, stored.fact), stored.position)
        return seller


def _that_follow(stream: list[StoredFact], first: StoredFact) -> list[StoredFact]:
    """The facts of the same append: those that a fact from `first` on caused, recorded with it."""
    following: list[StoredFact] = []
    address = {f"{first.stream}.{first.version}"}
    for stored in stream[first.version :]:
        same = stored.fact.recorded_at == first.fact.recorded_at
        # A warning ends at the instant it begins, but that is recorded by an append of its own.
        ended = isinstance(stored.fact, SanctionEnded)
        if not same or ended or stored.fact.caused_by not in address:
            break
        address.add(f"{stored.stream}.{stored.version}")
        following.append(stored)
    return following
