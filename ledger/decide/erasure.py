"""Erasing a seller's texts, and the legal holds that forbid it.

What is decided here is only whether, and the fact that says so. The texts go in the same
transaction, where the fact is written.
"""

from typing import Any

from ledger.decide.context import Context
from ledger.decide.erasure_commands import (
    EraseSeller,
    ErasureCommand,
    LiftLegalHold,
    PlaceLegalHold,
)
from ledger.decide.erasure_refusals import (
    ErasureHeld,
    UnknownLegalHold,
    UnknownSeller,
)
from ledger.decide.refusals import ToldDifferently
from ledger.facts.erasure import LegalHoldLifted, LegalHoldPlaced, PayloadErased
from ledger.facts.fact import Fact
from ledger.standing.seller import Seller


def place_legal_hold(
    command: PlaceLegalHold, seller: Seller, context: Context
) -> list[LegalHoldPlaced]:
    """From now on nothing is erased of the seller; raises `UnknownSeller`."""
    if seller.version == 0 and context.kept.texts == 0:
        raise UnknownSeller(command.seller_id)
    return [
        LegalHoldPlaced(
            recorded_at=context.at,
            actor=command.placed_by,
            hold_id=command.hold_id,
            seal=context.seal,
        )
    ]


def lift_legal_hold(
    command: LiftLegalHold, seller: Seller, context: Context
) -> list[LegalHoldLifted]:
    """The hold is over; raises `UnknownLegalHold`. One that was lifted is a repeat."""
    if seller.keeping.legal_hold(command.hold_id) is None:
        raise UnknownLegalHold(command.seller_id, command.hold_id)
    return [
        LegalHoldLifted(
            recorded_at=context.at,
            actor=command.lifted_by,
            hold_id=command.hold_id,
            seal=context.seal,
        )
    ]


def erase_seller(command: EraseSeller, seller: Seller, context: Context) -> list[PayloadErased]:
    """The fact that all texts of the seller are gone; raises `UnknownSeller` and `ErasureHeld`."""
    if seller.version == 0 and context.kept.texts == 0:
        raise UnknownSeller(command.seller_id)
    if context.kept.holds:
        raise ErasureHeld(command.seller_id, context.kept.holds)
    return [
        PayloadErased(
            recorded_at=context.at,
            actor=command.erased_by,
            reason=command.reason,
            texts=context.kept.texts,
            of_cases=context.kept.of_cases,
        )
    ]


def erasure_told(command: ErasureCommand, seller: Seller) -> int | None:
    """The version of the fact that the same request left before; None for a new one.

    An erasure is only a repeat while nothing was said since: whoever takes it looks at that first.
    """
    keeping = seller.keeping
    if isinstance(command, EraseSeller):
        return next((e.version for e in reversed(keeping.erasures) if _same(command, e)), None)
    hold = keeping.legal_hold(command.hold_id)
    if hold is None:
        return None
    return hold.version if isinstance(command, PlaceLegalHold) else hold.lifted_version or None


def _same(command: EraseSeller, erasure: Any) -> bool:
    return (command.reason, command.erased_by) == (erasure.reason, erasure.erased_by)


def same_erasure(command: ErasureCommand, fact: Fact, prose: dict[str, Any] | None) -> None:
    """Raise `ToldDifferently` with the first field in which a request is not what was told before.

    `prose` is the text kept beside the fact; None when it was erased, and then it is not compared.
    """
    match command, fact:
        case EraseSeller(), PayloadErased():
            compared = {"reason": (command.reason, fact.reason)}
            by, what = ("erased_by", command.erased_by), "this erasure"
        case (PlaceLegalHold(), LegalHoldPlaced()) | (LiftLegalHold(), LegalHoldLifted()):
            if fact.hold_id != command.hold_id:
                raise ToldDifferently("this idempotency key", "hold_id")
            said = command.reason if prose is None else prose.get("reason")
            compared = {"reason": (command.reason, said)}
            placing = isinstance(command, PlaceLegalHold)
            by = ("placed_by", command.placed_by) if placing else ("lifted_by", command.lifted_by)
            what = f"legal hold {command.hold_id}"
        case _:
            raise ToldDifferently("this idempotency key", "command")
    compared[by[0]] = (by[1], fact.actor)
    for field, (asked, told) in compared.items():
        if asked != told:
            raise ToldDifferently(what, field)
