"""Days in order: a window is a difference, whatever was told when, and however often."""

from hypothesis import given
from hypothesis import strategies as st

from ledger.service.counts import NOTHING, Carried, Counts, Sums
from ledger.service.days import Days, Told, day_fact

day = st.integers(0, 30)
told = st.lists(st.tuples(day, st.integers(0, 9), st.integers(0, 2)), max_size=40)


def sums(orders: int, carried: int = 0) -> Sums:
    carriers = {"DHL": Carried(carried, carried)} if carried else {}
    return Sums(Counts(orders=orders), carriers)


@given(told=told, first=day, length=st.integers(1, 20), keep=day)
def test_a_window_is_the_sum_of_its_days(told, first: int, length: int, keep: int) -> None:
    days = Days.of(0, ())
    newest: dict[int, tuple[int, int]] = {}
    for version, (when, orders, carried) in enumerate(told, 1):
        days = days.and_then(Told(when, version, sums(orders, carried)), keep=0)
        newest[when] = orders, carried
    last = first + length - 1
    found = days.window(first, last)
    within = [counted for when, counted in newest.items() if first <= when <= last]
    assert found.counts.orders == sum(orders for orders, _ in within)
    assert found.carriers.get("DHL", Carried()).shipped == sum(carried for _, carried in within)
    behind = [(t.day, t.sums.counts.orders) for t in days.behind(first, last, "orders")]
    assert behind == sorted(
        ((w, o) for w, (o, _) in newest.items() if first <= w <= last and o), reverse=True
    )


@given(told=told, keep=day, more=st.tuples(day, st.integers(0, 9)))
def test_what_is_no_longer_needed_may_go(told, keep: int, more: tuple[int, int]) -> None:
    whole = Days.of(0, ())
    for version, (when, orders, carried) in enumerate(told, 1):
        whole = whole.and_then(Told(when, version, sums(orders, carried)), keep=0)
    cut = whole.and_then(Told(keep, 50, sums(1)), keep=keep)
    whole = whole.and_then(Told(keep, 50, sums(1)), keep=0)
    assert cut.since <= keep
    for days in (whole, cut):
        later = days.and_then(Told(more[0], 99, sums(more[1])), keep=0)
        for last in range(keep, 31):
            known = whole.and_then(Told(more[0], 99, sums(more[1])), keep=0)
            if more[0] >= cut.since or days is whole:
                assert later.window(keep, last) == known.window(keep, last)


def test_a_value_that_others_hold_does_not_change() -> None:
    days = Days.of(0, [Told(1, 1, sums(5))])
    days.and_then(Told(1, 2, sums(7)), keep=0)
    assert days.window(0, 9) == sums(5)
    assert days.window(2, 9) == NOTHING


def test_a_day_is_known_by_its_newest_fact() -> None:
    assert day_fact("s-1", Told(20_513, 3, NOTHING)) == "performance-s-1,2026-03-01.3"
