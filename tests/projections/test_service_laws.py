"""The laws of reputation: what is told is a slow recount of the facts known then, it never changes
afterwards, live is rebuilt, and what follows from a suspicious metric follows at that very fact.
"""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any, TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from api.reputation import Reputations
from ledger.decide.performance_commands import RatingsTold, RatingTold, ShippedTold
from ledger.facts.disputes import DisputeOutcomeRecorded
from ledger.facts.ids import seller_of
from ledger.facts.instants import DAY_US, Instant, parse_instant
from ledger.facts.performance import PerformanceReported, ServiceMetricBreached
from ledger.facts.sanctions import FundsFrozen
from ledger.facts.violations import ViolationRecorded
from ledger.ledger import Ledger
from ledger.policy.document import PackData, canonical, read
from ledger.policy.shipped import load_pack
from ledger.policy.sources import bare
from ledger.store.loading import StoredFact
from projections.catalogue import projections
from projections.rebuild import check, rebuild
from projections.views import Views
from tests.laws.service_reference import Recounted, date_at, recounted
from tests.laws.stories import stories_told
from tests.projections.following import catch_up, execute, following, parked
from tests.store.days_told import tell_day, tell_outcome
from tests.store.opened import sandbox

START = parse_instant("2026-02-26T04:30:00Z")
"""A quarter to midnight is near in New York, and so is a month's end."""
ZONE = "America/New_York"
SELLERS = ("s-1", "s-10")

Step: TypeAlias = tuple[str, int, int, int]
number = st.integers(0, 40)
seller = st.integers(0, 1)
told_day = st.tuples(st.just("day"), seller, st.sampled_from((0, 1, 1, 2, 3, 4, 5, 7, 12)), number)
steps: st.SearchStrategy[list[Step]] = st.lists(
    told_day
    | told_day
    | told_day
    | st.tuples(st.just("outcome"), seller, st.integers(0, 5), number)
    | st.tuples(st.just("wait"), st.just(0), st.sampled_from((0, 0, 1, 1, 2, 5, 9)), number),
    min_size=8,
    max_size=40,
)
few = stories_told(examples=15)
asked = st.lists(st.tuples(number, number), min_size=3, max_size=8)


def pack() -> PackData:
    """The ladder pack, with short windows and small samples, where midnight is not UTC's."""
    data = read(load_pack("aliexpress-ladder"))
    data["name"], data["zone"] = "serving", ZONE
    sourced = {"source": "test"}
    data["service"]["history_days"] = {"value": 12, **sourced}
    for metric, table in data["service_metrics"].items():
        lengths = [3, 7] if metric.endswith("index") else [5]
        table["window_days"] = {"value": lengths, **sourced}
        table["minimum_sample"] = {"value": 4, **sourced}
        if metric in ("unsent-rate", "incomplete-rate"):
            table["weak"] = {"value": "0.25", **sourced}
            table["suspicious"] = {"value": "0.5", **sourced}
    data["service_metrics"]["reply-72h-rate"]["hold_days"] = {"value": 2, **sourced}
    return data


PACK = pack()
PLAIN: Any = bare(PACK)


@contextmanager
def serving(dsn: str) -> Generator[Ledger]:
    execute(dsn, "TRUNCATE stored_events, log_head, seller_state, seller_key, sealed_text")
    execute(dsn, "TRUNCATE policy_edition, idempotency_key, history_import, projection")
    execute(dsn, "TRUNCATE parked_stream, case_due, case_concerned")
    with sandbox(dsn, "serving", chosen=canonical(PACK)) as ledger:
        ledger.move_clock(START)
        yield ledger


def tell(ledger: Ledger, step: Step) -> None:
    what, whom, one, two = step
    if what == "wait":
        ledger.move_clock(ledger.now() + one * DAY_US + two)
    elif what == "day":
        day = date_at(ledger.now() - one * DAY_US, ZONE).isoformat()
        tell_day(ledger, SELLERS[whom], day, **counts(two))
    else:
        known = [f.fact for f in facts_of(ledger) if isinstance(f.fact, DisputeOutcomeRecorded)]
        name = f"d-{whom}-{one}"
        before = [fact for fact in known if fact.dispute_id == name]
        reason = ("not-received", "not-as-described", "withdrawal")[one % 3]
        fault = ("seller", "buyer", "neither")[two % 3]
        tell_outcome(ledger, SELLERS[whom], name, reason, fault, len(before) + 1)


def counts(how: int) -> dict[str, Any]:
    """Counts that add up, of every kind."""
    orders, due, carriers = how % 7, how % 9, how % 6
    stars = [RatingTold(sum=(how % n) * (1 + how % 5), count=how % n) for n in (3, 2, 4)]
    shipped = {
        "DHL": ShippedTold(shipped=carriers, on_time=min(carriers, how % 3)),
        "UPS": ShippedTold(shipped=how % 5, on_time=how % 5),
    }
    return {
        "orders": orders,
        "incomplete": min(orders, how % 4),
        "unsent": min(orders, how % 5),
        "reviews": how % 8,
        "positive_reviews": min(how % 8, how % 4),
        "ratings": RatingsTold(*stars) if how % 4 else None,
        "messages_due": due,
        "replied_24h": min(due, how % 2),
        "replied_72h": min(due, how % 2 + how % 3),
        "carriers": shipped if how % 3 else None,
    }


@few
@given(story=steps, turns=st.lists(st.integers(1, 9), max_size=4), asks=asked)
def test_reputation_is_a_recount_of_what_was_known_and_stays_so(
    dsn: str, story: list[Step], turns: list[int], asks: list[tuple[int, int]]
) -> None:
    with serving(dsn) as ledger:
        answered: list[tuple[str, Instant, Instant, Any]] = []
        waiting = list(story)
        for at_once in [*turns, len(waiting)]:
            for step in waiting[:at_once]:
                tell(ledger, step)
            del waiting[:at_once]
            with following(dsn, ledger.clock, at_once) as runner:
                catch_up(runner)
            answered += answers(ledger, asks)
        assert parked(dsn) == {}
        facts = facts_of(ledger)
        for seller_id, as_of, known_at, told in answered:
            now = reputations(ledger).asked(seller_id, as_of, known_at)
            assert now.metrics == told
            known = [fact for fact in facts if fact.fact.recorded_at <= known_at]
            assert [
                Recounted(m.metric, m.window_days, m.numerator, m.denominator, m.level)
                for m in told
            ] == recounted(known, seller_id, PLAIN, date_at(as_of, ZONE))
        for seller_id in SELLERS:
            live = reputations(ledger).asked(seller_id, None, None)
            again = reputations(ledger).asked(
                seller_id, parse_instant(live.as_of), parse_instant(live.known_at)
            )
            assert live == again
        assert check(dsn, ledger.clock, ["service-days"]) == []
        assert_breached_as_recounted(facts)


@few
@given(story=steps)
def test_a_rebuild_takes_the_place_of_what_was_live(dsn: str, story: list[Step]) -> None:
    with serving(dsn) as ledger:
        with following(dsn, ledger.clock) as runner:
            for step in story[::2]:
                tell(ledger, step)
            catch_up(runner)
            rebuild(dsn, ledger.clock, ["service-days"])
            for step in story[1::2]:
                tell(ledger, step)
                catch_up(runner)
        assert check(dsn, ledger.clock, ["service-days"]) == []


def answers(ledger: Ledger, asks: list[tuple[int, int]]) -> list[tuple[str, Instant, Instant, Any]]:
    """Answers as of some instants, as known at others, each at or before now."""
    # Facts of the present instant might still come: only what is past is final.
    ledger.move_clock(ledger.now() + 1)
    facts, now = facts_of(ledger), ledger.now()
    found: list[tuple[str, Instant, Instant, Any]] = []
    for back, which in asks:
        told = [f.fact.recorded_at for f in facts]
        known_at = max(told[-1 - which % len(told)], START - 1)
        as_of = now - (back % 15) * DAY_US // 2
        for seller_id in SELLERS:
            said = reputations(ledger).asked(seller_id, as_of, known_at)
            found.append((seller_id, as_of, known_at, said.metrics))
    return found


def assert_breached_as_recounted(facts: list[StoredFact]) -> None:
    """After each report and outcome stands what has to follow, and nothing else anywhere."""
    last: dict[tuple[str, str], Any] = {}
    for place, stored in enumerate(facts):
        fact = stored.fact
        if isinstance(fact, PerformanceReported):
            seller_id, day, reason = fact.seller_id, fact.date, None
        elif isinstance(fact, DisputeOutcomeRecorded) and fact.reason != "withdrawal":
            seller_id, reason = seller_of(stored.stream) or "", fact.reason
            first = next(
                f.fact
                for f in facts
                if isinstance(f.fact, DisputeOutcomeRecorded)
                and f.fact.dispute_id == fact.dispute_id
            )
            day = date_at(first.effective_at, ZONE).isoformat()
        else:
            continue
        today = date_at(fact.recorded_at, ZONE)
        expected = expected_of(
            facts[: place + 1], seller_id, day, reason, today, fact.recorded_at, last
        )
        following_ = facts[place + 1 : place + 40]
        brought = []
        for other in following_:
            if isinstance(other.fact, PerformanceReported | DisputeOutcomeRecorded):
                break
            if isinstance(other.fact, ServiceMetricBreached):
                brought.append(other.fact)
        assert [(b.metric, b.window_days, b.numerator, b.denominator) for b in brought] == expected
        for breach in brought:
            assert_followed(breach, [f.fact for f in following_], PLAIN)


def expected_of(
    known: list[StoredFact],
    seller_id: str,
    day: str,
    reason: str | None,
    today: Any,
    at: Instant,
    last: dict[tuple[str, str], Any],
) -> list[tuple[str, int, int, int]]:
    found: list[tuple[str, int, int, int]] = []
    done: set[str] = set()
    for one in recounted(known, seller_id, PLAIN, today):
        table = PLAIN["service_metrics"][one.metric]
        begins = today - timedelta(days=one.window_days - 1)
        if one.level != "suspicious" or one.metric in done:
            continue
        if "violation" not in table and "hold_days" not in table:
            continue
        if reason is not None and one.metric != f"{reason}-index":
            continue
        if not begins <= date.fromisoformat(day) <= today:
            continue
        before = last.get((seller_id, one.metric))
        if before is not None and before >= begins:
            continue
        last[seller_id, one.metric] = today
        done.add(one.metric)
        found.append((one.metric, one.window_days, one.numerator, one.denominator))
    return found


def assert_followed(breach: ServiceMetricBreached, facts: list[Any], plain: Any) -> None:
    table = plain["service_metrics"][breach.metric]
    place = facts.index(breach)
    if "violation" in table:
        violation = facts[place + 1]
        assert isinstance(violation, ViolationRecorded)
        assert violation.rule == table["violation"]
        assert violation.violation_id == f"service-{breach.metric}-{breach.last_date}"
    if "hold_days" in table:
        held = next(
            f for f in facts[place:] if isinstance(f, FundsFrozen) and f.sanction_id is None
        )
        assert held.cause == "service-metrics"
        assert held.ends_at - held.starts_at == table["hold_days"] * DAY_US


def reputations(ledger: Ledger) -> Reputations:
    return Reputations(ledger, Views(ledger.reader, projections()))


def facts_of(ledger: Ledger) -> list[StoredFact]:
    return ledger.reader.facts(0, 100_000, to=ledger.reader.head().last_position)
