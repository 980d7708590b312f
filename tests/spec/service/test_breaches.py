"""What follows from a suspicious metric: judged with what is known, once a window, by the pack."""

from typing import Any

import pytest

from ledger.decide.breaches import Borne, breach_fact, breached, hold_of, needed_since, violation_of
from ledger.facts.dates import parse_date
from ledger.facts.instants import parse_instant
from ledger.policy.policy import Policy
from ledger.service.counts import Counts, Sums
from ledger.service.days import Days, Told
from ledger.standing.seller import Seller
from ledger.standing.serving import Breach, Outcome, Served
from tests.spec.given import LADDER, POLICY, pack

NOON = parse_instant("2026-03-31T12:00:00Z")
TODAY = parse_date("2026-03-31")


def days(**dates: tuple[int, int]) -> Days:
    """`d_2026_03_01=(orders, unsent)` …"""
    told = [
        Told(
            parse_date(date[2:].replace("_", "-")),
            1,
            Sums(Counts(orders=orders, unsent=unsent), {}),
        )
        for date, (orders, unsent) in dates.items()
    ]
    return Days.of(0, told)


def judged(
    known: Days,
    served: Served = Served(),  # noqa: B008 - a value that never changes
    borne: Borne = Borne(TODAY),  # noqa: B008
    policy: Policy = LADDER,
    at: int = NOON,
) -> list[tuple[str, int, int, int]]:
    seller = Seller("s-1", served=served)
    return [
        (b.measured.metric, b.measured.window_days, b.measured.numerator, b.measured.denominator)
        for b in breached(seller, known, policy, borne, at)
    ]


@pytest.mark.parametrize(
    ("known", "found"),
    [
        (days(d_2026_03_31=(30, 3)), [("unsent-rate", 30, 3, 30)]),
        (days(d_2026_03_31=(30, 2)), []),
        (days(d_2026_03_31=(29, 29)), []),
        # The window's first date is the 2nd of March.
        (days(d_2026_03_02=(30, 3), d_2026_03_31=(0, 0)), [("unsent-rate", 30, 3, 30)]),
        (days(d_2026_03_01=(30, 3), d_2026_03_31=(0, 0)), []),
        # And its last is today: what is said of tomorrow waits for it.
        (days(d_2026_04_01=(30, 3), d_2026_03_31=(0, 0)), []),
    ],
)
def test_a_window_has_a_first_and_a_last_date(known: Days, found: list[Any]) -> None:
    assert judged(known) == found


def test_the_date_is_that_of_the_packs_zone() -> None:
    seoul = pack("aliexpress-ladder", {"zone": "Asia/Seoul"})
    late = parse_instant("2026-03-31T15:00:00Z")
    known = days(d_2026_03_02=(30, 3), d_2026_03_31=(0, 0))
    assert judged(known, policy=seoul, at=late - 1)
    assert not judged(known, policy=seoul, at=late)
    assert judged(days(d_2026_04_01=(30, 3)), policy=seoul, at=late, borne=Borne(TODAY + 1))


def test_it_follows_once_a_window() -> None:
    known = days(d_2026_03_31=(30, 3))
    first = TODAY - 29

    def after(last: int, metric: str = "unsent-rate") -> list[Any]:
        return judged(known, Served(breaches=(Breach(metric, last - 29, last),)))

    assert after(TODAY) == after(TODAY - 1) == after(first) == []
    assert after(first - 1) == [("unsent-rate", 30, 3, 30)]
    assert after(TODAY, "incomplete-rate") == [("unsent-rate", 30, 3, 30)]


def test_a_report_of_a_day_that_no_window_holds_is_not_judged() -> None:
    known = days(d_2026_03_31=(30, 3))
    assert judged(known, borne=Borne(TODAY - 29))
    assert not judged(known, borne=Borne(TODAY - 30))


OUTCOMES = tuple(
    Outcome(f"d-{n}", n, "not-received", TODAY - 10 * n, against=n != 4) for n in range(1, 8)
)


def test_disputes_count_where_they_went_against_the_seller() -> None:
    known = days(d_2026_03_31=(40, 0))
    served = Served(OUTCOMES)
    bears = Borne(TODAY, "not-received")
    assert judged(known, served, bears) == [("not-received-index", 30, 2, 40)]
    # What it bears on is told by its reason.
    assert judged(known, served, Borne(TODAY, "not-as-described")) == []
    # Two of 41 are less than 5 %, but the longer window holds six.
    known = days(d_2026_03_31=(41, 0))
    assert judged(known, served, bears) == [("not-received-index", 90, 6, 41)]


def test_the_cases_are_the_facts_behind_newest_first() -> None:
    known = days(d_2026_03_20=(20, 2), d_2026_03_25=(20, 0), d_2026_03_31=(5, 3))
    (unsent,) = breached(Seller("s-1"), known, LADDER, Borne(TODAY), NOON)
    assert unsent.cases == ("performance-s-1,2026-03-31.1", "performance-s-1,2026-03-20.1")
    seller = Seller("s-1", served=Served(OUTCOMES))
    index = next(
        b
        for b in breached(seller, days(d_2026_03_31=(30, 0)), LADDER, Borne(TODAY), NOON)
        if b.measured.metric == "not-received-index"
    )
    assert index.cases == ("seller-s-1.1", "seller-s-1.2")


def test_what_follows_is_what_the_pack_says() -> None:
    seller = Seller("s-1", version=4, served=Served(OUTCOMES))
    known = days(d_2026_03_31=(30, 3))
    index, unsent = breached(seller, known, LADDER, Borne(TODAY), NOON)
    fact = breach_fact(unsent, LADDER, "performance-s-1,2026-03-31.1", NOON)
    assert (fact.metric, fact.level, fact.threshold) == ("unsent-rate", "suspicious", "0.1")
    assert (fact.first_date, fact.last_date) == ("2026-03-02", "2026-03-31")
    command = violation_of(unsent, seller)
    assert command is not None
    assert (command.violation_id, command.rule) == (
        "service-unsent-rate-2026-03-31",
        "unsent-orders",
    )
    assert command.statement == (
        "unsent-rate is suspicious: 3 of 30 from 2026-03-02 to 2026-03-31, at or above 0.1"
    )
    assert command.evidence == unsent.cases
    assert hold_of(unsent, seller, "seller-s-1.5", NOON) is None
    hold = hold_of(index, seller, "seller-s-1.5", NOON)
    assert hold is not None
    assert (hold.freeze_id, hold.cause, hold.sanction_id) == ("freeze-5", "service-metrics", None)
    assert hold.ends_at - hold.starts_at == 15 * 86_400_000_000


def test_the_default_pack_gives_levels_and_brings_nothing() -> None:
    assert needed_since(POLICY, NOON) is None
    assert needed_since(LADDER, NOON) == TODAY - 89
    assert judged(days(d_2026_03_31=(30, 30)), policy=POLICY) == []
