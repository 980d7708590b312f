"""What was decided in a span of time, counted as transparency reports ask for it.

Everything is counted by when it was recorded: a span that is over never changes. Facts are found
by their kinds and looked up in the views; nothing outside the span is read.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from statistics import median
from typing import Any, Final, NamedTuple

from psycopg import Cursor

from ledger.facts.appeals import (
    AppealFiled,
    AppealLapsed,
    AppealRejected,
    AppealUpheld,
    AppealWithdrawn,
)
from ledger.facts.ids import report_of, seller_of
from ledger.facts.kinds import KINDS
from ledger.facts.reports import (
    ReportDeadlinePassed,
    ReportDismissed,
    ReportFiled,
    ReportReviewed,
)
from ledger.facts.sanctions import (
    FundsFrozen,
    SanctionFoundInError,
    SanctionImposed,
    SanctionLifted,
    SanctionWaived,
)
from ledger.store.loading import StoredFact
from ledger.store.sql import queries
from projections.facts_reading import facts_found
from projections.facts_wanted import FactsWanted, Span

SQL: Final = queries("projections", "transparency.sql")
AT_ONCE: Final = 1_000
VIEWS: Final = ("appeals", "reports", "violations", "fact-kinds")
EVERY: Final = "all"

_APPEALS: Final[dict[type, str]] = {
    AppealFiled: "filed",
    AppealUpheld: "upheld",
    AppealRejected: "rejected",
    AppealLapsed: "lapsed",
    AppealWithdrawn: "withdrawn",
}
_NOTICES: Final = (ReportFiled, ReportReviewed, ReportDismissed, ReportDeadlinePassed)
_OTHERS: Final = (
    SanctionImposed, SanctionLifted, SanctionWaived, SanctionFoundInError, FundsFrozen,
)  # fmt: skip
_COUNTED: Final = tuple(
    name for name, kind in KINDS.items() if kind in {*_APPEALS, *_NOTICES, *_OTHERS}
)


class Number(NamedTuple):
    """How often something was recorded, and how long it had taken."""

    about: str
    what: str
    of: str
    number: int
    median_us: int | None
    """From filing to the end, of complaints and notices that ended."""


class _Tally:
    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self.took: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
        self.in_error: set[tuple[str, str]] = set()

    def add(self, about: str, what: str, of: str, took_us: int | None = None) -> None:
        for group in {of, EVERY}:
            self.counts[about, what, group] += 1
            if took_us is not None:
                self.took[about, what, group].append(took_us)
        if took_us is not None:
            self.counts[about, "ended", EVERY] += 1
            self.took[about, "ended", EVERY].append(took_us)

    def numbers(self) -> list[Number]:
        return [
            Number(*key, count, round(median(self.took[key])) if key in self.took else None)
            for key, count in sorted(self.counts.items())
        ]


def numbers(cursor: "Cursor[Any]", span: Span) -> list[Number]:
    """All numbers of a stretch of the log, sorted."""
    tally = _Tally()
    found = facts_found(cursor, FactsWanted(kinds=_COUNTED), span, AT_ONCE)
    while some := list(islice(found, AT_ONCE)):
        for stored in some:
            _sanction(tally, stored)
        _complaints(cursor, tally, [s for s in some if type(s.fact) in _APPEALS])
        _notices(cursor, tally, [s for s in some if isinstance(s.fact, _NOTICES)])
    rows = cursor.execute(SQL["violations"], span._asdict(), prepare=False).fetchall()
    for family, source, count in rows:
        for group in (family, EVERY):
            tally.counts["violations", "recorded", group] += count
            # Apart: whoever reports names the source, and may name it as anything is called here.
            tally.counts["sources", source, group] += count
    return tally.numbers()


def _sanction(tally: _Tally, stored: StoredFact) -> None:
    match stored.fact:
        case SanctionImposed(sanction=kind, milestone=milestone):
            how = "by-hand" if milestone is None else "automated"
            tally.add("sanctions", kind, how)
            tally.add("sanctions", "imposed", how)
        case SanctionLifted():
            tally.add("sanctions", "lifted", EVERY)
        case SanctionWaived():
            tally.add("sanctions", "waived", EVERY)
        case SanctionFoundInError(sanction_id=sanction_id):
            # Overturns that follow restate how long it ran in error: it is one sanction still.
            if (stored.stream, sanction_id) not in tally.in_error:
                tally.in_error.add((stored.stream, sanction_id))
                tally.add("sanctions", "found-in-error", EVERY)
        case FundsFrozen(cause=cause):
            tally.add("freezes", "frozen", cause)
        case _:
            pass


def _complaints(cursor: "Cursor[Any]", tally: _Tally, told: Sequence[StoredFact]) -> None:
    """Rounds of appeals that were filed, and those that ended."""
    asked = {
        "places": list(range(len(told))),
        "sellers": [seller_of(stored.stream) for stored in told],
        "violations": [getattr(stored.fact, "violation_id", "") for stored in told],
        "rounds": [getattr(stored.fact, "round", 0) for stored in told],
    }
    known = _known(cursor, "appeals", asked)
    for place, stored in enumerate(told):
        fact = stored.fact
        family, filed_at = known.get(place, ("unknown", None))
        # A lapse is recorded a moment after its instant: it took as long as it was due.
        ended_at = fact.effective_at if isinstance(fact, AppealLapsed) else fact.recorded_at
        ended = filed_at is not None and not isinstance(fact, AppealFiled)
        took = ended_at - filed_at if ended and filed_at is not None else None
        tally.add("complaints", _APPEALS[type(fact)], family, took)


def _notices(cursor: "Cursor[Any]", tally: _Tally, told: Sequence[StoredFact]) -> None:
    """Reports that were filed, and those that ended."""
    asked = {
        "places": list(range(len(told))),
        "reports": [report_of(stored.stream) for stored in told],
    }
    known = _known(cursor, "reports", asked)
    for place, stored in enumerate(told):
        fact = stored.fact
        reporter, filed_at = known.get(place, ("unknown", None))
        took = None if filed_at is None else fact.recorded_at - filed_at
        match fact:
            case ReportFiled(reporter=reporter):
                tally.add("notices", "filed", reporter)
            case ReportReviewed(outcome=outcome, held=None):
                tally.add("notices", outcome, reporter, took)
            case ReportDeadlinePassed(violation_id=str(), effective_at=ended_at):
                # It was accepted before, and held for a counter-notice that stayed out.
                took = None if filed_at is None else ended_at - filed_at
                tally.add("notices", "violation", reporter, took)
            case ReportDismissed():
                tally.add("notices", "dismissed", reporter, took)
            case _:
                pass


def _known(
    cursor: "Cursor[Any]", name: str, asked: dict[str, Any]
) -> dict[int, tuple[str, int | None]]:
    if not asked["places"]:
        return {}
    rows: Iterator[Any] = iter(cursor.execute(SQL[name], asked, prepare=False).fetchall())
    return {place: (of, filed_at) for place, of, filed_at in rows}
