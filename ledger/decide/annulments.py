"""Taking a violation back: one person proposes and a second does it, where the pack demands two."""

from ledger.decide.commands import AnnulViolation
from ledger.decide.context import Context
from ledger.decide.overturning import left_without_object, overturned
from ledger.decide.refusals import AlreadyAnnulled, UnknownViolation
from ledger.decide.second_person import confirmation
from ledger.facts.ids import fact_id, seller_stream
from ledger.facts.kinds import SellerFact
from ledger.facts.violations import ViolationAnnulled, ViolationAnnulmentProposed
from ledger.standing.proposals import proposal_of
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Seller
from ledger.standing.violations import Violation


def annul_violation(command: AnnulViolation, seller: Seller, context: Context) -> list[SellerFact]:
    """The violation is gone from its beginning, and its sanctions are judged again without it; or
    that is proposed.
    """
    violation = seller.violation(command.violation_id)
    if violation is None:
        raise UnknownViolation(seller.seller_id, command.violation_id)
    if violation.cancelled_at is not None:
        raise AlreadyAnnulled(command.violation_id, violation.cancelled_at)
    proposal = proposal_of(seller.proposals, "annulment", command.violation_id)
    if proposal is None and _takes_two(violation, context):
        return [_proposed(command, context)]
    facts: list[SellerFact] = []
    cause = fact_id(seller_stream(seller.seller_id), seller.version + 1)
    if proposal is not None:
        facts.append(
            confirmation(
                "annulment", command.violation_id, seller.seller_id, proposal.proposed_by,
                command.annulled_by, context.at, context.seal,
            )
        )  # fmt: skip
    annulled = ViolationAnnulled(
        recorded_at=context.at,
        actor=command.annulled_by,
        caused_by=cause if facts else None,
        violation_id=command.violation_id,
        seal=context.seal,
    )
    return [
        *facts,
        annulled,
        *left_without_object(seller, command.violation_id, cause, context.at),
        *overturned(seller, command.violation_id, cause, context),
    ]


def _takes_two(violation: Violation, context: Context) -> bool:
    """Under the edition in force now, which may say so of all, or of weighty ones."""
    policy = context.rulebook.in_force(context.at, context.at)
    if "annulment" in policy.second_person_for:
        return True
    most = policy.annulment_alone_up_to
    return most is not None and (
        violation.weight > most or _counts_strikes(violation, context.rulebook)
    )


def _counts_strikes(violation: Violation, rulebook: Rulebook) -> bool:
    return rulebook.edition(violation.policy).bucket(violation.bucket).unit == "strikes"


def _proposed(command: AnnulViolation, context: Context) -> ViolationAnnulmentProposed:
    return ViolationAnnulmentProposed(
        recorded_at=context.at,
        actor=command.annulled_by,
        violation_id=command.violation_id,
        seal=context.seal,
    )
