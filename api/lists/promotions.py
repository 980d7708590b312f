"""Campaigns, and the products that take part in them."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec
from psycopg import Cursor

from api.lists.listing import Asked, ListOf
from api.lists.tokens import Key
from api.promotions import Asked as Requirements
from api.promotions import asked_of
from api.representations import When, position_text, when
from ledger.facts import campaigns as facts
from ledger.facts.campaigns import WithdrawnWhy
from ledger.facts.instants import Instant, format_instant
from ledger.facts.money import Money, money_of
from ledger.promotions.enrolment import EnrolmentStatus, Lockable, locked
from projections.promotions_reading import EnrolmentsWanted, campaigns_read, enrolments_read


class CampaignRow(msgspec.Struct, frozen=True):
    """A campaign, with the pack's word where its announcement said nothing."""

    campaign_id: str
    name: str
    registration_opens: When
    registration_closes: When
    starts: When
    ends: When
    changes_until: When
    """The last instant at which a discount may grow."""
    requirements: Requirements
    announced_by: str
    announced_at: When
    policy: str
    position: str


class EnrolmentRow(msgspec.Struct, frozen=True):
    """A product's part in a campaign as it is now."""

    campaign_id: str
    product_id: str
    seller_id: str
    status: EnrolmentStatus
    locked: tuple[Lockable, ...]
    """What of the product cannot be changed; of the discounted price, that it only falls."""
    price: Money
    discounted_price: Money
    stock: int
    category: str | None
    registered_at: When
    reviewer: str | None
    changes_until: When
    starts: When
    ends: When
    withdrawn_because: WithdrawnWhy | None
    withdrawn_fact_id: str | None
    """The sanction's or the violation's fact."""
    withdrawn_at: When | None
    withdrawn_points: int | None
    """How many points since registration, where they were too many."""
    position: str


CAMPAIGNS: Final = ListOf("campaigns", "campaigns", CampaignRow, views=("promotions",))
ENROLMENTS: Final = ListOf("enrolments", "enrolments", EnrolmentRow, views=("promotions",))
_REQUIREMENTS: Final = msgspec.json.Decoder(facts.Requirements)


def campaigns(ends_after: Instant | None = None) -> Asked[CampaignRow]:
    """Campaigns in the order in which they were announced; those that end after an instant."""

    def rows(
        cursor: "Cursor[Any]", after: Key | None, at_once: int
    ) -> Iterator[tuple[Key, CampaignRow]]:
        for told in campaigns_read(cursor, ends_after, after, at_once):
            yield (told[0],), _campaign(told)

    return Asked(CAMPAIGNS, rows, {"ends_after": ends_after})


def enrolments(wanted: EnrolmentsWanted, now: Callable[[], Instant]) -> Asked[EnrolmentRow]:
    """Enrolments as they stand, in the order in which they were registered."""

    def rows(
        cursor: "Cursor[Any]", after: Key | None, at_once: int
    ) -> Iterator[tuple[Key, EnrolmentRow]]:
        at = now()
        for told in enrolments_read(cursor, wanted, after, at_once):
            yield (told[0],), _enrolment(told, at)

    return Asked(ENROLMENTS, rows, wanted._asdict())


def _campaign(told: Any) -> CampaignRow:
    (
        position, campaign_id, name, opens, closes, starts, ends, changes_until, requirements,
        announced_by, announced_at, policy,
    ) = told  # fmt: skip
    return CampaignRow(
        campaign_id=campaign_id,
        name=name,
        registration_opens=format_instant(opens),
        registration_closes=format_instant(closes),
        starts=format_instant(starts),
        ends=format_instant(ends),
        changes_until=format_instant(changes_until),
        requirements=asked_of(_REQUIREMENTS.decode(requirements)),
        announced_by=announced_by,
        announced_at=format_instant(announced_at),
        policy=policy,
        position=position_text(position),
    )


def _enrolment(told: Any, at: Instant) -> EnrolmentRow:
    (
        position, campaign_id, product_id, seller_id, status, currency, price, discounted, stock,
        category, registered_at, reviewer, changes_until, starts, ends, why, fact_id,
        withdrawn_at, points,
    ) = told  # fmt: skip
    return EnrolmentRow(
        campaign_id=campaign_id,
        product_id=product_id,
        seller_id=seller_id,
        status=status,
        locked=locked(status, ends, at, reviewed=reviewer is not None),
        price=money_of(price, currency),
        discounted_price=money_of(discounted, currency),
        stock=stock,
        category=category,
        registered_at=format_instant(registered_at),
        reviewer=reviewer,
        changes_until=format_instant(changes_until),
        starts=format_instant(starts),
        ends=format_instant(ends),
        withdrawn_because=why,
        withdrawn_fact_id=fact_id,
        withdrawn_at=when(withdrawn_at),
        withdrawn_points=points,
        position=position_text(position),
    )
