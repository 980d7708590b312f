"""How each fact changes what is known of a seller. Facts already say what was decided: nothing is
decided here.
"""

from typing import assert_never

from msgspec.structs import replace

from ledger.facts.instants import DAY_US
from ledger.facts.kinds import SellerFact
from ledger.facts.sanctions import (
    FundsFrozen,
    FundsReleased,
    SanctionEnded,
    SanctionFoundInError,
    SanctionImposed,
    SanctionLifted,
    SanctionWaived,
    SanctionWaiverProposed,
    SecondPersonConfirmed,
)
from ledger.facts.violations import ViolationAnnulled, ViolationExpired, ViolationRecorded
from ledger.standing.counting import counted_again, counted_last
from ledger.standing.seller import Cut, Freeze, Sanction, Seller, Violation


def evolve(seller: Seller, fact: SellerFact, position: int = 0) -> Seller:
    """The seller once `fact`, at `position` in the log, is known as well."""
    version = seller.version + 1
    violations, sanctions, freezes = seller.violations, seller.sanctions, seller.freezes
    match fact:
        case ViolationRecorded():
            violations = _with_violation(violations, fact, version)
        case ViolationAnnulled():
            violations = _cancelled(violations, fact, version)
        case ViolationExpired():
            violations = tuple(
                replace(v, expired=True) if v.violation_id == fact.violation_id else v
                for v in violations
            )
        case SanctionImposed():
            sanctions = (*sanctions, _imposed(fact, version))
        case SanctionEnded():
            sanctions = _changed(sanctions, fact.sanction_id, ended=True)
        case SanctionLifted():
            sanctions = _cut(sanctions, fact, "lifted", version)
        case SanctionFoundInError():
            sanctions = _changed(sanctions, fact.sanction_id, error_us=fact.error_us)
        case SanctionWaiverProposed():
            sanctions = _changed(
                sanctions, fact.sanction_id, proposed_by=fact.actor, proposed_version=version
            )
        case SecondPersonConfirmed():
            pass  # the waiver that it allows follows as a fact of its own
        case SanctionWaived():
            sanctions = _cut(sanctions, fact, "waived", version)
        case FundsFrozen():
            freezes = (*freezes, _frozen(fact, version))
        case FundsReleased():
            freezes = _released(freezes, fact)
        case _:
            assert_never(fact)
    return Seller(
        seller.seller_id, version, fact.recorded_at, position, violations, sanctions, freezes
    )


def _with_violation(
    known: tuple[Violation, ...], fact: ViolationRecorded, version: int
) -> tuple[Violation, ...]:
    weight = fact.points or fact.strikes
    violation = Violation(
        fact.violation_id,
        version,
        fact.bucket,
        weight,
        weight,
        fact.effective_at,
        fact.recorded_at,
        fact.lapses_at,
        fact.policy,
        fact.judged_by or fact.policy,
        weight > 0 and fact.recorded_at < fact.lapses_at,
        fact.effective_at // DAY_US if fact.local_day is None else fact.local_day,
        fact.daily_cap,
        fact.merge_days,
    )
    if fact.daily_cap is None and fact.merge_days is None:
        return (*known, violation)
    counted = counted_last((*known, violation))
    added = counted > 0 and fact.recorded_at < fact.lapses_at
    return (*known, replace(violation, counted=counted, added=added))


def _cancelled(
    known: tuple[Violation, ...], fact: ViolationAnnulled, version: int
) -> tuple[Violation, ...]:
    """The violation counts nothing from its beginning, and the room it took is free again."""
    rest = tuple(
        replace(v, counted=0, cancelled_at=fact.recorded_at, cancelled_version=version)
        if v.violation_id == fact.violation_id
        else v
        for v in known
    )
    return counted_again(rest)


def _imposed(fact: SanctionImposed, version: int) -> Sanction:
    return Sanction(
        fact.sanction_id,
        version,
        fact.sanction,
        fact.milestone,
        fact.bucket,
        fact.rung,
        fact.multiple,
        fact.starts_at,
        fact.ends_at,
        fact.bars,
        fact.because_of,
    )


def _frozen(fact: FundsFrozen, version: int) -> Freeze:
    return Freeze(
        fact.freeze_id, version, fact.cause, fact.sanction_id, fact.starts_at, fact.ends_at
    )


def _cut(
    sanctions: tuple[Sanction, ...],
    fact: SanctionLifted | SanctionWaived,
    how: Cut,
    version: int,
) -> tuple[Sanction, ...]:
    return _changed(
        sanctions, fact.sanction_id, cut_at=fact.recorded_at, cut=how, cut_version=version
    )


def _changed(
    sanctions: tuple[Sanction, ...], sanction_id: str, **changes: object
) -> tuple[Sanction, ...]:
    return tuple(replace(s, **changes) if s.sanction_id == sanction_id else s for s in sanctions)


def _released(freezes: tuple[Freeze, ...], fact: FundsReleased) -> tuple[Freeze, ...]:
    return tuple(
        replace(f, released=True, ends_at=min(f.ends_at, fact.effective_at))
        if f.freeze_id == fact.freeze_id
        else f
        for f in freezes
    )
