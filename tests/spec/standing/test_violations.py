"""A seller's violations, kept in pages, are what one list of them would be."""

import random

import pytest
from msgspec.structs import replace

from ledger.standing.violations import PAGE, Violation, Violations

YEAR = 365


def violation(number: int, recorded_at: int, life: int = YEAR) -> Violation:
    return Violation(
        f"v-{number}",
        number + 1,
        ("points", "strikes")[number % 3 == 0],
        2,
        2,
        recorded_at - number % 7,
        recorded_at,
        recorded_at + life - number % 7,
        "p@1",
        "p@1",
        True,
        0,
    )


@pytest.mark.parametrize("seed", range(8))
def test_any_history_is_as_one_list_of_it(seed: int) -> None:
    draw = random.Random(seed)
    kept, plain, now = Violations(), list[Violation](), 0
    for number in range(draw.choice((5, PAGE - 1, PAGE, 3 * PAGE + 5))):
        now += draw.randrange(30)
        new = violation(number, now)
        kept, plain = kept.and_then(new), [*plain, new]
        for place in draw.sample(range(len(plain)), min(2, len(plain))):
            old = plain[place]
            if old.open and old.lapses_at <= now:
                plain[place] = replace(old, expired=True)
            elif draw.random() < 0.05:
                plain[place] = replace(old, counted=0, cancelled_at=now)
            kept = kept.changed(plain[place])
        check(kept, plain, now)
    assert kept == Violations.of(plain)


def check(kept: Violations, plain: list[Violation], now: int) -> None:
    assert list(kept) == plain
    assert list(reversed(kept)) == plain[::-1]
    assert (len(kept), kept[-1], kept[:2]) == (len(plain), plain[-1], tuple(plain[:2]))
    assert kept.next_lapse == min((v.lapses_at for v in plain if v.open), default=None)
    assert list(kept.lapsing(now)) == [v for v in plain if v.open and v.lapses_at <= now]
    assert all(kept.find(v.violation_id) == v for v in plain)
    assert kept.find("v-unheard-of") is None
    for at in (0, now // 2, now, now + 100, now + 2 * YEAR):
        for bucket in ("points", "strikes", "none"):
            counting = [v.counted for v in plain if v.bucket == bucket and v.counts_at(at)]
            assert kept.value(bucket, at) == sum(counting)


def test_histories_that_part_do_not_know_of_each_other() -> None:
    common = Violations.of(violation(number, number) for number in range(PAGE + 3))
    one = common.and_then(violation(100, 200)).and_then(violation(101, 201))
    other = common.and_then(violation(101, 200)).and_then(violation(100, 201))
    for history, ids in ((one, ["v-100", "v-101"]), (other, ["v-101", "v-100"])):
        assert [v.violation_id for v in history[-2:]] == ids
        assert all(history.find(v) is not None for v in ids)
    assert common.find("v-100") is None
    assert one.changed(violation(7, 7, life=1)).find("v-7") != one.find("v-7")
    assert common.changed(violation(100, 200)) is common


def test_a_place_beyond_the_last_is_an_error() -> None:
    history = Violations.of(violation(number, number) for number in range(PAGE))
    with pytest.raises(IndexError):
        history[PAGE]
    assert repr(Violations()) == "Violations.of([])"
    assert hash(history) == hash(Violations.of(list(history)))
