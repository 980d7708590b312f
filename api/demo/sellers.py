"""The lives of the demonstration's sellers: what each did, when it was found, what was taken back.

Every seller draws from a stream of chance of its own, so that more sellers leave the first as
they were.
"""

import random
from collections.abc import Iterator
from typing import Any, Final

from api.demo.cases import RECENT, REVIEWERS, ROADS, Cases, Line
from api.demo.shops import Shop
from api.demo.statements import (
    ANNULMENTS,
    DECISIONS,
    FAMILIES,
    GOODS,
    GRAVE,
    INTELLECTUAL_PROPERTY,
    LISTING_QUALITY,
    PROHIBITED,
    TRANSACTION,
    WAIVERS,
)
from ledger.facts.instants import DAY_US, HOUR_US, SECOND_US, Instant, format_instant

STATEMENTS: Final = {
    **PROHIBITED,
    **LISTING_QUALITY,
    **TRANSACTION,
    **INTELLECTUAL_PROPERTY,
    **GRAVE,
}
STRONG: Final = ("weapons", "protected-species", "illegal-services", "drug-paraphernalia")
"""24 points each: two of them suspend."""
MIDDLING: Final = ("false-delivery", "illegal-profit", "recalled-goods", "serious-misdescription")
"""12 points each."""
SLIGHT: Final = (*LISTING_QUALITY, "missing-tracking", "no-reply-72h", "unsent-orders", "seeds")


class Life:
    """One seller's history, told from oldest to newest as far as each story goes."""

    def __init__(self, seed: int, number: int, until: Instant, years: int) -> None:
        self.seller_id = f"s-{number}"
        self._number = number
        self._draw = random.Random(f"{seed}/{number}")
        self._until = until
        self._days = years * 365
        self._count = 0
        self._challenges = Cases(seed, number, until)
        self._shop = Shop(seed, number, until)

    def lines(self) -> Iterator[Line]:
        """Everything recorded of this seller, in no order."""
        stories, weights = zip(*STORIES, strict=True)
        # The first sellers live one story each, so that the smallest marketplace has them all.
        first = self._number <= len(stories)
        story = stories[self._number - 1] if first else self._draw.choices(stories, weights)[0]
        lines = list(story(self))
        yield from lines
        yield from self._told_again(lines)
        if not first and story in (Life.quiet, Life.busy):
            yield from self._cases(lines)

    # -- stories -------------------------------------------------------------------------

    def suspended_by_points(self) -> Iterator[Line]:
        """Two strong violations and something slight, lately: the money is still frozen."""
        at = self._draw.uniform(20, 150)
        yield self._violation(at + self._draw.uniform(60, 180), self._one_of(STRONG))
        yield self._violation(at + self._draw.uniform(2, 50), self._one_of(SLIGHT))
        yield self._violation(at, self._one_of(STRONG))

    def suspended_by_strikes(self) -> Iterator[Line]:
        """Three serious infringements within a year."""
        for back in sorted((self._draw.uniform(10, 340) for _ in range(3)), reverse=True):
            yield self._infringement(back, "serious")

    def spared(self) -> Iterator[Line]:
        """Suspended, until one of the violations turned out to be none."""
        at = self._draw.uniform(40, 250)
        mistaken = self._violation(at + self._draw.uniform(10, 90), self._one_of(STRONG))
        yield mistaken
        yield self._violation(at, self._one_of(STRONG))
        yield self._annulment(at - self._draw.uniform(3, 30), mistaken)

    def funds_released(self) -> Iterator[Line]:
        """Suspended long ago and never since; the money went free after its 180 days."""
        at = self._draw.uniform(200, min(700, self._days - 60))
        yield self._violation(at + self._draw.uniform(5, 50), self._one_of(MIDDLING))
        yield self._violation(at + self._draw.uniform(1, 4), self._one_of(STRONG))
        yield self._violation(at, self._one_of(MIDDLING))

    def near_the_limit(self) -> Iterator[Line]:
        """Some 40 points of 48 within the year."""
        for back in sorted((self._draw.uniform(5, 300) for _ in range(3)), reverse=True):
            yield self._violation(back, self._one_of(MIDDLING))
        for _ in range(self._draw.randint(2, 5)):
            yield self._violation(self._draw.uniform(1, 300), self._one_of(SLIGHT))

    def waived(self) -> Iterator[Line]:
        """Suspended, and let go by two people, because the seller made good."""
        at = self._draw.uniform(60, 300)
        yield self._violation(at + self._draw.uniform(1, 60), self._one_of(STRONG))
        yield self._violation(at, self._one_of(STRONG))
        proposed = at - self._draw.uniform(10, 25)
        first, second = self._draw.sample(REVIEWERS, 2)
        # The third fact of this seller is the sanction, which its address names.
        asked = {"command": "waive-sanction", "sanction_id": "sanction-3"}
        yield self._line(proposed, {**asked, "reason": self._one_of(WAIVERS), "waived_by": first})
        if self._number % 4:
            yield self._line(proposed - self._draw.uniform(0.1, 3), {**asked, "waived_by": second})

    def sustained(self) -> Iterator[Line]:
        """Suspended by more than enough: one violation was taken back, and it stays."""
        at = self._draw.uniform(60, 330)
        slight = self._violation(at + self._draw.uniform(3, 20), self._one_of(MIDDLING))
        yield self._violation(at + self._draw.uniform(21, 35), self._one_of(STRONG))
        yield slight
        yield self._violation(at, self._one_of(STRONG))
        yield self._annulment(at - self._draw.uniform(5, 50), slight)

    def grave(self) -> Iterator[Line]:
        """One violation that suspends by itself."""
        yield self._violation(self._draw.uniform(5, 600), self._one_of(tuple(GRAVE)))

    def long_ago(self) -> Iterator[Line]:
        """One violation, expired, and nothing else."""
        back = self._draw.uniform(380, self._days - 1) if self._days > 400 else 370
        yield self._violation(back, self._one_of(SLIGHT))

    def taken_back_late(self) -> Iterator[Line]:
        """A violation that was annulled when it had expired already."""
        back = self._draw.uniform(420, max(430, self._days - 1))
        expired = self._violation(back, self._one_of(MIDDLING), found_after=0)
        yield expired
        yield self._annulment(self._draw.uniform(2, 40), expired)
        yield from self._scattered(self._draw.randint(1, 4))

    def quiet(self) -> Iterator[Line]:
        """A slip now and then."""
        yield from self._scattered(self._draw.randint(1, 5))

    def busy(self) -> Iterator[Line]:
        """A large shop: something every few weeks, in every family."""
        yield from self._scattered(self._draw.randint(12, 34))

    def spared_by_appeal(self) -> Iterator[Line]:
        """Suspended, until an appeal against one of the violations was upheld."""
        at = self._draw.uniform(40, 250)
        yield self._violation(at + self._draw.uniform(10, 90), self._one_of(STRONG))
        mistaken = self._violation(at, self._one_of(STRONG))
        yield mistaken
        yield from self._challenges.appeal(mistaken, "upheld")

    def sanctioned_by_hand(self) -> Iterator[Line]:
        """Suspended by two people, for what no milestone catches."""
        at = self._draw.uniform(30, 150)
        yield self._violation(at + 20, self._one_of(MIDDLING))
        first, second = self._draw.sample(REVIEWERS, 2)
        reason = {"command": "impose-sanction", "reason": self._one_of(DECISIONS)}
        narrow = {"sanction_id": "desk-1", "kind": "display-restriction", "days": 14}
        yield self._line(at + 15, {**reason, **narrow, "imposed_by": first})
        closed = {**reason, "sanction_id": "desk-2", "kind": "suspension"}
        yield self._line(at, {**closed, "imposed_by": first})
        yield self._line(at - self._draw.uniform(0.1, 3), {**closed, "imposed_by": second})

    def appeals_of_every_kind(self) -> Iterator[Line]:
        """Appeals that were lost, lapsed and withdrawn, one through all rounds, one still open."""
        for ending in ("rejected", "lapsed", "withdrawn"):
            slight = self._violation(self._draw.uniform(20, 300), self._one_of(LISTING_QUALITY))
            yield slight
            yield from self._challenges.appeal(slight, ending)
        infringement = self._infringement(self._draw.uniform(60, 200), "serious")
        yield infringement
        yield from self._challenges.appeal(infringement, "rejected", "rejected", "rejected")
        newest = self._infringement(3, "general")
        yield newest
        yield from self._challenges.appeal(newest, "open")

    def disputes_of_every_kind(self) -> Iterator[Line]:
        """A shop whose buyers claimed whatever can be claimed, with every ending there is."""
        for road in ROADS:
            back = RECENT.get(road) or self._draw.uniform(60, 300)
            yield from self._challenges.dispute(back, road)

    def serves_well(self) -> Iterator[Line]:
        """A shop that storefronts like to promote."""
        yield from self._shop.serves_well()

    def serves_badly(self) -> Iterator[Line]:
        """A shop that loses orders, answers late, and has its buyers claim their money back."""
        yield from self._shop.serves_badly()
        for back in (80, 60, 40):
            yield from self._challenges.dispute(back, "accepted")
            yield from self._challenges.dispute(back - 10, "silence")

    def is_reported(self) -> Iterator[Line]:
        """A shop that others complain of, and that complains of a buyer."""
        yield from self._shop.is_reported()

    def spared_promotion(self) -> Iterator[Line]:
        """Its products left a campaign with a strike, and came back when that was annulled."""
        yield from self._shop.promotes()
        strike = self._infringement(20, "serious")
        yield strike
        yield self._annulment(8, strike)

    def lost_promotion(self) -> Iterator[Line]:
        """Its products left their campaigns with a strike, and stay out."""
        yield from self._shop.promotes()
        yield self._infringement(2, "serious")

    def _cases(self, lines: list[Line]) -> Iterator[Line]:
        """Of a large marketplace's sellers, some appeal, and some have unhappy buyers."""
        draw = self._draw
        taken_back = {t["violation_id"] for _, t in lines if t["command"] == "annul-violation"}
        latest = self._until - 30 * DAY_US
        for at, told in lines:
            slight = told.get("rule") in LISTING_QUALITY and told["violation_id"] not in taken_back
            if slight and at < latest and draw.random() < 0.12:
                ending = draw.choice(("upheld", "rejected", "rejected", "lapsed", "withdrawn"))
                yield from self._challenges.appeal((at, told), ending)
        past = [road for road in ROADS if road not in RECENT]
        while draw.random() < 0.3:
            yield from self._challenges.dispute(draw.uniform(60, self._days - 1), draw.choice(past))

    # -- what stories are made of --------------------------------------------------------

    def _scattered(self, most: int) -> Iterator[Line]:
        for _ in range(most):
            back = self._draw.uniform(1, self._days - 1)
            kind = self._draw.random()
            if kind < 0.06:
                yield self._infringement(back, self._draw.choice(("general", "serious")))
            elif kind < 0.10:
                mistaken = self._violation(back, self._one_of(MIDDLING))
                yield mistaken
                yield self._annulment(back * self._draw.uniform(0.2, 0.9), mistaken)
            else:
                family = self._draw.choice(FAMILIES[:3])
                rule = self._one_of(tuple(family))
                yield self._violation(back, rule if rule not in STRONG else self._one_of(SLIGHT))

    def _violation(self, back: float, rule: str, found_after: float | None = None) -> Line:
        """A violation recorded `back` days before the end, and now and then found late."""
        self._count += 1
        told: dict[str, Any] = {
            "command": "record-violation",
            "violation_id": f"v-{self._number}-{self._count}",
            "rule": rule,
            "source": self._one_of(("listing-scan", "buyer-report", "inspection")),
        }
        if found_after is None and self._draw.random() < 0.25:
            found_after = self._draw.choice((0.5, 2, 7, 30))
        if found_after:
            told["effective_at"] = format_instant(self._instant(back + found_after))
        if self._draw.random() < 0.7:
            told["listing_id"] = f"listing-{self._draw.randint(10_000, 99_999)}"
        told["statement"] = STATEMENTS[rule].format(goods=self._one_of(GOODS))
        if self._draw.random() < 0.3:
            told["evidence"] = [f"case-file/{self._number}/{self._count}.pdf"]
        told["reported_by"] = self._one_of(("compliance-desk", "listing-scanner", "buyer-care"))
        return self._line(back, told)

    def _infringement(self, back: float, severity: str) -> Line:
        at, told = self._violation(back, self._one_of(tuple(INTELLECTUAL_PROPERTY)))
        source = self._one_of(("rights-holder", "platform"))
        return at, {**told, "severity": severity, "source": source}

    def _annulment(self, back: float, mistaken: Line) -> Line:
        told = {
            "command": "annul-violation",
            "violation_id": mistaken[1]["violation_id"],
            "reason": self._one_of(ANNULMENTS),
            "annulled_by": self._one_of(REVIEWERS),
        }
        return self._line(back, told)

    def _told_again(self, lines: list[Line]) -> Iterator[Line]:
        """Senders that were not sure to be heard say the same again, an hour later."""
        for at, told in lines:
            if told["command"] == "record-violation" and self._draw.random() < 0.01:
                yield min(at + HOUR_US, self._until - SECOND_US), told

    def _line(self, back: float, told: dict[str, Any]) -> Line:
        return self._instant(back), {"seller_id": self.seller_id, **told}

    def _instant(self, back: float) -> Instant:
        """Whole seconds, `back` days before the end."""
        return self._until - max(1, round(back * DAY_US / SECOND_US)) * SECOND_US

    def _one_of(self, choices: Any) -> str:
        return self._draw.choice(tuple(choices))


STORIES: Final = (
    (Life.suspended_by_points, 4),
    (Life.suspended_by_strikes, 3),
    (Life.spared, 4),
    (Life.funds_released, 4),
    (Life.near_the_limit, 6),
    (Life.waived, 3),
    (Life.sustained, 3),
    (Life.grave, 1),
    (Life.long_ago, 8),
    (Life.taken_back_late, 4),
    (Life.quiet, 30),
    (Life.busy, 30),
    (Life.spared_by_appeal, 3),
    (Life.appeals_of_every_kind, 2),
    (Life.disputes_of_every_kind, 1),
    (Life.sanctioned_by_hand, 1),
    (Life.serves_well, 2),
    (Life.serves_badly, 1),
    (Life.is_reported, 1),
    (Life.spared_promotion, 1),
    (Life.lost_promotion, 1),
)
