"""What a seller is told of a sanction and of frozen funds: that they began, and how they ended."""

from typing import Final, TypeAlias

from api.notice_texts.words import Context, Words, listed, spaced, span, spoken, titled
from ledger.facts.sanctions import (
    FundsFrozen,
    FundsReleased,
    SanctionEnded,
    SanctionFoundInError,
    SanctionImposed,
    SanctionLifted,
    SanctionWaived,
)

ToldOfSanction: TypeAlias = (
    SanctionImposed
    | SanctionEnded
    | SanctionLifted
    | SanctionWaived
    | SanctionFoundInError
    | FundsFrozen
    | FundsReleased
)

_BARS: Final = {
    "selling": "sell",
    "promotion": "take part in promotions",
    "listing": "list new products",
}


def words_of(fact: ToldOfSanction, told: Context) -> Words:
    """The notice of one fact."""
    match fact:
        case SanctionImposed():
            return _imposed(fact, told)
        case SanctionEnded():
            return _ended(fact, told)
        case SanctionLifted():
            return _lifted(fact, told)
        case SanctionWaived():
            return _waived(fact, told)
        case SanctionFoundInError():
            return _found_in_error(fact, told)
        case FundsFrozen():
            return _frozen(fact, told)
        case FundsReleased():
            return _released(fact, told)


def _imposed(fact: SanctionImposed, told: Context) -> Words:
    """A milestone was reached."""
    zone = told.policy_of(fact.policy).zone
    what = spaced(fact.sanction)
    barred = [_BARS.get(bar, bar) for bar in fact.bars]
    may_not = f" You may not {listed(barred)} while it runs." if barred else ""
    runs = (
        _without_end(fact) if fact.ends_at is None else f"It ends on {spoken(fact.ends_at, zone)}."
    )
    return Words(
        f"Sanction imposed: {what}",
        f"{_ground(fact)} What follows is: {what}, "
        f"from {spoken(fact.starts_at, zone)}. {runs}{may_not}",
        fact.ends_at,
    )


def _ground(fact: SanctionImposed) -> str:
    """Why: a milestone, or that the marketplace decided; never by whom, or in whose words."""
    causes = ", ".join(fact.because_of)
    if fact.milestone is not None:
        return f"You reached the milestone {fact.milestone} because of {causes}."
    about = f" about the listings {', '.join(fact.listing_ids)}" if fact.listing_ids else ""
    ground = f" because of {causes}" if causes else ""
    return f"The marketplace decided this{about}{ground}."


def _without_end(fact: SanctionImposed) -> str:
    if fact.milestone is None:
        return "It has no end of its own: it ends by a decision of the marketplace."
    return (
        "It has no end of its own: it ends by an appeal or by a decision of the marketplace, and "
        "not because points expire."
    )


def _ended(fact: SanctionEnded, told: Context) -> Words:
    """It ended as scheduled."""
    what = _sanction(fact.sanction_id, told)
    on = spoken(fact.effective_at, told.zone_at(fact.recorded_at))
    return Words(f"{titled(what)} ended", f"Your {what} ended as scheduled on {on}.")


def _waived(fact: SanctionWaived, told: Context) -> Words:
    """It was let go."""
    what = _sanction(fact.sanction_id, told)
    return Words(
        f"{titled(what)} waived",
        f"Your {what} was waived and ended on "
        f"{spoken(fact.recorded_at, told.zone_at(fact.recorded_at))}. The violations behind it "
        "still count.",
    )


def _lifted(fact: SanctionLifted, told: Context) -> Words:
    """It lost its ground."""
    zone = told.zone_at(fact.recorded_at)
    what = _sanction(fact.sanction_id, told)
    return Words(
        f"{titled(what)} lifted",
        f"Your {what} was lifted on {spoken(fact.recorded_at, zone)}, since the violation "
        f"{fact.because_of} no longer counts.",
    )


def _found_in_error(fact: SanctionFoundInError, told: Context) -> Words:
    """How long it ran for nothing."""
    what = _sanction(fact.sanction_id, told)
    if fact.error_us == 0:
        says = f"no part of your {what} would have been without ground."
    else:
        says = f"{span(fact.error_us)} of your {what} would not have run without it."
    return Words(
        f"{titled(what)} found in error" if fact.error_us else f"{titled(what)} stands",
        f"The violation {fact.because_of} no longer counts. Judged again, {says}",
    )


def _frozen(fact: FundsFrozen, told: Context) -> Words:
    """Money is withheld."""
    zone = told.zone_at(fact.recorded_at)
    # A hold of payouts has no sanction behind it: nothing but its date ends it.
    earlier = ", earlier if the sanction behind it is lifted or waived" * (
        fact.sanction_id is not None
    )
    return Words(
        "Funds frozen",
        f"Your funds are frozen from {spoken(fact.starts_at, zone)} because of: "
        f"{spaced(fact.cause)}. They are released by themselves on {spoken(fact.ends_at, zone)}"
        f"{earlier}.",
        fact.ends_at,
    )


def _released(fact: FundsReleased, told: Context) -> Words:
    """Money is free again."""
    why = {
        "due": "as scheduled",
        "lifted": "since the sanction behind the freeze was lifted",
        "waived": "since the sanction behind the freeze was waived",
    }[fact.why]
    zone = told.zone_at(fact.recorded_at)
    when = spoken(fact.effective_at, zone)
    return Words("Funds released", f"Your frozen funds were released on {when}, {why}.")


def _sanction(sanction_id: str, told: Context) -> str:
    found = told.seller.sanction(sanction_id)
    assert found is not None, "a fact about a sanction follows the one that imposed it"
    return spaced(found.sanction)
