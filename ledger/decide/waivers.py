"""Letting a sanction go: one person proposes, a second confirms, where the pack demands two."""

from ledger.decide.commands import WaiveSanction
from ledger.decide.context import Context
from ledger.decide.overturning import released_with
from ledger.decide.refusals import (
    ReasonMissing,
    SanctionNotInForce,
    UnknownSanction,
)
from ledger.decide.second_person import confirmation, refuse_alone
from ledger.facts.ids import fact_id, seller_stream
from ledger.facts.instants import Instant, format_instant
from ledger.facts.kinds import SellerFact
from ledger.facts.sanctions import (
    SanctionWaived,
    SanctionWaiverProposed,
)
from ledger.standing.seller import Sanction, Seller


def waive_sanction(command: WaiveSanction, seller: Seller, context: Context) -> list[SellerFact]:
    """A proposal the first time; from another person, the waiver itself."""
    at = context.at
    sanction = seller.sanction(command.sanction_id)
    if sanction is None:
        raise UnknownSanction(seller.seller_id, command.sanction_id)
    if not sanction.in_force_at(at):
        raise SanctionNotInForce(command.sanction_id, _why_not(sanction, at))
    refuse_alone("waiver", sanction.proposed_by, command.waived_by)
    facts: list[SellerFact] = []
    seal = None if command.reason is None else context.seal
    two = "waiver" in context.rulebook.in_force(at, at).second_person_for
    if two and sanction.proposed_by is None:
        return [_proposed(command, context)]
    if sanction.proposed_by is not None:
        facts.append(
            confirmation(
                "waiver",
                command.sanction_id,
                seller.seller_id,
                sanction.proposed_by,
                command.waived_by,
                at,
                seal,
            )
        )
    cause = fact_id(seller_stream(seller.seller_id), seller.version + 1)
    facts.append(
        SanctionWaived(
            recorded_at=at,
            actor=command.waived_by,
            caused_by=cause if facts else None,
            sanction_id=command.sanction_id,
            proposed_by=sanction.proposed_by or command.waived_by,
            seal=None if facts else seal,
        )
    )
    return [*facts, *released_with(seller, command.sanction_id, "waived", cause, at)]


def _proposed(command: WaiveSanction, context: Context) -> SanctionWaiverProposed:
    if command.reason is None:
        raise ReasonMissing
    return SanctionWaiverProposed(
        recorded_at=context.at,
        actor=command.waived_by,
        sanction_id=command.sanction_id,
        seal=context.seal,
    )


def _why_not(sanction: Sanction, at: Instant) -> str:
    if sanction.cut_at is not None:
        return f"it was {sanction.cut} at {format_instant(sanction.cut_at)}"
    assert sanction.ends_at is not None and sanction.ends_at <= at
    return f"it ended at {format_instant(sanction.ends_at)}"
