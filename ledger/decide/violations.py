"""Recording a violation, with everything that follows in one append."""

from ledger.decide.commands import RecordViolation
from ledger.decide.context import Context
from ledger.decide.freezing import frozen_with
from ledger.decide.refusals import (
    EffectiveInFuture,
    ToldDifferently,
    UnknownSource,
)
from ledger.facts.fact import LEDGER_ACTOR
from ledger.facts.ids import fact_id, seller_stream
from ledger.facts.instants import parse_instant
from ledger.facts.kinds import SellerFact
from ledger.facts.sanctions import SanctionImposed
from ledger.facts.violations import ViolationExpired, ViolationRecorded
from ledger.standing.judgement import Fired, fired
from ledger.standing.seller import Seller

INTELLECTUAL_PROPERTY = "intellectual-property"
IP_SOURCES = ("rights-holder", "platform")


def record_violation(
    command: RecordViolation, seller: Seller, context: Context
) -> list[SellerFact]:
    """The violation as the pack in force at its effective instant weighs it, and what it
    sets off.
    """
    if seller.violation(command.violation_id) is not None:
        raise ToldDifferently(f"violation {command.violation_id}", "content")
    recorded = _recorded(command, context)
    milestones = fired(seller, recorded, context.rulebook)
    if not milestones and recorded.lapses_at > context.at:
        return [recorded]
    cause = fact_id(seller_stream(seller.seller_id), seller.version + 1)
    facts: list[SellerFact] = [recorded]
    for milestone in milestones:
        facts += _imposed(milestone, recorded, seller.version + len(facts), cause, context)
    if recorded.lapses_at <= context.at:
        facts.append(
            ViolationExpired(
                recorded_at=context.at,
                actor=LEDGER_ACTOR,
                caused_by=cause,
                violation_id=recorded.violation_id,
                effective_at=recorded.lapses_at,
            )
        )
    return facts


def _recorded(command: RecordViolation, context: Context) -> ViolationRecorded:
    at, rulebook = context.at, context.rulebook
    effective_at = at
    judge = rulebook.in_force_now(at)
    if command.effective_at is None:
        edition = judge
    else:
        # A rule that was given up since still judges what happened while it held.
        if not any(command.rule in known.rules for known in rulebook.editions):
            judge.rule(command.rule)
        effective_at = parse_instant(command.effective_at, "effective_at")
        if effective_at > at:
            raise EffectiveInFuture(effective_at, at)
        edition = rulebook.in_force(effective_at, at)
    rule = edition.rule(command.rule)
    weight = rule.weigh(command.severity, command.points)
    if rule.family == INTELLECTUAL_PROPERTY and command.source not in IP_SOURCES:
        raise UnknownSource(command.source)
    terms = rulebook.terms.of(edition, rule, weight.bucket, command.source)
    return ViolationRecorded(
        recorded_at=at,
        actor=command.reported_by,
        violation_id=command.violation_id,
        rule=command.rule,
        family=rule.family,
        severity=command.severity,
        bucket=weight.bucket,
        points=weight.points,
        strikes=weight.strikes,
        backdated_us=at - effective_at,
        lapses_at=terms.lapse(effective_at),
        local_day=terms.local_day(effective_at),
        daily_cap=terms.bucket.daily_cap,
        merge_days=terms.bucket.merge_days,
        appeal_days=terms.appeal_days(at),
        source=command.source,
        listing_id=command.listing_id,
        policy=terms.policy,
        digest=terms.digest,
        judged_by=None if judge is edition else judge.ref,
        seal=context.seal,
    )


def _imposed(
    found: Fired, violation: ViolationRecorded, version: int, cause: str, context: Context
) -> list[SellerFact]:
    """The milestone's sanction, and the freeze of funds that its kind brings in this pack."""
    milestone, multiple = found
    judge = context.rulebook.edition(violation.judged_by or violation.policy)
    sanction = SanctionImposed(
        recorded_at=context.at,
        actor=LEDGER_ACTOR,
        caused_by=cause,
        sanction_id=f"sanction-{version + 1}",
        sanction=milestone.sanction,
        milestone=milestone.label(violation.bucket, multiple),
        bucket=violation.bucket,
        rung=milestone.name,
        multiple=multiple,
        starts_at=context.at,
        ends_at=None if milestone.duration_us is None else context.at + milestone.duration_us,
        bars=tuple(sorted(milestone.bars)),
        because_of=(violation.violation_id,),
        policy=judge.ref,
    )
    return [sanction, *frozen_with(sanction, version + 2, judge, cause)]
