"""Every report as it stands, what runs of it, and who reported how often with what result: the
tables `reports`, `report_deadlines` and `reporters`.

A report's row is true up to `fresh_until`: then documents that stayed out hold it up no longer, and
`pass_time` writes that, recorded or not. Reporters' numbers are kept by what changed in their
reports. A violation that is taken back later makes its report an unfounded one from then on.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, Literal, NamedTuple, cast

from psycopg import Cursor

from ledger.decide.report_due import as_of
from ledger.facts.ids import report_of, report_stream, seller_of, seller_stream
from ledger.facts.instants import Instant
from ledger.facts.kinds import ReportsOwnFact
from ledger.facts.reports import ReportDeadlineMissed
from ledger.facts.violations import ViolationAnnulled, ViolationCancelled
from ledger.reports.evolve import evolve_report
from ledger.reports.report import Report
from ledger.store.loading import StoredFact
from ledger.store.sql import queries
from projections.copying import copy_rows
from projections.projection import Batch, Projection

SQL: Final = queries("projections", "reports.sql")
STALE_AT_ONCE: Final = 1_000
DEADLINE_OF: Final[Mapping[ReportDeadlineMissed, Literal["report-documents", "counter-notice"]]] = {
    "documents": "report-documents",
    "counter-notice": "counter-notice",
}
"""What lists of deadlines of all kinds call them."""

Violation = tuple[str, str]
"""A seller, and the id of one of its violations."""


class _Known(NamedTuple):
    """A report with what its facts alone do not say."""

    filed: int
    """Where it was filed."""
    report: Report
    taken_back: bool


class Reports(Projection):
    """Reports as they stand where the projection is in the log, and those who made them."""

    name = "reports"
    version = "1"
    tables = ("report_deadlines", "reporters", "reports")
    found_by = ("reports_violation_idx",)

    def create(self, cursor: Cursor[Any]) -> None:
        """Make its tables."""
        cursor.execute(SQL["create"])

    def take(self, cursor: Cursor[Any], batch: Batch) -> None:
        """Write the reports that the batch changed, those whose violation it took back, and by how
        much that changes their reporters' numbers.
        """
        told = [stored for stored in batch.facts if report_of(stored.stream) is not None]
        voided = _taken_back(batch.facts)
        if not told and not voided:
            return
        known = _known(cursor, told, batch.last)
        changed = {one.report.report_id for one in known} | _with(cursor, voided)

        def write() -> None:
            _put(cursor, known)
            cursor.execute(SQL["take_back"], (sorted(_with(cursor, voided)),))

        _counted(cursor, sorted(changed), write)

    def stale(self, cursor: Cursor[Any], now: Instant, parked: Collection[str]) -> Sequence[str]:
        """Those whose documents stayed out."""
        aside = [report_of(stream) for stream in parked]
        cursor.execute(SQL["stale"], {"now": now, "limit": STALE_AT_ONCE, "aside": aside})
        return [report_stream(report_id) for (report_id,) in cursor.fetchall()]

    def pass_time(self, cursor: Cursor[Any], streams: Sequence[str], now: Instant) -> None:
        """Write reports anew as of now. It ends none, so that nobody's numbers change."""
        named = [report_of(stream) for stream in streams]
        folded = _folded(_read(cursor, "facts_known", (named, list(streams))))
        _put(cursor, [one._replace(report=as_of(one.report, now)) for one in folded])

    def next_stale(self, cursor: Cursor[Any], parked: Collection[str]) -> Instant | None:
        """When documents next stay out."""
        aside = [report_of(stream) for stream in parked]
        row = cursor.execute(SQL["next_stale"], {"aside": aside}).fetchone()
        return None if row is None else row[0]


def _read(cursor: Cursor[Any], statement: str, wanted: tuple[Any, ...]) -> list[StoredFact]:
    rows = cursor.execute(SQL[statement], wanted, binary=True).fetchall()
    return [StoredFact.of(row) for row in rows]


def _taken_back(facts: Iterable[StoredFact]) -> set[Violation]:
    """The violations that these facts took back."""
    return {
        (cast(str, seller_of(stored.stream)), stored.fact.violation_id)
        for stored in facts
        if isinstance(stored.fact, ViolationAnnulled | ViolationCancelled)
    }


def _with(cursor: Cursor[Any], violations: set[Violation]) -> set[str]:
    """The reports from which violations came."""
    if not violations:
        return set()
    wanted = ([seller for seller, _ in violations], [violation for _, violation in violations])
    return {report_id for (report_id,) in cursor.execute(SQL["with_violations"], wanted).fetchall()}


def _known(cursor: Cursor[Any], told: list[StoredFact], up_to: int) -> list[_Known]:
    """The reports of these facts, after all of theirs."""
    begun = {stored.stream: stored.version for stored in reversed(told)}
    later = {stream: version for stream, version in begun.items() if version > 1}
    earlier = list[StoredFact]()
    if later:
        earlier = _read(cursor, "facts_before", (list(later), list(later.values())))
    known = _folded([*earlier, *told])
    sellers = {
        seller_stream(one.report.seller_id) for one in known if one.report.violation_id is not None
    }
    if not sellers:
        return known
    voided = _taken_back(_read(cursor, "taken_back", (sorted(sellers), up_to)))
    return [
        one._replace(taken_back=(one.report.seller_id, one.report.violation_id) in voided)
        for one in known
    ]


def _folded(facts: Iterable[StoredFact]) -> list[_Known]:
    """Reports after all of their facts."""
    found: list[_Known] = []
    by_stream = sorted(facts, key=lambda stored: (stored.stream, stored.version))
    for _, own in groupby(by_stream, key=lambda stored: stored.stream):
        report: Report | None = None
        filed = 0
        for stored in own:
            filed = filed or stored.position
            report = evolve_report(report, cast(ReportsOwnFact, stored.fact), stored.position)
        assert report is not None
        found.append(_Known(filed, report, False))
    return found


def _counted(cursor: Cursor[Any], reports: list[str], write: Callable[[], None]) -> None:
    """Write rows of these reports, and add to their reporters' numbers what that changes."""
    by_how_much: dict[str, list[int]] = defaultdict(lambda: [0] * 6)
    last_filed: dict[str, Instant] = {}
    for sign in (-1, 1):
        if sign > 0:
            write()
        for reporter, filed_at, *numbers in cursor.execute(SQL["tally"], (reports,)).fetchall():
            last_filed[reporter] = filed_at
            change = by_how_much[reporter]
            by_how_much[reporter] = [c + sign * n for c, n in zip(change, numbers, strict=True)]
    changed = {reporter: change for reporter, change in by_how_much.items() if any(change)}
    if changed:
        columns = zip(*changed.values(), strict=True)
        named = (list(changed), [last_filed[reporter] for reporter in changed])
        cursor.execute(SQL["add_to_reporters"], (*named, *(list(column) for column in columns)))


def _put(cursor: Cursor[Any], known: Sequence[_Known]) -> None:
    if not known:
        return
    cursor.execute(SQL["remove"], ([one.report.report_id for one in known],))
    cursor.execute(SQL["remove_deadlines"], ([one.filed for one in known],))
    copy_rows(cursor, SQL["add"], (_row(one) for one in known))
    copy_rows(cursor, SQL["add_deadlines"], (row for one in known for row in _deadlines(one)))


def _row(known: _Known) -> tuple[Any, ...]:
    report = known.report
    running = report.deadlines()
    # A counter-notice that stays out brings a violation, and that is there once it is recorded.
    by_time = [deadline.due_at for deadline in running if deadline.what == "documents"]
    review = report.reviews[-1] if report.reviews else None
    return (
        known.filed,
        report.filed_at,
        report.position,
        by_time[0] if by_time else None,
        running[0].until if running else None,
        None if review is None else review.reviewed_at,
        report.closed_at,
        known.taken_back,
        bool(report.documents),
        report.report_id,
        report.about,
        report.seller_id,
        report.listing_id,
        report.buyer_id,
        report.reported_by,
        report.reporter,
        report.suspected,
        report.status,
        running[0].what if running else None,
        None if review is None else review.reviewer,
        report.violation_id,
        report.policy,
    )


def _deadlines(known: _Known) -> Iterable[tuple[Any, ...]]:
    report = known.report
    for what, until in report.deadlines():
        yield known.filed, DEADLINE_OF[what], until, report.seller_id, report.report_id
