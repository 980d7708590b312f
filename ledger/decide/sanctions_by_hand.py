"""Sanctions that a person decides, whatever the milestones say: imposed at once, or proposed where
the pack demands a second person.

They end by their date or by a waiver. No judgement lifts them, and none takes them into account.
"""

import re
from typing import Final

from ledger.decide.commands import ImposeSanction
from ledger.decide.context import Context
from ledger.decide.freezing import frozen_with
from ledger.decide.refusals import (
    AlreadyAnnulled,
    ReservedSanctionId,
    ToldDifferently,
    UnknownViolation,
)
from ledger.decide.second_person import confirmation
from ledger.facts.ids import fact_id, seller_stream
from ledger.facts.instants import DAY_US, Instant
from ledger.facts.kinds import SellerFact
from ledger.facts.sanctions import SanctionImposed, SanctionProposed
from ledger.policy.policy import BARS, SUSPENSION, Policy
from ledger.standing.proposals import Proposal, Terms, proposal_of
from ledger.standing.seller import Seller

_OWN_ID: Final = re.compile(r"sanction-\d+", re.ASCII)
"""What the ledger calls the sanctions of milestones."""


def impose_sanction(command: ImposeSanction, seller: Seller, context: Context) -> list[SellerFact]:
    """A sanction as it was asked for, with the freeze that its kind brings; or its proposal."""
    if _OWN_ID.fullmatch(command.sanction_id):
        raise ReservedSanctionId(command.sanction_id)
    if seller.sanction(command.sanction_id) is not None:
        raise ToldDifferently(f"sanction {command.sanction_id}", "content")
    _demand_causes(command, seller)
    terms = _terms(command)
    policy = context.rulebook.in_force(context.at, context.at)
    proposal = proposal_of(seller.proposals, "sanction", command.sanction_id)
    if proposal is None:
        if terms.kind == SUSPENSION and "suspension-by-hand" in policy.second_person_for:
            return [_proposed(command, terms, context)]
        return _imposed(command, terms, policy, seller.version, None, context)
    return _confirmed(command, terms, proposal, policy, seller, context)


def _demand_causes(command: ImposeSanction, seller: Seller) -> None:
    for violation_id in command.because_of or ():
        violation = seller.violation(violation_id)
        if violation is None:
            raise UnknownViolation(seller.seller_id, violation_id, "because_of")
        if violation.cancelled_at is not None:
            raise AlreadyAnnulled(violation_id, violation.cancelled_at, "because_of")


def _terms(command: ImposeSanction) -> Terms:
    """What is asked for. A suspension bars selling and promotion, whatever else it bars."""
    usual = BARS[command.kind]
    bars = usual if command.bars is None else frozenset(command.bars)
    if command.kind == SUSPENSION:
        bars |= usual
    return Terms(
        command.kind,
        command.days,
        tuple(sorted(bars)),
        tuple(dict.fromkeys(command.listing_ids or ())),
        tuple(dict.fromkeys(command.because_of or ())),
    )


def _confirmed(
    command: ImposeSanction,
    terms: Terms,
    proposal: Proposal,
    policy: Policy,
    seller: Seller,
    context: Context,
) -> list[SellerFact]:
    """Imposed as proposed: who wants another sanction proposes another."""
    confirmed = confirmation(
        "sanction", command.sanction_id, command.seller_id, proposal.proposed_by,
        command.imposed_by, context.at, context.seal,
    )  # fmt: skip
    assert proposal.terms is not None
    differs = terms.differs_from(proposal.terms)
    if differs is not None:
        raise ToldDifferently(f"sanction {command.sanction_id}", differs)
    cause = fact_id(seller_stream(seller.seller_id), seller.version + 1)
    return [
        confirmed,
        *_imposed(command, terms, policy, seller.version + 1, cause, context),
    ]


def _imposed(
    command: ImposeSanction,
    terms: Terms,
    policy: Policy,
    version: int,
    cause: str | None,
    context: Context,
) -> list[SellerFact]:
    """The sanction, after `version` facts; `cause` is the confirmation that it follows."""
    at = context.at
    sanction = SanctionImposed(
        recorded_at=at,
        actor=command.imposed_by,
        caused_by=cause,
        sanction_id=command.sanction_id,
        sanction=terms.kind,
        starts_at=at,
        ends_at=_end(terms, at),
        bars=terms.bars,
        because_of=terms.because_of,
        listing_ids=terms.listing_ids,
        policy=policy.ref,
        seal=context.seal if cause is None else None,
    )
    first = cause or fact_id(seller_stream(command.seller_id), version + 1)
    return [sanction, *frozen_with(sanction, version + 2, policy, first)]


def _end(terms: Terms, at: Instant) -> Instant | None:
    if terms.days is not None:
        return at + terms.days * DAY_US
    # As by a milestone: a warning is over as soon as it is given.
    return at if terms.kind == "warning" else None


def _proposed(command: ImposeSanction, terms: Terms, context: Context) -> SanctionProposed:
    return SanctionProposed(
        recorded_at=context.at,
        actor=command.imposed_by,
        sanction_id=command.sanction_id,
        sanction=terms.kind,
        days=terms.days,
        bars=terms.bars,
        because_of=terms.because_of,
        listing_ids=terms.listing_ids,
        seal=context.seal,
    )
