"""What a seller is told of a violation: that it was recorded, taken back, cancelled or expired."""

from typing import Final, TypeAlias

from api.notice_texts.words import Context, Words, count, left, rule_of, spaced, spoken
from ledger.facts.instants import Instant
from ledger.facts.violations import (
    ViolationAnnulled,
    ViolationCancelled,
    ViolationExpired,
    ViolationRecorded,
)
from ledger.policy.policy import Policy
from ledger.standing.appeals import Round, first_until

ToldOfViolation: TypeAlias = (
    ViolationRecorded | ViolationAnnulled | ViolationCancelled | ViolationExpired
)

_ENDED: Final = {
    "rejected": "was rejected",
    "lapsed": "lapsed for want of evidence",
    "withdrawn": "was withdrawn",
    "upheld": "was upheld",
}


def words_of(fact: ToldOfViolation, told: Context) -> Words:
    """The notice of one fact."""
    match fact:
        case ViolationRecorded():
            return _recorded(fact, told)
        case ViolationAnnulled():
            return _annulled(fact, told)
        case ViolationCancelled():
            return _cancelled(fact, told)
        case ViolationExpired():
            return _expired(fact, told)


def _recorded(fact: ViolationRecorded, told: Context) -> Words:
    """It was established: what it weighs, how long, and how it can be appealed."""
    policy = told.policy_of(fact.policy)
    zone = policy.zone
    text = [
        f"A violation of the rule “{spaced(fact.rule)}” was recorded under the file number "
        f"{fact.violation_id}. It happened on {spoken(fact.effective_at, zone)}"
        + (f" and concerns the listing {fact.listing_id}." if fact.listing_id else "."),
        _weight(fact),
        _life(fact, told, zone),
        _appeal(fact, told, policy),
    ]
    title = f"Violation recorded: {spaced(fact.rule)}"
    return Words(title, " ".join(text), fact.lapses_at)


def _weight(fact: ViolationRecorded) -> str:
    if fact.strikes:
        return f"It is serious and counts {count(fact.strikes, 'strike')}."
    return f"It counts {count(fact.points, 'point')}."


def _life(fact: ViolationRecorded, told: Context, zone: str) -> str:
    violation = told.seller.violation(fact.violation_id)
    if violation is not None and violation.cancelled_at is not None:
        return f"It was cancelled on {spoken(violation.cancelled_at, zone)} and counts no longer."
    if fact.lapses_at <= told.now:
        return f"It expired on {spoken(fact.lapses_at, zone)} and counts no longer."
    return f"It counts until {spoken(fact.lapses_at, zone)}, {left(fact.lapses_at - told.now)}."


def _appeal(fact: ViolationRecorded, told: Context, policy: Policy) -> str:
    window = policy.appeal_window(fact.family, fact.source)
    violation = told.seller.violation(fact.violation_id)
    appeal = told.seller.appeal(fact.violation_id)
    if violation is not None and violation.cancelled_at is not None:
        return "There is nothing to appeal."
    until = first_until(fact)
    if until is None or not window.rounds:
        return "It cannot be appealed."
    if appeal is not None:
        return _appealed(appeal.newest.at(told.now), told.now, policy.zone)
    if until < told.now:
        return f"It could be appealed until {spoken(until, policy.zone)}."
    how = f"You can appeal under its file number until {spoken(until, policy.zone)}"
    if window.brand_verification_required:
        how += "; attach the brand verification (the screenshot of its approval)"
    if window.evidence_hours is None:
        return f"{how}. Evidence has to come with the appeal."
    hours = count(window.evidence_hours, "hour")
    return f"{how}. Evidence has to follow within {hours} of the appeal, else the appeal lapses."


def _appealed(newest: Round, now: Instant, zone: str) -> str:
    until = newest.next_round_until
    if newest.status == "filed":
        return "You have appealed it, and that is not decided yet."
    if until is not None and now <= until:
        return f"Your appeal was rejected; you can appeal once more until {spoken(until, zone)}."
    return f"Your appeal {_ENDED[newest.status]}, and there is no further one."


def _annulled(fact: ViolationAnnulled, told: Context) -> Words:
    """A person took it back."""
    rule, zone = rule_of(fact.violation_id, told)
    return Words(
        "Violation taken back",
        f"The violation {fact.violation_id}{rule} was taken back on "
        f"{spoken(fact.recorded_at, zone)}. It counts as if it had never been recorded.",
    )


def _cancelled(fact: ViolationCancelled, told: Context) -> Words:
    """An appeal overturned it."""
    rule, zone = rule_of(fact.violation_id, told)
    return Words(
        "Violation cancelled",
        f"The violation {fact.violation_id}{rule} was cancelled on "
        f"{spoken(fact.recorded_at, zone)}, because your appeal was upheld. It counts as if it had "
        "never been recorded.",
    )


def _expired(fact: ViolationExpired, told: Context) -> Words:
    """Its life ended."""
    rule, zone = rule_of(fact.violation_id, told)
    return Words(
        "Violation expired",
        f"The violation {fact.violation_id}{rule} expired on {spoken(fact.effective_at, zone)} and "
        "counts no longer. Sanctions that run because of it go on.",
    )
