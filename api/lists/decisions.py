"""Who decided what: every decision of one person, as its fact tells it."""

from collections.abc import Iterator
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import msgspec
from psycopg import Cursor

from api.lists.listing import Asked, ListOf
from api.lists.tokens import Key
from api.representations import When, position_text
from ledger.facts.appeals import AppealRejected, AppealUpheld
from ledger.facts.campaigns import EnrolmentApproved, EnrolmentRejected
from ledger.facts.disputes import DisputeAppealDecided, DisputeRuled
from ledger.facts.ids import dispute_of, fact_id, report_of, seller_of
from ledger.facts.instants import Instant, format_instant
from ledger.facts.reports import ReportDismissed, ReportReviewed
from ledger.facts.sanctions import (
    SanctionImposed,
    SanctionProposed,
    SanctionWaived,
    SanctionWaiverProposed,
    SecondPersonConfirmed,
)
from ledger.facts.violations import ViolationAnnulled, ViolationAnnulmentProposed
from ledger.store.loading import StoredFact
from ledger.store.reader import last_position_before, log_end
from projections.facts_reading import facts_found, views_that_help
from projections.facts_wanted import FactsWanted, Span

DecidedWhat: TypeAlias = Literal[
    "appeal", "ruling", "ruling-appeal", "report", "annulment", "waiver", "sanction", "enrolment"
]


class Decision(msgspec.Struct, frozen=True):
    """Something that a person decided."""

    fact_id: str
    position: str
    decided_at: When
    what: DecidedWhat
    outcome: str
    """`upheld`, `rejected`, `dismissed` …; of a ruling who was at fault; `proposed` and
    `confirmed` where it takes two.
    """
    seller_id: str | None
    subject: str
    """The violation, dispute, report, sanction or product that it was about."""
    round: int | None
    """Of an appeal."""
    campaign_id: str | None
    """Of an enrolment."""
    correlation_id: str | None


class _Decided(NamedTuple):
    what: DecidedWhat
    outcome: str
    subject: str


DECISIONS: Final = ListOf("decisions", "decisions", Decision, by_position=True)


def decisions(
    reviewer: str,
    what: DecidedWhat | None = None,
    begin: Instant | None = None,
    end: Instant | None = None,
) -> Asked[Decision]:
    """What somebody decided, in the order of the log, from `begin` and before `end`."""
    wanted = FactsWanted(decided_by=reviewer)

    def rows(
        cursor: "Cursor[Any]", after: Key | None, at_once: int
    ) -> Iterator[tuple[Key, Decision]]:
        place = 0 if after is None else int(after[0] or 0)
        if begin is not None:
            place = max(place, last_position_before(cursor, begin))
        to = log_end(cursor) if end is None else last_position_before(cursor, end)
        for stored in facts_found(cursor, wanted, Span(place, to), at_once):
            row = _row(stored)
            if what in (None, row.what):
                yield (stored.position,), row

    asked = DECISIONS._replace(helped_by=views_that_help(wanted))
    return Asked(asked, rows, {"reviewer": reviewer, "what": what, "from": begin, "to": end})


def _row(stored: StoredFact) -> Decision:
    fact = stored.fact
    decided = _decided(stored)
    return Decision(
        fact_id=fact_id(stored.stream, stored.version),
        position=position_text(stored.position),
        decided_at=format_instant(fact.recorded_at),
        what=decided.what,
        outcome=decided.outcome,
        seller_id=seller_of(stored.stream) or getattr(fact, "seller_id", None),
        subject=decided.subject,
        round=getattr(fact, "round", None),
        campaign_id=getattr(fact, "campaign_id", None),
        correlation_id=fact.correlation_id,
    )


def _decided(stored: StoredFact) -> _Decided:
    match stored.fact:
        case AppealUpheld(violation_id=subject):
            return _Decided("appeal", "upheld", subject)
        case AppealRejected(violation_id=subject):
            return _Decided("appeal", "rejected", subject)
        case DisputeRuled(settlement=settlement):
            return _Decided("ruling", settlement.at_fault, dispute_of(stored.stream) or "")
        case DisputeAppealDecided(outcome=outcome):
            return _Decided("ruling-appeal", outcome, dispute_of(stored.stream) or "")
        case ReportReviewed(outcome=outcome):
            return _Decided("report", outcome, report_of(stored.stream) or "")
        case ReportDismissed():
            return _Decided("report", "dismissed", report_of(stored.stream) or "")
        case EnrolmentApproved(product_id=subject):
            return _Decided("enrolment", "approved", subject)
        case EnrolmentRejected(product_id=subject):
            return _Decided("enrolment", "rejected", subject)
        case _:
            return _of_sanctions(stored.fact)


def _of_sanctions(fact: Any) -> _Decided:
    match fact:
        case ViolationAnnulled(violation_id=subject):
            return _Decided("annulment", "annulled", subject)
        case ViolationAnnulmentProposed(violation_id=subject):
            return _Decided("annulment", "proposed", subject)
        case SanctionWaived(sanction_id=subject):
            return _Decided("waiver", "waived", subject)
        case SanctionWaiverProposed(sanction_id=subject):
            return _Decided("waiver", "proposed", subject)
        case SanctionImposed(sanction_id=subject):
            return _Decided("sanction", "imposed", subject)
        case SanctionProposed(sanction_id=subject):
            return _Decided("sanction", "proposed", subject)
        case SecondPersonConfirmed(what=what, subject=subject):
            return _Decided(what, "confirmed", subject)
        case _:
            raise AssertionError(f"{type(fact).__name__} is no decision")
