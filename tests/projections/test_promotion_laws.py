"""The laws of the views of promotions and of products' days: rebuilt is live, however it was read,
and live is what the facts say.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ledger.decide.commands import AnnulViolation
from ledger.decide.performance_commands import ReportProductPerformance
from ledger.facts.dates import parse_date
from ledger.facts.instants import DAY_US, parse_instant
from ledger.facts.money import money_of
from ledger.facts.performance import ProductPerformanceReported
from ledger.facts.refusal import Refusal
from ledger.ledger import Ledger
from projections.product_days_reading import ProductsWanted, products_read
from projections.rebuild import check, rebuild
from tests.laws.stories import stories_told
from tests.projections.case_stories import TABLES
from tests.projections.following import catch_up, execute, following, parked, rows
from tests.spec.promoted import announcement, change, decision, eur, registration, taken_back
from tests.store.opened import sandbox, violation

few = stories_told(examples=6)
START = parse_instant("2026-03-02T00:00:00Z")
PRODUCTS = ("p-1", "p-2", "p-3")
DATES = tuple(f"2026-03-0{n}" for n in range(1, 9))

products = st.sampled_from(PRODUCTS)
enrolments = st.one_of(
    st.builds(registration, products),
    st.builds(decision, st.sampled_from(["approved", "rejected"]), st.just("bo"), products),
    st.builds(taken_back, products),
    st.builds(lambda p, n: change(p, stock=n), products, st.integers(9, 14)),
    st.builds(
        lambda p, n: change(p, discounted_price=eur(f"{n}.00")), products, st.integers(9, 15)
    ),
)
penalties = st.one_of(
    st.builds(
        lambda n, points: violation("s-1", f"v-{n}", "weapons", points=points),
        st.integers(1, 6),
        st.sampled_from([1, 4, 48]),
    ),
    st.builds(
        lambda n: AnnulViolation(
            seller_id="s-1", violation_id=f"v-{n}", reason="A mistake.", annulled_by="ann"
        ),
        st.integers(1, 6),
    ),
)
days = st.builds(
    lambda product, date, revision, reviews, sales, said: ReportProductPerformance(
        product_id=product,
        seller_id="s-1",
        date=date,
        revision=revision,
        reviews=reviews,
        rating_sum=4 * reviews,
        sales=sales,
        category=said,
        free_delivery=None if said is None else said == "toys",
    ),
    products,
    st.sampled_from(DATES),
    st.integers(1, 3),
    st.integers(0, 9),
    st.integers(0, 3),
    st.sampled_from([None, None, "toys", "knives"]),
)
steps = st.lists(
    st.one_of(enrolments, enrolments, penalties, days, days, st.sampled_from([1, 3, DAY_US])),
    min_size=3,
    max_size=30,
)
turns_of = st.lists(st.tuples(st.integers(1, 8), st.integers(1, 9)), min_size=1, max_size=4)


def tell(ledger: Ledger, step: Any) -> None:
    if isinstance(step, int):
        ledger.move_clock(ledger.now() + step)
        return
    try:
        ledger.handle(step, "")
    except Refusal:
        return


@contextmanager
def begun(dsn: str) -> Generator[Ledger]:
    """A ledger on an emptied database, with a campaign announced."""
    execute(dsn, f"TRUNCATE {TABLES}")
    with sandbox(dsn) as ledger:
        ledger.move_clock(START + 7 * DAY_US)
        ledger.handle(announcement(max_points_after_registration=4), "")
        yield ledger


@few
@given(story=steps, turns=turns_of)
def test_rows_are_what_the_facts_say_whatever_was_read_at_once(
    dsn: str, story: list[Any], turns: list[tuple[int, int]]
) -> None:
    with begun(dsn) as ledger:
        waiting = list(story)
        for told, at_once in [*turns, (len(waiting), 3)]:
            for step in waiting[:told]:
                tell(ledger, step)
            del waiting[:told]
            with following(dsn, ledger.clock, at_once) as runner:
                catch_up(runner)
        assert parked(dsn) == {}
        assert check(dsn, ledger.clock) == []
        assert_enrolments(ledger, dsn)
        assert_products(ledger)


@few
@given(story=steps)
def test_a_rebuild_takes_the_place_of_what_was_live(dsn: str, story: list[Any]) -> None:
    with begun(dsn) as ledger:
        with following(dsn, ledger.clock) as runner:
            for step in story[::2]:
                tell(ledger, step)
            catch_up(runner)
            rebuild(dsn, ledger.clock)
            for step in story[1::2]:
                tell(ledger, step)
                catch_up(runner)
        assert check(dsn, ledger.clock) == []
        assert_enrolments(ledger, dsn)


def assert_enrolments(ledger: Ledger, dsn: str) -> None:
    told = {row["product_id"]: row for row in rows(dsn, "enrolments")}
    assert [row["campaign_id"] for row in rows(dsn, "campaigns")] == ["spring"]
    for product in PRODUCTS:
        known, row = ledger.enrolment("spring", product), told.pop(product, None)
        assert (known is None) is (row is None)
        if known is None or row is None:
            continue
        why = None if known.withdrawn is None else known.withdrawn.why
        assert (row["status"], row["stock"], row["withdrawn_why"], row["last_position"]) == (
            known.status,
            known.stock,
            why,
            known.position,
        )
        assert money_of(row["discounted_minor"], row["currency"]) == money_of(
            known.discounted_minor, known.currency
        )
    assert told == {}


def assert_products(ledger: Ledger) -> None:
    """At the end and at each instant before, against a slow recount of the facts."""
    facts = ledger.reader.facts(0, 100_000, to=ledger.reader.head().last_position)
    told = [f.fact for f in facts if isinstance(f.fact, ProductPerformanceReported)]
    for known_at in sorted({fact.recorded_at for fact in told}):
        for last in (DATES[2], DATES[-1]):
            day = parse_date(last)
            wanted = ProductsWanted(day, day - 4, day - 1, known_at)
            with ledger.reader.cursor() as cursor:
                found = products_read(cursor, PRODUCTS, wanted)
            for product in PRODUCTS:
                newest = {
                    parse_date(fact.date): fact
                    for fact in told
                    if fact.product_id == product and fact.recorded_at <= known_at
                }
                assert_recounted(found[product], newest, wanted)


def assert_recounted(
    found: Any, newest: dict[int, ProductPerformanceReported], wanted: ProductsWanted
) -> None:
    assert found.seller_id == ("s-1" if newest else None)
    reviewed = [f for d, f in newest.items() if wanted.history_first <= d <= wanted.last]
    assert found.product.reviews == sum(fact.reviews for fact in reviewed)
    assert found.product.rating_sum == sum(fact.rating_sum for fact in reviewed)
    sold = [f for d, f in newest.items() if wanted.sales_first <= d <= wanted.last]
    assert found.product.sales == sum(fact.sales for fact in sold)
    for field in ("category", "free_delivery"):
        said = [
            getattr(fact, field)
            for day, fact in sorted(newest.items())
            if day <= wanted.last and getattr(fact, field) is not None
        ]
        assert getattr(found.product, field) == (said[-1] if said else None)
