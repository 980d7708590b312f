"""Clocks give `recorded_at`: always later on the system's, exact on the sandbox's, never back."""

import pytest

from ledger.facts.instants import DAY_US, HOUR_US, SECOND_US, parse_instant
from ledger.facts.kinds import from_bytes
from ledger.store.clocks import MOST_AHEAD_US, SandboxClock
from ledger.store.refusals import ClockBackwards, ClockChanged, LogAhead, OtherPack
from ledger.taking.requests import Receipt, Request
from tests.store.opened import assert_dense, opened, packs, sandbox, violation

FIRST_PACK_AT = parse_instant("2020-01-01T00:00:00Z")
START = parse_instant("2026-03-01T00:00:00Z")


class Hands:
    """A system clock that a test sets."""

    def __init__(self, at: int) -> None:
        self.at = at

    def __call__(self) -> int:
        return self.at


def test_transactions_on_the_system_clock_never_share_an_instant(dsn: str) -> None:
    clock = Hands(START)
    with opened(dsn, now=clock) as ledger:
        told = [ledger.handle(violation("s", f"v-{n}", points=0), "svc") for n in range(5)]
        assert [t.facts[0].fact.recorded_at - START for t in told] == [0, 1, 2, 3, 4]
        together = ledger.clerk.submit(
            [Request(violation("s", f"w-{n}", points=0), "svc") for n in range(3)]
        ).result()
        assert {o.facts[0].fact.recorded_at for o in together if isinstance(o, Receipt)} == {
            START + 5
        }


def test_a_system_clock_that_steps_back_an_hour_is_refused_until_it_comes_near(dsn: str) -> None:
    clock = Hands(START)
    with opened(dsn, now=clock) as ledger:
        ledger.handle(violation("s", "v-1"), "svc")
        clock.at = START - HOUR_US
        with pytest.raises(LogAhead):
            ledger.handle(violation("s", "v-2"), "svc")
        assert ledger.now() == START
        assert ledger.standing("s").as_of == START
        clock.at = START - MOST_AHEAD_US
        again = ledger.handle(violation("s", "v-2"), "svc")
        assert again.facts[0].fact.recorded_at == START + 1


def test_a_small_step_back_goes_on_after_the_last_fact(dsn: str) -> None:
    clock = Hands(START)
    with opened(dsn, now=clock) as ledger:
        ledger.handle(violation("s", "v-1"), "svc")
        clock.at = START - 10 * SECOND_US
        told = ledger.handle(violation("s", "v-2"), "svc")
        assert told.facts[0].fact.recorded_at == START + 1


def test_what_was_answered_as_known_then_is_final(dsn: str) -> None:
    clock = Hands(START)
    with opened(dsn, now=clock) as ledger:
        ledger.handle(violation("s", "v-1"), "svc")
        clock.at = START + HOUR_US
        answer = ledger.standing("s", known_at=START + HOUR_US)
        told = ledger.handle(violation("s", "v-2"), "svc")
        assert told.facts[0].fact.recorded_at == START + HOUR_US + 1
        assert ledger.standing("s", known_at=START + HOUR_US) == answer


def test_the_sandbox_clock_is_recorded_exactly_and_shared(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        assert ledger.now() == FIRST_PACK_AT
        ledger.move_clock(START)
        told = [ledger.handle(violation("s", f"v-{n}"), "svc") for n in range(3)]
        assert {t.facts[0].fact.recorded_at for t in told} == {START}
        ledger.move_clock(START)
        assert ledger.now() == START
    assert_dense(dsn)


def test_the_sandbox_clock_moves_forwards_only(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        with pytest.raises(ClockBackwards) as refused:
            ledger.move_clock(START - 1)
        assert refused.value.accepted == "2026-03-01T00:00:00.000000Z or later"
        assert ledger.now() == START


def test_the_first_move_may_not_go_before_the_first_pack(dsn: str) -> None:
    with sandbox(dsn) as ledger, pytest.raises(ClockBackwards):
        ledger.move_clock(FIRST_PACK_AT - 1)


def test_two_moves_at_once_leave_the_later(dsn: str) -> None:
    """Whoever asks for the earlier instant second is refused, in one transaction or in two."""
    with sandbox(dsn) as ledger:
        ledger.move_clock(START + DAY_US)
        for earlier in (START, START + DAY_US - 1):
            with pytest.raises(ClockBackwards):
                ledger.move_clock(earlier)
        assert ledger.now() == START + DAY_US


def test_the_sandbox_clock_stands_where_it_was_left(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
    with sandbox(dsn) as ledger:
        assert ledger.now() == START


def test_every_process_sees_the_sandbox_clock(dsn: str) -> None:
    with sandbox(dsn) as ledger, sandbox(dsn) as other:
        ledger.move_clock(START)
        told = other.handle(violation("s", "v"), "svc")
        assert told.facts[0].fact.recorded_at == START
        assert other.now() == START


def test_a_sandbox_log_refuses_the_system_clock(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.handle(violation("s", "v"), "svc")
    with pytest.raises(ClockChanged), opened(dsn):
        pass


def test_a_system_process_stops_writing_once_a_sandbox_drives_the_log(dsn: str) -> None:
    with opened(dsn) as ledger:
        with sandbox(dsn) as other:
            other.handle(violation("s", "v"), "svc")
        with pytest.raises(ClockChanged):
            ledger.handle(violation("s", "w"), "svc")


def test_another_pack_is_refused(dsn: str) -> None:
    with opened(dsn):
        pass
    other = opened(dsn, "aliexpress-ladder")
    with pytest.raises(OtherPack, match="begun under the pack 'aliexpress'"), other:
        pass


def test_the_shipped_packs_enter_once(dsn: str) -> None:
    for _ in range(2):
        with opened(dsn) as ledger:
            last = ledger.reader.head().last_position
            assert last == len(packs())
            found = ledger.reader.facts(0, 10, to=last)
            assert {f.fact.recorded_at for f in found} == {FIRST_PACK_AT}
            assert [from_bytes(f.name, f.state) for f in found] == [f.fact for f in found]


def test_the_sandbox_clock_is_one_of_the_logs_clocks() -> None:
    assert SandboxClock().kind == "test"
