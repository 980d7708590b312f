"""What was answered before: the facts of earlier requests, read for many repeats at once."""

from collections.abc import Iterable
from typing import Any, NamedTuple, cast

from ledger.comparing import compare
from ledger.decide.commands import Command
from ledger.decide.dispute_commands import AboutDispute
from ledger.decide.refusals import ToldDifferently
from ledger.disputes.dispute import Dispute
from ledger.disputes.evolve import evolve_dispute
from ledger.facts.disputes import DisputeClosed
from ledger.facts.ids import address_of, dispute_of, dispute_stream, seller_of, seller_stream
from ledger.facts.kinds import DisputesOwnFact, SellerFact
from ledger.facts.sanctions import SanctionEnded
from ledger.standing.evolve import evolve
from ledger.standing.seller import Seller
from ledger.store.keeping import Told
from ledger.store.loading import StoredFact
from ledger.store.reader import Reader
from ledger.store.turn import Appended


class Earlier(NamedTuple):
    """The streams in which some repeats were answered, and the texts kept beside their facts."""

    streams: dict[str, list[StoredFact]]
    """By name."""
    prose: dict[int, dict[str, Any]]
    outcomes: dict[str, StoredFact]
    """Outcomes of disputes on their sellers' records, by the address that the closing names."""

    @classmethod
    def read(cls, reader: Reader, repeats: Iterable[Told]) -> "Earlier":
        """Read each stream once, and all texts together."""
        told = list(repeats)
        streams = {stream: reader.stream(stream) for stream in {t.stream for t in told}}
        first = [streams[t.stream][t.version - 1].position for t in told]
        closings = [stored.fact for t in told for stored in streams[t.stream]]
        outcomes = {c.outcome for c in closings if isinstance(c, DisputeClosed)}
        return cls(
            streams, reader.prose(first) if first else {}, {o: _at(reader, o) for o in outcomes}
        )

    def facts(self, command: Command, told: Told) -> tuple[Appended, ...]:
        """The facts that answered this command before; raises `ToldDifferently`."""
        if told.stream != stream_of(command):
            raise ToldDifferently("this idempotency key", _named_by(command, told))
        stream = self.streams[told.stream]
        first = stream[told.version - 1]
        compare(command, first.fact, self.prose.get(first.position))
        facts = [first, *_that_follow(stream, first)]
        facts += [self.outcomes[f.fact.outcome] for f in facts if isinstance(f.fact, DisputeClosed)]
        facts.sort(key=lambda stored: stored.position)
        return tuple(Appended(f.stream, f.version, f.position, f.fact) for f in facts)

    def seller(self, told: Told, facts: tuple[Appended, ...]) -> Seller:
        """What was known of the seller right after these facts of its stream."""
        seller = Seller(cast(str, seller_of(told.stream)))
        for stored in self.streams[told.stream][: facts[-1].version]:
            seller = evolve(seller, cast(SellerFact, stored.fact), stored.position)
        return seller

    def dispute(self, told: Told, facts: tuple[Appended, ...]) -> Dispute | None:
        """What was known of the dispute right after these facts; None if it is about none."""
        if dispute_of(told.stream) is None:
            return None
        dispute: Dispute | None = None
        for stored in self.streams[told.stream][: facts[-1].version]:
            dispute = evolve_dispute(dispute, cast(DisputesOwnFact, stored.fact), stored.position)
        return dispute


def stream_of(command: Command) -> str:
    """The stream in which a command is answered."""
    if isinstance(command, AboutDispute):
        return dispute_stream(command.dispute_id)
    return seller_stream(command.seller_id)


def _named_by(command: Command, told: Told) -> str:
    """The field by which a command is about something else than what was told before."""
    if isinstance(command, AboutDispute):
        return "dispute_id" if dispute_of(told.stream) is not None else "command"
    return "seller_id" if seller_of(told.stream) is not None else "command"


def _at(reader: Reader, address: str) -> StoredFact:
    stream, version = cast("tuple[str, int]", address_of(address))
    stored = reader.fact(stream, version)
    assert stored is not None, "a dispute closes in one append with its outcome"
    return stored


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
