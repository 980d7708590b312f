"""Suspicious service in a real ledger: what it brings, once a window, whoever wrote what before."""

from ledger.facts.instants import parse_instant
from tests.store.days_told import tell_day
from tests.store.opened import sandbox

START = parse_instant("2026-03-01T12:00:00Z")


def test_unsent_orders_are_a_violation_once_a_window(dsn: str) -> None:
    with sandbox(dsn, "aliexpress-ladder") as ledger:
        ledger.move_clock(START)
        assert names(tell_day(ledger, "s", "2026-02-20", orders=29, unsent=29)) == [
            "PerformanceReported"
        ]
        brought = tell_day(ledger, "s", "2026-02-21", orders=1)
        print(brought)
        assert names(brought) == [
            "PerformanceReported",
            "ServiceMetricBreached",
            "ViolationRecorded",
            "SanctionImposed",
        ]


def names(facts):
    return [type(fact).__name__ for fact in facts]
