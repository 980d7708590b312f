"""Days told in any order and however they are batched come to what a plain model says, and are
read back at every position as a slow recount of the log has them.
"""

from collections.abc import Iterator
from itertools import count, pairwise
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.lists.days import Dates, products_days, sellers_days
from api.opening import open_ledger
from api.settings import Settings
from ledger.comparing import compare
from ledger.decide.commands import stream_of
from ledger.decide.performance_commands import (
    PerformanceCommand,
    ReportPerformance,
    ReportProductPerformance,
)
from ledger.decide.performance_refusals import ProductOfAnotherSeller, RevisionTooLow
from ledger.decide.refusals import ToldDifferently
from ledger.facts.refusal import Refusal
from ledger.ledger import Ledger
from ledger.store.keeping import Told
from ledger.taking.requests import Receipt, Request
from tests.conftest import database

WORLDS = count()
DATES = ("2026-01-05", "2026-01-06", "2026-01-07")


class Report(NamedTuple):
    """A report of a day, as chance has it."""

    of_product: bool
    subject: int
    seller: int
    date: int
    revision: int
    counted: int

    def command(self, world: int) -> PerformanceCommand:
        told: dict[str, Any] = {"date": DATES[self.date], "revision": self.revision}
        seller = f"w{world}-{self.seller if self.of_product else self.subject}"
        if self.of_product:
            product = f"w{world}-{self.subject}"
            return ReportProductPerformance(
                product_id=product, seller_id=seller, sales=self.counted, **told
            )
        return ReportPerformance(seller_id=seller, orders=self.counted, **told)


REPORTS = st.lists(
    st.builds(
        Report, st.booleans(), st.integers(0, 1), st.integers(0, 1), st.integers(0, 2),
        st.integers(1, 3), st.integers(0, 2),
    ),
    max_size=30,
)  # fmt: skip


def expected(reports: list[Report]) -> list[str]:
    """What becomes of each, by a model that knows no log."""
    days: dict[tuple[bool, int, int], dict[int, int]] = {}
    owners: dict[int, int] = {}
    outcomes: list[str] = []
    for report in reports:
        key = report[0], report.subject, report.date
        known = days.setdefault(key, {})
        strange = report.of_product and owners.get(report.subject, report.seller) != report.seller
        if report.revision in known and not strange:
            same = known[report.revision] == report.counted
            outcomes.append("repeat" if same else "told differently")
        elif report.revision < max(known, default=0):
            outcomes.append("too low")
        elif strange:
            outcomes.append("another seller's")
        else:
            known[report.revision] = report.counted
            if report.of_product:
                owners[report.subject] = report.seller
            outcomes.append("told")
    return outcomes


@pytest.fixture(scope="module")
def ledger(postgres: str, template: str) -> Iterator[Ledger]:
    with database(postgres, template) as (_, dsn), open_ledger(dsn, Settings(auth="off")) as opened:
        yield opened


def found(ledger: Ledger, commands: list[PerformanceCommand], cuts: list[int]) -> list[str]:
    places = [0, *sorted({min(cut, len(commands)) for cut in cuts}), len(commands)]
    outcomes: list[str] = []
    for begin, end in pairwise(places):
        asked = commands[begin:end]
        for command, outcome in zip(
            asked, ledger.clerk.submit([Request(c, "") for c in asked]).result(), strict=True
        ):
            outcomes.append(_word(ledger, command, outcome))
    return outcomes


def _word(ledger: Ledger, command: PerformanceCommand, outcome: object) -> str:
    match outcome:
        case Receipt():
            return "told"
        case Told():
            stored = ledger.reader.fact(outcome.stream, outcome.version)
            assert stored is not None
            try:
                compare(command, stored.fact, None)
            except ToldDifferently:
                return "told differently"
            return "repeat"
        case RevisionTooLow():
            return "too low"
        case ProductOfAnotherSeller():
            return "another seller's"
        case _:
            assert isinstance(outcome, Refusal)
            raise outcome


@settings(max_examples=40, deadline=None)
@given(reports=REPORTS, cuts=st.lists(st.integers(0, 30), max_size=4))
def test_days_become_what_the_model_says_however_they_are_batched(
    ledger: Ledger, reports: list[Report], cuts: list[int]
) -> None:
    world = next(WORLDS)
    commands = [report.command(world) for report in reports]
    assert found(ledger, commands, cuts) == expected(reports)
    streams = {stream_of(command) for command in commands}
    log = [stored for stream in streams for stored in ledger.reader.stream(stream)]
    for known_at in sorted({stored.fact.recorded_at for stored in log}):
        _as_recounted(ledger, world, log, known_at)


def _as_recounted(ledger: Ledger, world: int, log: list[Any], known_at: int) -> None:
    newest: dict[str, Any] = {}
    for stored in sorted(log, key=lambda stored: stored.position):
        if stored.fact.recorded_at <= known_at:
            newest[stored.stream] = stored
    wanted = sorted((stream, stored.position) for stream, stored in newest.items())
    read: list[tuple[str, int]] = []
    with ledger.reader.snapshot() as cursor:
        for subject in range(2):
            named, at = f"w{world}-{subject}", Dates(known_at=known_at)
            for of, prefix in ((sellers_days, "performance"), (products_days, "product")):
                for (date,), row in of(named, at).rows(cursor, None, 2):
                    read.append((f"{prefix}-{named},{date}", int(row.position)))
    assert sorted(read) == wanted
