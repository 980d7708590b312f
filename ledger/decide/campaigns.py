"""Announcing a campaign: its windows in order, and what it asks resolved against the pack."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from msgspec.structs import asdict

from ledger.decide.context import Context
from ledger.decide.promotion_commands import AnnounceCampaign, RequirementsAsked
from ledger.decide.promotion_refusals import (
    NoPromotionRules,
    RequirementOutOfRange,
    WindowsOutOfOrder,
)
from ledger.decide.refusals import ToldDifferently
from ledger.facts.campaigns import CampaignAnnounced, Requirements
from ledger.facts.instants import DAY_US, Instant, parse_instant
from ledger.policy.policy import PromotionRules
from ledger.promotions.campaign import Campaign
from ledger.standing.seller import Seller

PLATFORM: Final = "platform"
"""Who announces a campaign, where a request names nobody."""
_MOST_DECIMALS: Final = 4


def announce_campaign(
    command: AnnounceCampaign, campaign: Campaign | None, _seller: Seller | None, context: Context
) -> list[CampaignAnnounced]:
    """A campaign, with what the pack in force adds to it; it may begin in the past, as one does
    that is told late.
    """
    if campaign is not None:
        raise ToldDifferently(f"campaign {command.campaign_id}", "content")
    opens, closes, starts, ends = windows_of(command)
    policy = context.rulebook.in_force_now(context.at)
    rules = policy.promotions
    if rules is None:
        raise NoPromotionRules(policy.ref)
    announced = CampaignAnnounced(
        recorded_at=context.at,
        actor=context.actor or PLATFORM,
        campaign_id=command.campaign_id,
        name=command.name,
        registration_opens=opens,
        registration_closes=closes,
        starts_at=starts,
        ends_at=ends,
        changes_until=closes - rules.change_stops_days * DAY_US,
        requirements=resolved(command.requirements, rules),
        given=tuple(_given(command.requirements)),
        history_days=rules.history_days,
        policy=policy.ref,
        digest=policy.short_digest,
    )
    return [announced]


def windows_of(command: AnnounceCampaign) -> tuple[Instant, Instant, Instant, Instant]:
    """Its four instants; refuses those that are not in order."""
    opens = parse_instant(command.registration_opens, "registration_opens")
    closes = parse_instant(command.registration_closes, "registration_closes")
    starts = parse_instant(command.starts, "starts")
    ends = parse_instant(command.ends, "ends")
    if closes <= opens:
        raise WindowsOutOfOrder(
            "registration_closes", closes, "registration_opens", opens, strict=True
        )
    if starts < closes:
        raise WindowsOutOfOrder("starts", starts, "registration_closes", closes, strict=False)
    if ends <= starts:
        raise WindowsOutOfOrder("ends", ends, "starts", starts, strict=True)
    return opens, closes, starts, ends


def resolved(asked: RequirementsAsked, rules: PromotionRules) -> Requirements:
    """What is asked, with the pack's word where the request says nothing."""
    rate, rating = asked.positive_review_rate_min, asked.rating_min
    return Requirements(
        reviews_min=rules.reviews_min if asked.reviews_min is None else asked.reviews_min,
        rating_min=rules.rating_min if rating is None else _stars(rating),
        listed_hours_min=(
            rules.listed_hours_min if asked.listed_hours_min is None else asked.listed_hours_min
        ),
        sales_window_days=asked.sales_window_days,
        categories=tuple(dict.fromkeys(asked.categories or ())),
        free_delivery=bool(asked.free_delivery),
        positive_review_rate_min=None if rate is None else _share(rate),
        max_points_after_registration=asked.max_points_after_registration,
    )


def same_campaign(command: AnnounceCampaign, told: CampaignAnnounced) -> None:
    """Refuse, as `ToldDifferently`, what says something else than the announcement that was taken:
    by the first field that differs, requirements as they were sent.
    """
    opens, closes, starts, ends = windows_of(command)
    fields = {
        "name": command.name == told.name,
        "registration_opens": opens == told.registration_opens,
        "registration_closes": closes == told.registration_closes,
        "starts": starts == told.starts_at,
        "ends": ends == told.ends_at,
        "actor": command.actor in (None, told.actor),
    }
    asked, decided = _as_decided(command.requirements), asdict(told.requirements)
    given = {field: decided[field] for field in told.given}
    for field in (*asked, *given):
        fields[f"requirements.{field}"] = asked.get(field) == given.get(field)
    for field, same in fields.items():
        if not same:
            raise ToldDifferently(f"campaign {command.campaign_id}", field)


def _as_decided(asked: RequirementsAsked) -> dict[str, object]:
    """What a request gives, as its campaign's fact would keep it."""
    nothing = PromotionRules(0, "1", 0, 1, 0, restore_when_overturned=False)
    decided = asdict(resolved(asked, nothing))
    return {field: decided[field] for field in _given(asked)}


def _given(asked: RequirementsAsked) -> Iterator[str]:
    return (field for field, value in asdict(asked).items() if value is not None)


def _share(given: Decimal) -> str:
    accepted = f"a share from 0 to 1, such as 0.95, with at most {_MOST_DECIMALS} decimals"
    accepted += ", or above 1 a percentage, such as 95"
    if not given.is_finite() or not 0 <= given <= 100 or _too_exact(given):
        raise RequirementOutOfRange("positive_review_rate_min", str(given), accepted)
    return _plain(given / 100 if given > 1 else given)


def _stars(given: Decimal) -> str:
    if not given.is_finite() or not 1 <= given <= 5 or _too_exact(given):
        accepted = f"a rating from 1 to 5, such as 4.5, with at most {_MOST_DECIMALS} decimals"
        raise RequirementOutOfRange("rating_min", str(given), accepted)
    return _plain(given)


def _too_exact(given: Decimal) -> bool:
    exponent = given.normalize().as_tuple().exponent
    return isinstance(exponent, int) and exponent < -_MOST_DECIMALS


def _plain(number: Decimal) -> str:
    """As people write it: `0.9`, `5`, never an exponent."""
    return format(number.normalize(), "f")
