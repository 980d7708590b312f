"""What a seller must be told, in plain sentences made from its facts.

Nothing here names a person or repeats a note of the house: a fact's actor and its sealed
texts are never looked at. Instants are told in the time zone of the rules that decided.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from ledger.facts.instants import DAY_US, HOUR_US, Instant
from ledger.facts.sanctions import (
    FundsFrozen,
    FundsReleased,
    SanctionEnded,
    SanctionFoundInError,
    SanctionImposed,
    SanctionLifted,
    SanctionWaived,
)
from ledger.facts.violations import ViolationAnnulled, ViolationExpired, ViolationRecorded
from ledger.policy.policy import AppealWindow, Policy
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Seller

ToldFact: TypeAlias = (
    ViolationRecorded
    | ViolationAnnulled
    | ViolationExpired
    | SanctionImposed
    | SanctionEnded
    | SanctionLifted
    | SanctionWaived
    | SanctionFoundInError
    | FundsFrozen
    | FundsReleased
)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BARS: Final = {
    "selling": "sell",
    "promotion": "take part in promotions",
    "listing": "list new products",
}


class Words(NamedTuple):
    """A notice's title, its text, and until when what it tells of lasts."""

    title: str
    text: str
    until: Instant | None = None


class Context(NamedTuple):
    """What sentences need beside the fact that they are about."""

    seller: Seller
    recorded: Mapping[str, ViolationRecorded]
    """Violations by id, as they were recorded."""
    rulebook: Rulebook
    now: Instant

    def policy_of(self, ref: str) -> Policy:
        """The edition that decided."""
        return self.rulebook.book.by_ref(ref)

    def zone_at(self, instant: Instant) -> str:
        """The time zone of the rules in force at an instant."""
        return self.rulebook.in_force(instant, self.now).zone


def words_of(fact: ToldFact, told: Context) -> Words:
    """The notice of one fact."""
    match fact:
        case ViolationRecorded():
            return _recorded(fact, told)
        case ViolationAnnulled():
            return _annulled(fact, told)
        case ViolationExpired():
            return _expired(fact, told)
        case SanctionImposed():
            return _imposed(fact, told)
        case SanctionEnded():
            zone = told.zone_at(fact.recorded_at)
            what = _sanction(fact.sanction_id, told)
            text = f"Your {what} ended as scheduled on {spoken(fact.effective_at, zone)}."
            return Words(f"{_title(what)} ended", text)
        case SanctionLifted():
            return _lifted(fact, told)
        case SanctionWaived():
            zone = told.zone_at(fact.recorded_at)
            what = _sanction(fact.sanction_id, told)
            return Words(
                f"{_title(what)} waived",
                f"Your {what} was waived and ended on {spoken(fact.recorded_at, zone)}. The "
                "violations behind it still count.",
            )
        case SanctionFoundInError():
            return _found_in_error(fact, told)
        case FundsFrozen():
            return _frozen(fact, told)
        case FundsReleased():
            return _released(fact, told)


def spoken(instant: Instant, zone: str) -> str:
    """An instant as people say it, by the clocks of a zone that is named: whole seconds, cut off,
    so that a deadline is never told too late.
    """
    local = (_EPOCH + timedelta(microseconds=instant)).astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%B %Y at %H:%M:%S} ({zone})"


def _recorded(fact: ViolationRecorded, told: Context) -> Words:
    policy = told.policy_of(fact.policy)
    zone = policy.zone
    text = [
        f"A violation of the rule “{_spaced(fact.rule)}” was recorded under the file number "
        f"{fact.violation_id}. It happened on {spoken(fact.effective_at, zone)}"
        + (f" and concerns the listing {fact.listing_id}." if fact.listing_id else "."),
        _weight(fact),
        _life(fact, told, zone),
        _appeal(fact, policy.appeal_window(fact.family, fact.source), told, zone),
    ]
    title = f"Violation recorded: {_spaced(fact.rule)}"
    return Words(title, " ".join(text), fact.lapses_at)


def _weight(fact: ViolationRecorded) -> str:
    if fact.strikes:
        return f"It is serious and counts {_count(fact.strikes, 'strike')}."
    return f"It counts {_count(fact.points, 'point')}."


def _life(fact: ViolationRecorded, told: Context, zone: str) -> str:
    violation = told.seller.violation(fact.violation_id)
    if violation is not None and violation.cancelled_at is not None:
        return f"It was cancelled on {spoken(violation.cancelled_at, zone)} and counts no longer."
    if fact.lapses_at <= told.now:
        return f"It expired on {spoken(fact.lapses_at, zone)} and counts no longer."
    return f"It counts until {spoken(fact.lapses_at, zone)}, {_left(fact.lapses_at - told.now)}."


def _appeal(fact: ViolationRecorded, window: AppealWindow, told: Context, zone: str) -> str:
    until = fact.recorded_at + fact.appeal_days * DAY_US
    violation = told.seller.violation(fact.violation_id)
    if violation is not None and violation.cancelled_at is not None:
        return "There is nothing to appeal."
    if not fact.appeal_days or not window.rounds:
        return "It cannot be appealed."
    if until < told.now:
        return f"It could be appealed until {spoken(until, zone)}."
    how = f"You can appeal under its file number until {spoken(until, zone)}"
    if window.brand_verification_required:
        how += "; attach the brand verification (the screenshot of its approval)"
    if window.evidence_hours is None:
        return f"{how}. Evidence has to come with the appeal."
    hours = _count(window.evidence_hours, "hour")
    return f"{how}. Evidence has to follow within {hours} of the appeal, else the appeal lapses."


def _annulled(fact: ViolationAnnulled, told: Context) -> Words:
    rule, zone = _rule(fact.violation_id, told)
    return Words(
        "Violation taken back",
        f"The violation {fact.violation_id}{rule} was taken back on "
        f"{spoken(fact.recorded_at, zone)}. It counts as if it had never been recorded.",
    )


def _expired(fact: ViolationExpired, told: Context) -> Words:
    rule, zone = _rule(fact.violation_id, told)
    return Words(
        "Violation expired",
        f"The violation {fact.violation_id}{rule} expired on {spoken(fact.effective_at, zone)} and "
        "counts no longer. Sanctions that run because of it go on.",
    )


def _imposed(fact: SanctionImposed, told: Context) -> Words:
    zone = told.policy_of(fact.policy).zone
    what, causes = _spaced(fact.sanction), ", ".join(fact.because_of)
    barred = [_BARS.get(bar, bar) for bar in fact.bars]
    may_not = f" You may not {_listed(barred)} while it runs." if barred else ""
    runs = (
        "It has no end of its own: it ends by an appeal or by a decision of the marketplace, and "
        "not because points expire."
        if fact.ends_at is None
        else f"It ends on {spoken(fact.ends_at, zone)}."
    )
    return Words(
        f"Sanction imposed: {what}",
        f"You reached the milestone {fact.milestone} because of {causes}. What follows is: {what}, "
        f"from {spoken(fact.starts_at, zone)}. {runs}{may_not}",
        fact.ends_at,
    )


def _lifted(fact: SanctionLifted, told: Context) -> Words:
    zone = told.zone_at(fact.recorded_at)
    what = _sanction(fact.sanction_id, told)
    return Words(
        f"{_title(what)} lifted",
        f"Your {what} was lifted on {spoken(fact.recorded_at, zone)}, since the violation "
        f"{fact.because_of} no longer counts.",
    )


def _found_in_error(fact: SanctionFoundInError, told: Context) -> Words:
    what = _sanction(fact.sanction_id, told)
    if fact.error_us == 0:
        says = f"no part of your {what} would have been without ground."
    else:
        says = f"{_span(fact.error_us)} of your {what} would not have run without it."
    return Words(
        f"{_title(what)} found in error" if fact.error_us else f"{_title(what)} stands",
        f"The violation {fact.because_of} no longer counts. Judged again, {says}",
    )


def _frozen(fact: FundsFrozen, told: Context) -> Words:
    zone = told.zone_at(fact.recorded_at)
    return Words(
        "Funds frozen",
        f"Your funds are frozen from {spoken(fact.starts_at, zone)} because of: "
        f"{_spaced(fact.cause)}. They are released by themselves on {spoken(fact.ends_at, zone)}, "
        "earlier if the sanction behind it is lifted or waived.",
        fact.ends_at,
    )


def _released(fact: FundsReleased, told: Context) -> Words:
    why = {
        "due": "as scheduled",
        "lifted": "since the sanction behind the freeze was lifted",
        "waived": "since the sanction behind the freeze was waived",
    }[fact.why]
    zone = told.zone_at(fact.recorded_at)
    when = spoken(fact.effective_at, zone)
    return Words("Funds released", f"Your frozen funds were released on {when}, {why}.")


def _rule(violation_id: str, told: Context) -> tuple[str, str]:
    """The rule of a violation as part of a sentence, and the zone of the rules that decided it."""
    recorded = told.recorded[violation_id]
    return f" (“{_spaced(recorded.rule)}”)", told.policy_of(recorded.policy).zone


def _sanction(sanction_id: str, told: Context) -> str:
    found = told.seller.sanction(sanction_id)
    assert found is not None, "a fact about a sanction follows the one that imposed it"
    return _spaced(found.sanction)


def _spaced(name: str) -> str:
    return name.replace("-", " ")


def _title(what: str) -> str:
    return what[:1].upper() + what[1:]


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _left(time_us: int) -> str:
    return f"which is {_span(time_us)} from now"


def _span(time_us: int) -> str:
    """A stretch of time in its largest whole unit."""
    if time_us >= DAY_US:
        return _count(time_us // DAY_US, "day")
    if time_us >= HOUR_US:
        return _count(time_us // HOUR_US, "hour")
    return "less than an hour"


def _listed(words: list[str]) -> str:
    return " or ".join(words)
