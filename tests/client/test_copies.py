"""Copies in memory: which is newer, which may be answered from, and what makes them stale."""

import time
from math import inf
from typing import Any

import msgspec
import pytest

import api.client.copies
from api.client.copies import ASKED_AGAIN_AFTER_S, Copies
from api.client.standing import Standing, Unreadable, read_standing, read_standings
from api.representations import Standing as Served
from tests.client.told import body

VALID = "2026-06-01T00:00:00.000000Z"
VALID_S = 1_780_272_000.0


class Clock:
    """The wall clock, by hand."""

    def __init__(self) -> None:
        self.now = VALID_S - 1

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Ticks:
    """The monotonic clock, by hand: how long a test takes then decides nothing."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> Ticks:
    made = Ticks()
    monkeypatch.setattr(time, "monotonic", made)
    return made


@pytest.fixture
def copies(clock: Clock, ticks: Ticks) -> Copies:
    """Copies whose source lives."""
    made = Copies(10.0, clock)
    made.alive(time.monotonic())
    return made


def told(copies: Copies, seller_id: str, position: int, **more: Any) -> None:
    copies.take(seller_id, read_standing(body(seller_id, position, **more), seller_id))


def asked(copies: Copies, seller_id: str, position: int, read_to: int = 99, **more: Any) -> Any:
    copy = read_standing(body(seller_id, position, **more), seller_id)
    return copies.take_asked(copy, time.monotonic(), read_to)


def points(copies: Copies, seller_id: str = "s-1") -> int | None:
    found = copies.get(seller_id)
    return None if found is None else found.buckets[0].value


def test_a_standing_reads_as_the_server_writes_it() -> None:
    mine, served = msgspec.json.schema(Standing), msgspec.json.schema(Served)
    assert _plain(mine) == _plain(served)


def _plain(schema: Any) -> Any:
    """A schema without words for people, and without what a reader need not insist on."""
    if isinstance(schema, dict):
        left_out = {"description", "format"}
        return {k: _plain(v) for k, v in schema.items() if k not in left_out}
    return [_plain(each) for each in schema] if isinstance(schema, list) else schema


def test_what_is_older_or_told_again_changes_nothing(copies: Copies) -> None:
    for position in (7, 5, 7, 9, 8):
        told(copies, "s-1", position)
    assert (points(copies), copies.position) == (9, 9)
    assert (copies.changes, copies.repeated) == (2, 3)
    told(copies, "s-1", 9, as_of="2026-02-01T00:00:00.000000Z", can_sell=False)
    found = copies.get("s-1")
    assert found is not None and not found.can_sell


def test_it_is_answered_up_to_its_valid_until_and_not_at_it(copies: Copies, clock: Clock) -> None:
    told(copies, "s-1", 3, valid_until=VALID, next_change_at=VALID)
    clock.now = VALID_S - 1e-6
    assert points(copies) == 3
    clock.now = VALID_S
    assert copies.get("s-1") is None
    newer: dict[str, Any] = {"as_of": VALID, "known_at": VALID}
    assert asked(copies, "s-1", 3, **newer).as_of == VALID
    assert copies.get("s-1") is not None
    told(copies, "s-1", 3, valid_until=VALID)
    found = copies.get("s-1")
    assert found is not None and found.as_of == VALID


def test_an_answer_older_than_what_is_known_is_not_given(copies: Copies, clock: Clock) -> None:
    told(copies, "s-1", 7, valid_until=VALID)
    given = asked(copies, "s-1", 5)
    assert given.position == "7"
    clock.now = VALID_S
    assert asked(copies, "s-1", 5) is None


def test_no_copy_outlives_its_source_for_longer_than_was_chosen(clock: Clock, ticks: Ticks) -> None:
    copies = Copies(5.0, clock)
    told(copies, "s-1", 3)
    assert copies.get("s-1") is None
    assert not copies.complete.is_set()
    copies.alive(time.monotonic())
    assert points(copies) == 3
    assert copies.complete.is_set()
    ticks.now += 4.9
    assert points(copies) == 3
    ticks.now += 0.1
    assert copies.get("s-1") is None
    assert asked(copies, "s-1", 4).position == "4"
    # The source is there again and has not heard of it: nothing goes backwards.
    copies.alive(time.monotonic())
    assert points(copies) == 4
    told(copies, "s-1", 3)
    assert points(copies) == 4


def test_an_answer_is_kept_as_long_as_its_source_would_tell_of_a_change(
    copies: Copies, ticks: Ticks
) -> None:
    copies.keep_from(50)
    asked(copies, "s-1", 3, read_to=50)
    asked(copies, "s-2", 3, read_to=49)
    ticks.now += copies.max_age_s
    copies.alive(time.monotonic())
    assert (points(copies, "s-1"), points(copies, "s-2")) == (3, None)
    ticks.now += ASKED_AGAIN_AFTER_S - copies.max_age_s
    copies.alive(time.monotonic())
    assert points(copies, "s-1") is None


def test_answers_that_were_asked_for_do_not_fill_the_memory(
    copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.client.copies, "MOST_ASKED", 20)
    for number in range(200):
        asked(copies, f"s-{number}", 3)
        assert len(copies) <= 20
    assert points(copies, "s-199") == 3


@pytest.mark.parametrize(
    "value",
    [
        b"", b"\xff", b"null", b"[]", b"{}", b"<standing/>", body("s-2", 9),
        body("s-1", 9).replace(b'"9"', b'"nine"'), body("s-1", 9, status="gone"),
        body("s-1", 9, valid_until="tomorrow"), body("s-1", 9, valid_until="2026-06-01T00:00:00"),
        body("s-1", 9)[:-1], body("s-1", 9, buckets=None),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_no_standing(value: bytes) -> None:
    with pytest.raises(Unreadable):
        read_standing(value, "s-1")
    with pytest.raises(Unreadable):
        read_standings(b'{"standings":[1,%s]}' % value)


def test_of_a_seller_told_unreadably_nothing_is_answered_by_heart(
    copies: Copies, ticks: Ticks
) -> None:
    told(copies, "s-1", 3)
    told(copies, "s-2", 3)
    copies.take_unreadable("s-1")
    copies.take_unreadable(None)
    assert (copies.get("s-1"), points(copies, "s-2"), copies.unreadable) == (None, 3, 2)
    asked(copies, "s-1", 4)
    assert points(copies, "s-1") == 4
    ticks.now += copies.max_age_s
    copies.alive(time.monotonic())
    assert copies.get("s-1") is None
    told(copies, "s-1", 5)
    assert points(copies) == 5


def test_a_seller_that_is_taken_away_is_unknown(copies: Copies) -> None:
    told(copies, "s-1", 3)
    copies.take_away("s-1")
    copies.take_away("never-heard-of")
    assert (copies.get("s-1"), copies.newest("s-1"), len(copies)) == (None, None, 0)


def test_what_a_second_reading_does_not_tell_is_gone(copies: Copies) -> None:
    told(copies, "s-1", 3)
    told(copies, "s-2", 3)
    copies.begin_again()
    told(copies, "s-2", 3)
    assert points(copies, "s-1") == 3
    copies.alive(time.monotonic())
    assert (copies.get("s-1"), points(copies, "s-2")) == (None, 3)


def test_an_edition_ends_what_was_known_before_it(copies: Copies, clock: Clock) -> None:
    told(copies, "s-1", 3)
    asked(copies, "s-2", 3)
    copies.no_longer_than(VALID_S)
    assert (points(copies, "s-1"), points(copies, "s-2")) == (3, 3)
    clock.now = VALID_S
    assert (copies.get("s-1"), copies.get("s-2")) == (None, None)
    told(copies, "s-1", 4)
    assert points(copies) == 4


def test_in_a_child_nothing_is_answered_until_it_follows_by_itself(copies: Copies) -> None:
    told(copies, "s-1", 3)
    copies.in_child()
    assert (copies.get("s-1"), copies.alive_at, copies.complete.is_set()) == (None, -inf, False)
    copies.alive(time.monotonic())
    assert points(copies) == 3
