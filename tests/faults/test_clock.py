"""A clock that steps back by an hour, and forth again."""

import psycopg
import pytest

from ledger.facts.instants import SECOND_US
from ledger.store.clocks import MOST_AHEAD_US, SystemClock
from ledger.store.refusals import LogAhead
from tests.faults.books import check_dense, check_memos
from tests.faults.size import lots, times
from tests.store.opened import log_rows, opened, system_now, violation

HOUR_US = 3_600 * SECOND_US


class Stepping:
    """The machine's clock, set wrong by `off_us`."""

    def __init__(self) -> None:
        self.off_us = 0

    def __call__(self) -> int:
        return system_now() + self.off_us


def recorded_at(dsn: str) -> list[int]:
    """When each fact was recorded, in the log's order."""
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT (convert_from(state, 'UTF8')::jsonb ->> 'at')::bigint "
            "FROM stored_events ORDER BY notification_id"
        ).fetchall()
    return [at for (at,) in rows]


def test_an_hour_back_is_refused_until_it_is_explained(dsn: str) -> None:
    clock = Stepping()
    with opened(dsn, clock=SystemClock(clock)) as ledger:
        before = ledger.handle(violation("s", "v-1"), "svc")
        clock.off_us = -HOUR_US
        with pytest.raises(LogAhead, match="until that is explained"):
            ledger.handle(violation("s", "v-2"), "svc")
        # What is known stays readable, as of the newest fact: time never runs backwards in answers.
        assert ledger.standing("s").position == before.position
        assert ledger.now() >= before.seller.recorded_at
        # Nor does a restart hide it.
        with opened(dsn, clock=SystemClock(clock)) as other, pytest.raises(LogAhead):
            other.handle(violation("s", "v-2"), "svc")
        clock.off_us = 0
        assert ledger.handle(violation("s", "v-2"), "svc").seller.version > before.seller.version
    at = recorded_at(dsn)
    assert at == sorted(at)


def test_a_clock_that_jumps_about_never_disorders_the_log(dsn: str) -> None:
    """Small steps are ridden out, large ones refused; in the log, time only goes forwards."""
    clock, chance = Stepping(), lots()
    written = refused = 0
    with opened(dsn, clock=SystemClock(clock)) as ledger:
        for number in range(times(200, 5_000)):
            step = chance.choice([0, 1_000, -1_000, -SECOND_US, -100 * SECOND_US, -HOUR_US])
            clock.off_us = 0 if chance.random() < 0.3 else clock.off_us + step
            try:
                ledger.handle(violation(f"s-{number % 5}", f"v-{number}", points=0), "svc")
                written += 1
            except LogAhead:
                assert clock.off_us < -MOST_AHEAD_US
                refused += 1
            ledger.standing(f"s-{number % 5}")
    assert written
    assert refused
    at = recorded_at(dsn)
    news = [instant for instant in at if instant > at[0]]
    assert news == sorted(set(news)), "each write has an instant of its own, later than the last"
    assert len(log_rows(dsn)) == len(at)
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT originator_id, originator_version, topic, state, notification_id "
            "FROM stored_events ORDER BY notification_id"
        ).fetchall()
        check_dense(connection, rows, 0)
        check_memos(connection, {f"s-{n}" for n in range(5)})
    print(f"written={written} refused={refused}")
