"""The demonstration's campaigns, and the products that take part in them."""

import random
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from api.demo.cases import Line
from api.demo.statements import FINDINGS
from ledger.facts.instants import DAY_US, SECOND_US, Instant, format_instant

PLATFORM: Final = "promotions-desk"


class Campaign(NamedTuple):
    """A campaign, its instants in days from the end of history: those before it are negative."""

    campaign_id: str
    name: str
    opens: float
    closes: float
    starts: float
    ends: float
    requirements: dict[str, Any]

    def announced(self, until: Instant) -> Line:
        """Its announcement, ten days before anybody may register."""

        def at(day: float) -> str:
            return format_instant(until + round(day * DAY_US))

        told = {
            "command": "announce-campaign",
            "campaign_id": self.campaign_id,
            "name": self.name,
            "registration_opens": at(self.opens),
            "registration_closes": at(self.closes),
            "starts": at(self.starts),
            "ends": at(self.ends),
            "requirements": self.requirements,
            "actor": PLATFORM,
        }
        return until + round((self.opens - 10) * DAY_US), told


AUTUMN: Final = Campaign("autumn", "Autumn sale", -120, -100, -95, -80, {})
NEW_YEAR: Final = Campaign(
    "new-year", "New Year", -40, -10, -5, 10,
    {"positive_review_rate_min": 0.9, "sales_window_days": 30, "max_points_after_registration": 12},
)  # fmt: skip
SPRING: Final = Campaign(
    "spring", "Spring deals", -8, 20, 30, 45,
    {"categories": ["Home & Garden", "Sports"], "free_delivery": True},
)  # fmt: skip
CAMPAIGNS: Final = (AUTUMN, NEW_YEAR, SPRING)
"""One that is over, one that runs, one that can be registered for."""


class Promotions:
    """What one seller promotes. Days count back from the end of history."""

    def __init__(self, seed: int, number: int, until: Instant) -> None:
        self._seller_id = f"s-{number}"
        self._number = number
        self._draw = random.Random(f"{seed}/{number}/promotions")
        self._until = until

    def enrol(self, campaign: Campaign, product: str, back: float, *steps: str) -> Iterator[Line]:
        """A product registered for a campaign so many days before the end, and what follows."""
        cents = self._draw.randint(900, 9_000)
        about = {"campaign_id": campaign.campaign_id, "product_id": product}
        at = self._until - round(back * DAY_US / SECOND_US) * SECOND_US
        yield (
            at,
            {
                **about,
                "command": "enrol-product",
                "seller_id": self._seller_id,
                "price": _euros(cents),
                "discounted_price": _euros(cents * 4 // 5),
                "stock": 100,
                "colour": "blue",
            },
        )
        for step in steps:
            at += self._days(0.5, 1)
            match step:
                case "approved" | "rejected":
                    told = {"command": "decide-enrolment", "outcome": step, "reviewer": PLATFORM,
                            "reasons": self._draw.choice(FINDINGS[step])}  # fmt: skip
                case "changed":
                    told = {"command": "change-enrolment", "stock": 150,
                            "discounted_price": _euros(cents * 3 // 4)}  # fmt: skip
                case _:
                    told = {"command": "withdraw-product"}
            yield at, {**about, **told}

    def _days(self, least: float, most: float) -> Instant:
        """Whole seconds of so many days."""
        return round(self._draw.uniform(least, most) * DAY_US / SECOND_US) * SECOND_US


def _euros(cents: int) -> dict[str, str]:
    return {"amount": f"{cents // 100}.{cents % 100:02}", "currency": "EUR"}
