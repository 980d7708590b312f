"""A seller's challenge of a violation: filing a round, its evidence, its decision, its withdrawal.

Windows are those of the edition in force when the violation was effective. *Within N days* includes
the last instant.
"""

from ledger.decide.appeal_commands import (
    AddAppealEvidence,
    DecideAppeal,
    FileAppeal,
    WithdrawAppeal,
)
from ledger.decide.context import Context
from ledger.decide.overturning import overturned
from ledger.decide.refusals import (
    AlreadyAnnulled,
    AppealClosed,
    AppealEvidenceWithFiling,
    AppealOutOfRounds,
    AppealTooLate,
    BrandVerificationMissing,
    ReviewerNotIndependent,
    UnknownAppeal,
    UnknownViolation,
)
from ledger.facts.appeals import (
    AppealEvidenceAdded,
    AppealFiled,
    AppealRejected,
    AppealUpheld,
    AppealWithdrawn,
)
from ledger.facts.ids import fact_id, seller_stream
from ledger.facts.instants import Instant, format_instant
from ledger.facts.kinds import SellerFact
from ledger.facts.violations import ViolationCancelled, ViolationRecorded
from ledger.policy.policy import AppealWindow
from ledger.standing.appeals import Appeal, Round, first_until
from ledger.standing.seller import Seller
from ledger.standing.violations import Violation


def file_appeal(command: FileAppeal, seller: Seller, context: Context) -> list[SellerFact]:
    """A round of an appeal: the first within days of notice, a further one after a rejection."""
    violation, fact = _challenged(command.violation_id, seller, context)
    if violation.cancelled_at is not None:
        raise AlreadyAnnulled(command.violation_id, violation.cancelled_at)
    window = _window(fact, context)
    appeal = seller.appeal(command.violation_id)
    number, until = _next_round(appeal, fact, window)
    if context.at > until:
        raise AppealTooLate((fact.violation_id, fact.rule, number), until, context.at)
    if window.brand_verification_required and command.brand_verification is None:
        raise BrandVerificationMissing(fact.violation_id, fact.rule)
    return [
        AppealFiled(
            recorded_at=context.at,
            actor=command.filed_by,
            violation_id=command.violation_id,
            round=number,
            evidence_until=window.evidence_until(context.at),
            evidence_given=bool(command.evidence),
            seal=context.seal,
        )
    ]


def _next_round(
    appeal: Appeal | None, fact: ViolationRecorded, window: AppealWindow
) -> tuple[int, Instant]:
    """The number of the round that comes next, and the last instant to file it."""
    if appeal is None:
        first = first_until(fact)
        if first is None:
            raise AppealOutOfRounds(fact.violation_id, fact.rule, 0)
        return 1, first
    newest = appeal.newest
    if newest.status == "filed":
        raise AppealClosed(fact.violation_id, newest.round, "is still open", "a decision first")
    if newest.next_round_until is None:
        if newest.status == "rejected":
            raise AppealOutOfRounds(fact.violation_id, fact.rule, window.rounds)
        raise AppealClosed(
            fact.violation_id,
            newest.round,
            f"{_how(newest)}, which ends the appeal",
            "an appeal against another violation",
        )
    return newest.round + 1, newest.next_round_until


def _how(closed: Round) -> str:
    """How and when a round came to its end."""
    assert closed.closed_at is not None
    how = "lapsed for want of evidence" if closed.status == "lapsed" else f"was {closed.status}"
    return f"{how} at {format_instant(closed.closed_at)}"


def add_appeal_evidence(
    command: AddAppealEvidence, seller: Seller, context: Context
) -> list[SellerFact]:
    """Evidence for an open round, while there is time for it."""
    _, fact = _challenged(command.violation_id, seller, context)
    found = _round(command.violation_id, command.round, seller)
    until = found.evidence_until
    if until is not None and context.at > until and found.status in {"filed", "lapsed"}:
        which = (fact.violation_id, fact.rule, found.round)
        raise AppealTooLate(which, until, context.at, "evidence")
    newest = _open(found, command.violation_id, "is open to evidence")
    if until is None:
        raise AppealEvidenceWithFiling(command.violation_id, newest.filed_at)
    return [
        AppealEvidenceAdded(
            recorded_at=context.at,
            actor=context.actor or newest.filed_by,
            violation_id=command.violation_id,
            round=newest.round,
            content=context.content,
            seal=context.seal,
        )
    ]


def decide_appeal(command: DecideAppeal, seller: Seller, context: Context) -> list[SellerFact]:
    """A round decided by somebody who had no part in it; upheld, the violation never was."""
    violation, fact = _challenged(command.violation_id, seller, context)
    found = _round(command.violation_id, command.round, seller)
    newest = _open(found, command.violation_id, "can be decided")
    _demand_independence(command.reviewer, fact, seller)
    cause = fact_id(seller_stream(seller.seller_id), seller.version + 1)
    if command.outcome == "rejected":
        window = _window(fact, context)
        return [
            AppealRejected(
                recorded_at=context.at,
                actor=command.reviewer,
                violation_id=command.violation_id,
                round=newest.round,
                next_round_until=window.next_until(context.at, newest.round),
                seal=context.seal,
            )
        ]
    return [
        AppealUpheld(
            recorded_at=context.at,
            actor=command.reviewer,
            violation_id=command.violation_id,
            round=newest.round,
            seal=context.seal,
        ),
        ViolationCancelled(
            recorded_at=context.at,
            actor=command.reviewer,
            caused_by=cause,
            violation_id=violation.violation_id,
            round=newest.round,
        ),
        *overturned(seller, command.violation_id, cause, context),
    ]


def withdraw_appeal(command: WithdrawAppeal, seller: Seller, context: Context) -> list[SellerFact]:
    """An open round taken back by the seller; it ends the appeal."""
    _challenged(command.violation_id, seller, context)
    found = _round(command.violation_id, command.round, seller)
    newest = _open(found, command.violation_id, "can be withdrawn")
    return [
        AppealWithdrawn(
            recorded_at=context.at,
            actor=context.actor or newest.filed_by,
            violation_id=command.violation_id,
            round=newest.round,
        )
    ]


def _challenged(
    violation_id: str, seller: Seller, context: Context
) -> tuple[Violation, ViolationRecorded]:
    violation = seller.violation(violation_id)
    if violation is None:
        raise UnknownViolation(seller.seller_id, violation_id)
    assert context.violation is not None, "the clerk reads the fact of what is challenged"
    return violation, context.violation


def _round(violation_id: str, number: int, seller: Seller) -> Round:
    appeal = seller.appeal(violation_id)
    found = None if appeal is None else appeal.round(number)
    if found is None:
        raise UnknownAppeal(seller.seller_id, violation_id, number)
    return found


def _open(found: Round, violation_id: str, what: str) -> Round:
    """The round, which has to be the open one."""
    if found.status != "filed":
        accepted = f"a round that {what}"
        raise AppealClosed(violation_id, found.round, f"{_how(found)}", accepted)
    return found


def _window(fact: ViolationRecorded, context: Context) -> AppealWindow:
    return context.rulebook.edition(fact.policy).appeal_window(fact.family, fact.source)


def _demand_independence(reviewer: str, fact: ViolationRecorded, seller: Seller) -> None:
    """Whoever recorded the violation, filed or decided a round, or is the seller, decides none."""
    appeal = seller.appeal(fact.violation_id)
    assert appeal is not None
    if reviewer == fact.actor:
        raise ReviewerNotIndependent(reviewer, f"recorded violation {fact.violation_id}")
    if reviewer == seller.seller_id:
        raise ReviewerNotIndependent(reviewer, "is the seller")
    for each in appeal.rounds:
        if reviewer == each.reviewer:
            raise ReviewerNotIndependent(reviewer, f"decided round {each.round}")
        if reviewer == each.filed_by:
            raise ReviewerNotIndependent(reviewer, f"filed round {each.round}")
