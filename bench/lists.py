"""P10 for lists: how long a page of each list takes, with ten thousand sellers and with a million.

Rows are made straight in the views' tables. A page is read in a snapshot and told as JSON, from
the beginning and from its middle; each list is asked with filters and sorts that have to be
answered by an index. The slowest query of a list is what counts.
"""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from statistics import median
from typing import Any, Final, NamedTuple

import msgspec
import psycopg
from psycopg import sql

from api.lists.all_appeals import all_appeals
from api.lists.all_violations import all_violations
from api.lists.deadlines import deadlines
from api.lists.disputes import disputes
from api.lists.freezes import freezes
from api.lists.listing import Asked
from api.lists.promotions import campaigns, enrolments
from api.lists.reports import reporters, reports
from api.lists.sanctions import sanctions
from api.lists.sellers import sellers
from bench.ground import fresh_database
from bench.table import Row
from ledger.facts.instants import DAY_US, parse_instant
from ledger.store.connections import READER_OPTIONS
from ledger.store.sql import queries
from projections.appeals_reading import AppealsWanted
from projections.catalogue import projections
from projections.disputes_reading import DisputesWanted
from projections.freezes_reading import FreezesWanted
from projections.promotions_reading import EnrolmentsWanted
from projections.reports_reading import ReporterSort, ReportsWanted
from projections.sanctions_reading import SanctionsWanted
from projections.sellers_reading import SellersWanted
from projections.violations_reading import ViolationsWanted

SQL: Final = queries("bench", "population.sql")
NOW: Final = parse_instant("2026-06-01T00:00:00Z", "now")
PAGE: Final = 101
"""A page of a hundred, and one more that says whether there is another."""


class Query(NamedTuple):
    """A list as it is asked for."""

    of: str
    what: str
    asked: Asked[Any]


def now() -> int:
    """The instant at which the population stands."""
    return NOW


def violations(what: str, sort: Any = "recorded", **wanted: Any) -> Query:
    """A query of violations."""
    return Query("violations", what, all_violations(ViolationsWanted(**wanted), now, sort))


def plain(*asked: Any) -> tuple[Any, ...]:
    """Queries as they are written below."""
    return asked


def queries_asked() -> list[Query]:
    """What people ask for, and what is far from where a list begins."""
    month = 30 * DAY_US
    of_sellers = [
        Query("sellers", f"{sort} {wanted}", sellers(SellersWanted(**wanted), sort))
        for sort, wanted in plain(
            ("seller_id", {}), ("-points", {}), ("points", {}), ("-strikes", {}), ("strikes", {}),
            ("-changed", {}), ("next_change", {}), ("-next_change", {}),
            ("-points", {"status": "active"}), ("points", {"status": "suspended"}),
            ("-points", {"family": "transaction"}), ("seller_id", {"min_points": 70}),
            ("-seller_id", {"max_points": 5}),
            ("-changed", {"status": "restricted"}), ("-points", {"can_promote": True}),
            ("points", {"can_sell": False}), ("-points", {"freeze": "suspension"}),
            ("seller_id", {"q": "s-00070"}), ("-points", {"q": "s-00070"}),
            ("seller_id", {"sanction": "suspension"}),
            ("seller_id", {"appeals_open": True}), ("-points", {"appeals_open": True}),
            ("-changed", {"appeals_open": True}), ("next_change", {"appeals_open": True}),
            ("-strikes", {"appeals_open": True}), ("-points", {"appeals_open": False}),
            ("points", {"appeals_open": True, "status": "active"}),
            ("seller_id", {"appeals_open": True, "min_points": 2, "max_points": 47}),
        )
    ]  # fmt: skip
    of_violations = [
        violations("all"),
        violations("newest", "-recorded"),
        violations("current, oldest first", status="current"),
        violations("expired, newest first", "-recorded", status="expired"),
        violations("cancelled, newest first", "-recorded", status="cancelled"),
        violations("a family", family="prohibited"),
        violations("a rule, newest first", "-recorded", rule="rule-3"),
        violations("a late edition", policy="aliexpress@2026-01-01"),
        violations("current of a late edition", status="current", policy="aliexpress@2026-01-01"),
        violations("a seller", seller_id="s-0000070"),
        violations("a listing", listing_id="l-31"),
        violations("a reporter", reported_by="detector-3"),
        violations("a month", recorded_from=NOW - 6 * month, recorded_to=NOW - 5 * month),
        violations("effective long ago", "-recorded", effective_to=NOW - 20 * month),
        violations("lapsing", "lapses", status="current"),
        violations("lapsed last", "-lapses", status="expired"),
        violations("appealable, newest first", "-recorded", appealable=True),
        violations("appealable, oldest first", appealable=True),
        violations("appealable of a family", appealable=True, family="prohibited"),
        violations("no more appealable", appealable=False),
        violations("lapse before", "-recorded", lapses_before=NOW - 10 * month),
    ]
    of_sanctions = [
        Query(
            "sanctions",
            f"{sort} {wanted} {at or ''}",
            sanctions(SanctionsWanted(**wanted), now, at, sort),
        )
        for sort, wanted, at in plain(
            ("recorded", {}, None), ("-recorded", {"kind": "suspension"}, None),
            ("recorded", {"in_force": True}, None), ("-recorded", {"in_force": True}, None),
            ("recorded", {"in_force": True, "kind": "freeze-of-selling"}, None),
            ("-recorded", {}, NOW - 12 * month), ("recorded", {}, NOW - 12 * month),
            ("recorded", {"in_force": True, "kind": "suspension"}, NOW - 12 * month),
            ("-recorded", {"in_force": False}, None),
            ("-recorded", {"in_force": False, "kind": "suspension"}, None),
        )
    ]  # fmt: skip
    of_freezes = [
        Query(
            "freezes",
            f"{sort} {wanted} {at or ''}",
            freezes(FreezesWanted(**wanted), now, at, sort),
        )
        for sort, wanted, at in plain(
            ("recorded", {}, None), ("recorded", {"in_force": True}, None),
            ("ends", {"in_force": True}, None), ("-recorded", {}, NOW - 12 * month),
            ("-ends", {"ends_before": NOW}, None),
        )
    ]  # fmt: skip
    of_appeals = [
        Query("appeals", f"{sort} {wanted}", all_appeals(AppealsWanted(**wanted), now, sort))
        for sort, wanted in plain(
            ("filed", {}), ("-filed", {}), ("filed", {"status": "filed"}),
            ("-filed", {"status": "lapsed"}), ("filed", {"status": "upheld"}),
            ("-filed", {"family": "transaction"}), ("filed", {"reviewer": "reviewer-7"}),
            ("-filed", {"seller_id": "s-0000050"}),
            ("-filed", {"status": "rejected", "family": "prohibited"}),
            ("filed", {"filed_from": NOW - 6 * month, "filed_to": NOW - 5 * month}),
        )
    ]  # fmt: skip
    of_disputes = [
        Query("disputes", f"{sort} {wanted}", disputes(DisputesWanted(**wanted), sort))
        for sort, wanted in plain(
            ("opened", {}), ("-opened", {}), ("opened", {"status": "escalated"}),
            ("opened", {"status": "open", "reason": "not-received"}),
            ("-opened", {"status": "closed"}), ("-opened", {"seller_id": "s-0000070"}),
            ("opened", {"buyer_id": "b-31"}), ("opened", {"order_id": "o-77"}),
            ("opened", {"reason": "withdrawal"}), ("-opened", {"at_fault": "neither"}),
            ("opened", {"opened_from": NOW - 6 * month, "opened_to": NOW - 5 * month}),
        )
    ]  # fmt: skip
    of_reports = [
        Query("reports", f"{sort} {wanted}", reports(ReportsWanted(**wanted), sort))
        for sort, wanted in plain(
            ("filed", {}), ("filed", {"status": "awaiting-review"}),
            ("-filed", {"status": "dismissed"}),
            ("filed", {"status": "violation", "about": "listing"}),
            ("-filed", {"about": "buyer"}), ("filed", {"seller_id": "s-0000070"}),
            ("filed", {"reporter": "rights-holder"}), ("-filed", {"suspected": "rule-6"}),
            ("filed", {"reported_by": "p-31"}),
            ("filed", {"filed_from": NOW - 6 * month, "filed_to": NOW - 5 * month}),
        )
    ]  # fmt: skip
    sorts: list[ReporterSort] = ["-share", "share", "-reports", "-unfounded", "reporter_id"]
    of_reporters = [Query("reporters", sort, reporters(sort)) for sort in sorts]
    of_deadlines = [
        Query("deadlines", "all", deadlines(now)),
        Query("deadlines", "for a person", deadlines(now, whom="person")),
        Query("deadlines", "of long ago", deadlines(now, due_after=NOW - 12 * month)),
        Query("deadlines", "ends of sanctions", deadlines(now, kind="sanction-end")),
        Query("deadlines", "of a seller", deadlines(now, seller_id="s-0000070")),
        Query("deadlines", "within a day", deadlines(now, whom="person", within_hours=24)),
        Query("deadlines", "for evidence", deadlines(now, kind="appeal-evidence")),
        Query("deadlines", "of another round", deadlines(now, kind="appeal-next-round")),
        Query("deadlines", "of answers", deadlines(now, kind="seller-response")),
        Query("deadlines", "of documents", deadlines(now, kind="report-documents")),
    ]
    of_promotions = [
        Query("campaigns", "all", campaigns()),
        Query("campaigns", "not over", campaigns(NOW)),
    ] + [
        Query("enrolments", f"{wanted}", enrolments(EnrolmentsWanted(**wanted), now))
        for wanted in plain(
            {"campaign_id": "c-7"}, {"campaign_id": "c-7", "status": "under-review"},
            {"campaign_id": "c-7", "seller_id": "s-0000007"},
            {"seller_id": "s-0000007"}, {"seller_id": "s-0000007", "status": "withdrawn"},
        )
    ]  # fmt: skip
    of_cases = of_appeals + of_disputes + of_reports + of_reporters + of_promotions
    return of_sellers + of_violations + of_sanctions + of_freezes + of_cases + of_deadlines


def fill(dsn: str, count: int) -> None:
    """Make the views of a marketplace with so many sellers."""
    with psycopg.connect(dsn, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        names: list[str] = []
        for projection in projections():
            projection.create(cursor)
            names.append(projection.name)
        told = {"sellers": count, "violations": 3 * count, "now": NOW, "names": names}
        client = psycopg.ClientCursor(connection)
        # Made at the end, indexes take a third of the time; what they hold is the same.
        indexes = client.execute(SQL["indexes"]).fetchall()
        for name, _ in indexes:
            client.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        for step in (
            "kinds", "violations", "sanctions", "freezes", "sellers", "appeals", "appealed",
            "disputes", "dispute_deadlines", "reports", "report_deadlines", "reporters",
            "campaigns", "enrolments", "stands",
        ):  # fmt: skip
            client.execute(SQL[step], told)
        for _, made in indexes:
            client.execute(made.encode())
        client.execute(SQL["settled"])


@contextmanager
def reading(dsn: str) -> Generator[Callable[[], "psycopg.Cursor[Any]"]]:
    """Cursors as readers have them."""
    with psycopg.connect(dsn, autocommit=True, options=READER_OPTIONS) as connection:
        yield connection.cursor


def middle(cursor: "psycopg.Cursor[Any]", query: Query) -> Any:
    """A key some way into the list."""
    rows = query.asked.rows(cursor, None, 1_000)
    return next((key for key, _ in islice(rows, 999, None)), None)


def page_ms(cursor: "psycopg.Cursor[Any]", query: Query, after: Any) -> float:
    """How long a page takes."""
    began = time.perf_counter()
    with cursor.connection.transaction():
        msgspec.json.encode([row for _, row in islice(query.asked.rows(cursor, after, PAGE), PAGE)])
    return (time.perf_counter() - began) * 1_000


def pages_ms(dsns: Sequence[str], repeats: int) -> list[dict[tuple[str, str], float]]:
    """For each size, the time of each query, of its first page or its middle one, whichever is
    slower. Sizes take turns, so that a slow moment slows all of them.
    """
    found: list[dict[tuple[str, str], float]] = [{} for _ in dsns]
    with ExitStack() as stack:
        cursors = [stack.enter_context(reading(dsn))() for dsn in dsns]
        for query in queries_asked():
            deep = [middle(cursor, query) for cursor in cursors]
            turns = [
                [(page_ms(cursor, query, None), page_ms(cursor, query, after))
                 for cursor, after in zip(cursors, deep, strict=True)]
                for _ in range(repeats)
            ]  # fmt: skip
            for times, of_size in zip(found, zip(*turns, strict=True), strict=True):
                times[query.of, query.what] = max(map(median, zip(*of_size, strict=True)))
    return found


def measure(dsn: str, *, quick: bool) -> list[Row]:
    """A row for each list and size."""
    sizes = (2_000, 20_000) if quick else (10_000, 100_000, 1_000_000)
    databases: list[str] = []
    for size in sizes:
        began = time.monotonic()
        databases.append(fresh_database(dsn, f"lists {size}"))
        fill(databases[-1], size)
        print(f"  {size:,} sellers in {time.monotonic() - began:.0f} s", flush=True)
    times = pages_ms(databases, 5 if quick else 9)
    rows: list[Row] = []
    for of in dict.fromkeys(query.of for query in queries_asked()):
        slowest = [max((ms, what) for (o, what), ms in at.items() if o == of) for at in times]
        rows += [
            Row(f"P10 {of} {size:,}", f"a page of {of}, of {size:,} sellers", ms, slowest[0][0],
                "ms", 1.5, lower_is_better=True, note=f"the slowest query: {what}")
            for size, (ms, what) in zip(sizes, slowest, strict=True)
        ]  # fmt: skip
    return rows
