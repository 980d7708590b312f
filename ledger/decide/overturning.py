"""What follows once a violation is void: sanctions judged again, freezes and appeals ended."""

from ledger.decide.context import Context
from ledger.facts.appeals import AppealWithdrawn
from ledger.facts.fact import LEDGER_ACTOR
from ledger.facts.instants import Instant
from ledger.facts.kinds import SellerFact
from ledger.facts.sanctions import FundsReleased, SanctionFoundInError, SanctionLifted
from ledger.standing.judgement import reviewed
from ledger.standing.seller import Seller


def overturned(seller: Seller, violation_id: str, cause: str, context: Context) -> list[SellerFact]:
    """What the second judgement lifts, frees and finds in error once a violation is void."""
    violation = seller.violation(violation_id)
    assert violation is not None
    at = context.at
    reviews = reviewed(seller, violation, at, context.rulebook)
    facts: list[SellerFact] = []
    for review in reviews:
        if review.lifted:
            facts.append(
                SanctionLifted(
                    recorded_at=at,
                    actor=LEDGER_ACTOR,
                    caused_by=cause,
                    sanction_id=review.sanction.sanction_id,
                    because_of=violation_id,
                )
            )
            facts += released_with(seller, review.sanction.sanction_id, "lifted", cause, at)
    facts += [
        SanctionFoundInError(
            recorded_at=at,
            actor=LEDGER_ACTOR,
            caused_by=cause,
            sanction_id=review.sanction.sanction_id,
            error_us=review.error_us,
            because_of=violation_id,
        )
        for review in reviews
        if review.error_us != review.sanction.error_us
    ]
    return facts


def released_with(
    seller: Seller, sanction_id: str, why: str, cause: str, at: Instant
) -> list[SellerFact]:
    """A sanction's freeze ends with it."""
    return [
        FundsReleased(
            recorded_at=at,
            actor=LEDGER_ACTOR,
            caused_by=cause,
            freeze_id=freeze.freeze_id,
            why="waived" if why == "waived" else "lifted",
            effective_at=at,
        )
        for freeze in seller.freezes
        if freeze.sanction_id == sanction_id and not freeze.released and at < freeze.ends_at
    ]


def left_without_object(
    seller: Seller, violation_id: str, cause: str, at: Instant
) -> list[SellerFact]:
    """The end of an open round whose violation was annulled: nothing is left to decide."""
    appeal = seller.appeal(violation_id)
    if appeal is None or appeal.newest.at(at).status != "filed":
        return []
    return [
        AppealWithdrawn(
            recorded_at=at,
            actor=LEDGER_ACTOR,
            caused_by=cause,
            violation_id=violation_id,
            round=appeal.newest.round,
        )
    ]
