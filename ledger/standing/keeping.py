"""What is known of a seller's texts, and not from them: legal holds, and when they were erased."""

import msgspec

from ledger.facts.erasure import ErasureReason, LegalHoldLifted, LegalHoldPlaced, PayloadErased
from ledger.facts.instants import Instant


class LegalHold(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A demand that the texts be kept, and whether it was lifted."""

    hold_id: str
    version: int
    """The version of the fact that placed it."""
    placed_at: Instant
    placed_by: str
    lifted_version: int = 0
    """The version of the fact that lifted it; 0 while it stands."""
    lifted_at: Instant | None = None
    lifted_by: str | None = None


class Erasure(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The texts told before this fact are gone."""

    version: int
    erased_at: Instant
    erased_by: str
    reason: ErasureReason
    texts: int
    of_cases: int


class Keeping(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Legal holds and erasures, in the order in which they came."""

    legal_holds: tuple[LegalHold, ...] = ()
    erasures: tuple[Erasure, ...] = ()

    def legal_hold(self, hold_id: str) -> LegalHold | None:
        """The legal hold of this id."""
        return next((hold for hold in self.legal_holds if hold.hold_id == hold_id), None)


KeepingFact = LegalHoldPlaced | LegalHoldLifted | PayloadErased


def after(keeping: Keeping, fact: KeepingFact, version: int) -> Keeping:
    """The same once another fact is known."""
    holds, erasures = keeping.legal_holds, keeping.erasures
    match fact:
        case LegalHoldPlaced():
            placed = LegalHold(fact.hold_id, version, fact.recorded_at, fact.actor)
            return Keeping((*holds, placed), erasures)
        case LegalHoldLifted():
            return Keeping(tuple(_lifted(hold, fact, version) for hold in holds), erasures)
        case PayloadErased():
            erased = Erasure(
                version, fact.recorded_at, fact.actor, fact.reason, fact.texts, fact.of_cases
            )
            return Keeping(holds, (*erasures, erased))


def _lifted(hold: LegalHold, fact: LegalHoldLifted, version: int) -> LegalHold:
    if hold.hold_id != fact.hold_id:
        return hold
    return msgspec.structs.replace(
        hold, lifted_version=version, lifted_at=fact.recorded_at, lifted_by=fact.actor
    )
