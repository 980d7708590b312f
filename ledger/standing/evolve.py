"""How each fact changes what is known of a seller. Facts already say what was decided: nothing is
decided here.
"""

from typing import assert_never

from msgspec.structs import replace

from ledger.facts.appeals import (
    AppealEvidenceAdded,
    AppealFiled,
    AppealLapsed,
    AppealRejected,
    AppealUpheld,
    AppealWithdrawn,
)
from ledger.facts.disputes import DisputeOutcomeRecorded
from ledger.facts.erasure import LegalHoldLifted, LegalHoldPlaced, PayloadErased
from ledger.facts.kinds import SellerFact
from ledger.facts.performance import ServiceMetricBreached
from ledger.facts.reports import ReportAnswerAwaited
from ledger.facts.sanctions import (
    FundsFrozen,
    FundsReleased,
    SanctionEnded,
    SanctionFoundInError,
    SanctionImposed,
    SanctionLifted,
    SanctionProposed,
    SanctionWaived,
    SanctionWaiverProposed,
    SecondPersonConfirmed,
)
from ledger.facts.violations import (
    ViolationAnnulled,
    ViolationAnnulmentProposed,
    ViolationCancelled,
    ViolationExpired,
    ViolationRecorded,
    ViolationVoided,
)
from ledger.standing import keeping, serving
from ledger.standing.appeals import after
from ledger.standing.counting import counted_again, weighed
from ledger.standing.proposals import Proposal, Terms
from ledger.standing.seller import Cut, Freeze, Sanction, Seller
from ledger.standing.violations import Violations


def evolve(seller: Seller, fact: SellerFact, position: int = 0) -> Seller:
    """The seller once `fact`, at `position` in the log, is known as well."""
    version = seller.version + 1
    violations, sanctions, freezes = seller.violations, seller.sanctions, seller.freezes
    appeals, proposals = seller.appeals, seller.proposals
    served, kept = seller.served, seller.keeping
    match fact:
        case ViolationRecorded():
            violations = violations.and_then(weighed(violations, fact, version))
        case ViolationAnnulled() | ViolationCancelled():
            violations = _cancelled(violations, fact, version)
        case ViolationExpired():
            violations = _expired(violations, fact)
        case SanctionImposed():
            sanctions = (*sanctions, _imposed(fact, version))
        case SanctionEnded():
            sanctions = _changed(sanctions, fact.sanction_id, ended=True)
        case SanctionLifted() | SanctionWaived():
            sanctions = _cut(sanctions, fact, version)
        case SanctionFoundInError():
            sanctions = _changed(sanctions, fact.sanction_id, error_us=fact.error_us)
        case SanctionWaiverProposed():
            sanctions = _changed(
                sanctions, fact.sanction_id, proposed_by=fact.actor, proposed_version=version
            )
        case ViolationAnnulmentProposed() | SanctionProposed():
            proposals = (*proposals, _proposed(fact, version))
        case FundsFrozen() | FundsReleased():
            freezes = _freezes_after(freezes, fact, version)
        case (
            AppealFiled()
            | AppealEvidenceAdded()
            | AppealUpheld()
            | AppealRejected()
            | AppealLapsed()
            | AppealWithdrawn()
        ):
            appeals = after(appeals, fact, version)
        case DisputeOutcomeRecorded() | ServiceMetricBreached():
            served = serving.after(served, fact, version)
        case LegalHoldPlaced() | LegalHoldLifted() | PayloadErased():
            kept = keeping.after(kept, fact, version)
        case SecondPersonConfirmed() | ReportAnswerAwaited():
            # What the one allows follows as a fact of its own; the other is told, and no more.
            pass
        case _:
            assert_never(fact)
    return Seller(
        seller.seller_id,
        version,
        fact.recorded_at,
        position,
        violations,
        sanctions,
        freezes,
        appeals,
        proposals,
        served,
        kept,
    )


def _expired(known: Violations, fact: ViolationExpired) -> Violations:
    violation = known.find(fact.violation_id)
    return known if violation is None else known.changed(replace(violation, expired=True))


def _cancelled(known: Violations, fact: ViolationVoided, version: int) -> Violations:
    """The violation counts nothing from its beginning, and the room it took is free again."""
    violation = known.find(fact.violation_id)
    if violation is None:
        return known
    rest = known.changed(
        replace(violation, counted=0, cancelled_at=fact.recorded_at, cancelled_version=version)
    )
    if all(v.daily_cap is None and v.merge_days is None for v in rest):
        return rest
    return Violations.of(counted_again(tuple(rest)))


def _imposed(fact: SanctionImposed, version: int) -> Sanction:
    return Sanction(
        fact.sanction_id,
        version,
        fact.sanction,
        fact.milestone or "",
        fact.bucket or "",
        fact.rung or "",
        fact.multiple,
        fact.starts_at,
        fact.ends_at,
        fact.bars,
        fact.because_of,
        listing_ids=fact.listing_ids,
        imposed_by=None if fact.milestone else fact.actor,
    )


def _proposed(fact: ViolationAnnulmentProposed | SanctionProposed, version: int) -> Proposal:
    if isinstance(fact, ViolationAnnulmentProposed):
        return Proposal("annulment", fact.violation_id, fact.actor, version)
    terms = Terms(fact.sanction, fact.days, fact.bars, fact.listing_ids, fact.because_of)
    return Proposal("sanction", fact.sanction_id, fact.actor, version, terms)


def _cut(
    sanctions: tuple[Sanction, ...],
    fact: SanctionLifted | SanctionWaived,
    version: int,
) -> tuple[Sanction, ...]:
    how: Cut = "lifted" if isinstance(fact, SanctionLifted) else "waived"
    return _changed(
        sanctions, fact.sanction_id, cut_at=fact.recorded_at, cut=how, cut_version=version
    )


def _changed(
    sanctions: tuple[Sanction, ...], sanction_id: str, **changes: object
) -> tuple[Sanction, ...]:
    return tuple(replace(s, **changes) if s.sanction_id == sanction_id else s for s in sanctions)


def _freezes_after(
    freezes: tuple[Freeze, ...], fact: FundsFrozen | FundsReleased, version: int
) -> tuple[Freeze, ...]:
    if isinstance(fact, FundsFrozen):
        frozen = Freeze(
            fact.freeze_id, version, fact.cause, fact.sanction_id, fact.starts_at, fact.ends_at
        )
        return (*freezes, frozen)
    return tuple(
        replace(
            f,
            released=True,
            ends_at=min(f.ends_at, fact.effective_at),
            released_version=version if fact.effective_at < f.ends_at else f.released_version,
        )
        if f.freeze_id == fact.freeze_id
        else f
        for f in freezes
    )
