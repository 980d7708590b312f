"""Reports, which reviewers work off from the oldest on, and those who made them."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from psycopg import Cursor

from api.lists.listing import Asked, ListOf
from api.lists.tokens import Key
from api.representations import When, position_text, when
from ledger.facts.instants import format_instant
from ledger.facts.reports import ReportAbout, ReportDeadlineMissed, Reporter
from ledger.reports.report import ReportStatus
from projections.reports_reading import (
    ReporterSort,
    ReportSort,
    ReportsWanted,
    reporter_key_length,
    reporters_read,
    reports_read,
)


class ReportRow(msgspec.Struct, frozen=True):
    """A report as it is now: what has fallen due holds, recorded or not."""

    report_id: str
    about: ReportAbout
    seller_id: str
    listing_id: str | None
    buyer_id: str | None
    reported_by: str
    reporter: Reporter
    suspected: str | None
    status: ReportStatus
    documents_given: bool
    filed_at: When
    reviewed_at: When | None
    closed_at: When | None
    due: ReportDeadlineMissed | None
    """What is waited for."""
    due_at: When | None
    """The last instant that is in time for it."""
    reviewer: str | None
    """Of its newest review."""
    violation_id: str | None
    taken_back: bool
    """Whether that violation was taken back since, by an appeal or a person."""
    policy: str
    position: str


class ReporterRow(msgspec.Struct, frozen=True):
    """Who reported, how often, and what came of it."""

    reporter_id: str
    reports: int
    open: int
    """Not decided yet."""
    violations: int
    """That still stand."""
    taken_back: int
    """Violations that were overturned or annulled after the report had ended as one."""
    dismissed: int
    upheld: int
    """Against buyers."""
    unfounded: int
    """Those dismissed, and those whose violation was taken back since."""
    share_unfounded: float | None
    """Of those decided, to six digits; null where none was."""
    last_filed_at: When | None


REPORTS: Final = ListOf("reports", "reports", ReportRow, views=("reports",))
REPORTERS: Final = ListOf("reporters", "reporters", ReporterRow, views=("reports",))
_DIGITS: Final = 6


def reports(wanted: ReportsWanted, sort: ReportSort = "filed") -> Asked[ReportRow]:
    """Reports as they stand, in the order in which they were filed."""

    def rows(
        cursor: "Cursor[Any]", after: Key | None, at_once: int
    ) -> Iterator[tuple[Key, ReportRow]]:
        for told in reports_read(cursor, wanted, sort, after, at_once):
            yield (told[0],), _report(told)

    return Asked(REPORTS, rows, {**wanted._asdict(), "sort": sort})


def reporters(sort: ReporterSort = "-share") -> Asked[ReporterRow]:
    """All who ever reported; unless asked otherwise, the mostly unfounded first."""
    length = reporter_key_length(sort)

    def rows(
        cursor: "Cursor[Any]", after: Key | None, at_once: int
    ) -> Iterator[tuple[Key, ReporterRow]]:
        for told in reporters_read(cursor, sort, after, at_once):
            yield tuple(told[:length]), reporter_row(told[length:])

    return Asked(REPORTERS, rows, {"sort": sort})


def reporter_row(told: Any) -> ReporterRow:
    """A reporter as its numbers say."""
    (
        reporter_id, filed, waiting, violations, taken_back, dismissed, upheld, unfounded, last
    ) = told  # fmt: skip
    decided = filed - waiting
    return ReporterRow(
        reporter_id=reporter_id,
        reports=filed,
        open=waiting,
        violations=violations,
        taken_back=taken_back,
        dismissed=dismissed,
        upheld=upheld,
        unfounded=unfounded,
        share_unfounded=round(unfounded / decided, _DIGITS) if decided else None,
        last_filed_at=when(last),
    )


def never_reported(reporter_id: str) -> ReporterRow:
    """Who never reported has a record of nothing."""
    return reporter_row((reporter_id, 0, 0, 0, 0, 0, 0, 0, None))


def _report(told: Any) -> ReportRow:
    (
        position, report_id, about, seller_id, listing_id, buyer_id, reported_by, reporter,
        suspected, status, documents_given, filed_at, reviewed_at, closed_at, due, due_at, reviewer,
        violation_id, taken_back, policy,
    ) = told  # fmt: skip
    return ReportRow(
        report_id=report_id,
        about=about,
        seller_id=seller_id,
        listing_id=listing_id,
        buyer_id=buyer_id,
        reported_by=reported_by,
        reporter=reporter,
        suspected=suspected,
        status=status,
        documents_given=documents_given,
        filed_at=format_instant(filed_at),
        reviewed_at=when(reviewed_at),
        closed_at=when(closed_at),
        due=due,
        due_at=when(due_at),
        reviewer=reviewer,
        violation_id=violation_id,
        taken_back=taken_back,
        policy=policy,
        position=position_text(position),
    )
