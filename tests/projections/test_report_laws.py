"""The laws of the view of reports: rebuilt is live, live is what the facts say at any instant, and
reporters' numbers are those of a slow recount.
"""

from collections import Counter
from typing import Any

import psycopg
from hypothesis import given
from hypothesis import strategies as st

from api.lists.deadlines import deadlines
from api.lists.reports import reporters, reports
from ledger.decide.report_due import as_of
from ledger.facts.ids import report_of, seller_of
from ledger.facts.instants import DAY_US, Instant, format_instant
from ledger.facts.violations import ViolationAnnulled, ViolationCancelled
from ledger.reports.report import Report
from projections.rebuild import check, rebuild
from projections.reports_reading import ReportsWanted
from tests.laws.stories import stories_told
from tests.projections.following import catch_up, execute, following, parked
from tests.projections.report_stories import (
    ReportStep,
    ReportTelling,
    report_stories,
    reports_told,
)

few = stories_told(examples=8)
turns_of = st.lists(st.tuples(st.integers(1, 8), st.integers(1, 9)), min_size=1, max_size=5)
"""How many steps of the story are told before views go on, and how many facts they take at once."""
later = st.sampled_from((0, 1, 2 * DAY_US, 3 * DAY_US, 3 * DAY_US + 1, 40 * DAY_US))


@few
@given(story=report_stories, turns=turns_of, jump=later)
def test_rows_are_what_the_facts_say_now_and_when_nothing_more_was_recorded(
    dsn: str, story: list[ReportStep], turns: list[tuple[int, int]], jump: Instant
) -> None:
    with reports_told(dsn) as telling:
        waiting, ledger = list(story), telling.ledger
        for steps, at_once in [*turns, (len(waiting), 3)]:
            for step in waiting[:steps]:
                telling.tell(step)
            del waiting[:steps]
            with following(dsn, ledger.clock, at_once) as runner:
                runner.step()
                catch_up(runner)
        assert parked(dsn) == {}
        assert check(dsn, ledger.clock) == []
        assert_as_the_facts_say(telling, dsn, ledger.now())
        # Time passes, and nobody records what it brings.
        now = ledger.now() + jump
        execute(dsn, f"UPDATE log_head SET clock_at = {now}")
        with following(dsn, ledger.clock) as runner:
            catch_up(runner)
        assert check(dsn, ledger.clock) == []
        assert_as_the_facts_say(telling, dsn, now)


@few
@given(story=report_stories)
def test_a_rebuild_takes_the_place_of_what_was_live(dsn: str, story: list[ReportStep]) -> None:
    with reports_told(dsn) as telling:
        clock = telling.ledger.clock
        with following(dsn, clock) as runner:
            for step in story[::2]:
                telling.tell(step)
            catch_up(runner)
            rebuild(dsn, clock)
            for step in story[1::2]:
                telling.tell(step)
                catch_up(runner)
        assert check(dsn, clock) == []


def assert_as_the_facts_say(telling: ReportTelling, dsn: str, now: Instant) -> None:
    ledger = telling.ledger
    facts = ledger.reader.facts(0, 100_000, to=ledger.reader.head().last_position)
    voided = {
        (seller_of(stored.stream), stored.fact.violation_id)
        for stored in facts
        if isinstance(stored.fact, ViolationAnnulled | ViolationCancelled)
    }
    streams = list(dict.fromkeys(f.stream for f in facts if report_of(f.stream) is not None))
    known: list[Report] = []
    for stream in streams:
        report = ledger.reader.case(stream)
        assert isinstance(report, Report)
        known.append(as_of(report, now))
    assert [report.report_id for report in known] == telling.reports

    def taken_back(report: Report) -> bool:
        return (report.seller_id, report.violation_id) in voided

    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        rows = [row for _, row in reports(ReportsWanted()).rows(cursor, None, 3)]
        assert [
            (row.report_id, row.status, row.taken_back, row.violation_id, row.documents_given,
             row.due, row.due_at, row.closed_at, row.reviewer)
            for row in rows
        ] == [
            (report.report_id, report.status, taken_back(report), report.violation_id,
             bool(report.documents), *due_of(report), told(report.closed_at),
             report.reviews[-1].reviewer if report.reviews else None)
            for report in known
        ]  # fmt: skip
        listed = {row.reporter_id: row for _, row in reporters().rows(cursor, None, 2)}
        assert set(listed) == {report.reported_by for report in known}
        for who, row in listed.items():
            own = [report for report in known if report.reported_by == who]
            ends = Counter("open" if report.waits else report.status for report in own)
            gone = sum(taken_back(report) for report in own)
            assert (row.reports, row.open, row.dismissed, row.upheld, row.taken_back) == (
                len(own), ends["open"], ends["dismissed"], ends["upheld"], gone,
            )  # fmt: skip
            assert row.violations == ends["violation"] - gone
            decided = len(own) - ends["open"]
            assert row.unfounded == ends["dismissed"] + gone
            assert row.share_unfounded == (round(row.unfounded / decided, 6) if decided else None)
            assert row.last_filed_at == format_instant(max(report.filed_at for report in own))
        shares = [row.share_unfounded for _, row in reporters("-share").rows(cursor, None, 2)]
        assert shares == sorted(shares, key=lambda share: -1 if share is None else share)[::-1]
        running = [
            (row.kind.removeprefix("report-"), row.subject, row.due_at)
            for kind in ("report-documents", "counter-notice")
            for _, row in deadlines(lambda: now, kind=kind).rows(cursor, None, 2)
        ]
        assert sorted(running) == sorted(
            (each.what, report.report_id, format_instant(each.until))
            for report in known
            for each in report.deadlines()
            if each.until >= now
        )


def due_of(report: Report) -> tuple[Any, Any]:
    running = report.deadlines()
    return (running[0].what, format_instant(running[0].until)) if running else (None, None)


def told(instant: Instant | None) -> str | None:
    return None if instant is None else format_instant(instant)
