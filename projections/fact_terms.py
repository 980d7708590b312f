"""Where in the log facts stand that say something, by fifties: the table `fact_terms`.

A term is what many facts of one sort say alike, and what no stream's name tells: the actor with the
kind, the correlation, a cause in another stream, the seller of a case, the case of a seller's fact.
"""

from collections.abc import Iterator
from typing import Any, Final
from zlib import crc32

from psycopg import Cursor

from ledger.facts.appeals import AppealRejected, AppealUpheld
from ledger.facts.campaigns import EnrolmentApproved, EnrolmentFact, EnrolmentRejected
from ledger.facts.disputes import DisputeAppealDecided, DisputeOutcomeRecorded, DisputeRuled
from ledger.facts.fact import Fact
from ledger.facts.ids import address_of, dispute_stream, report_stream, seller_of
from ledger.facts.reports import ReportAnswerAwaited, ReportDismissed, ReportReviewed
from ledger.facts.sanctions import (
    SanctionImposed,
    SanctionProposed,
    SanctionWaived,
    SanctionWaiverProposed,
    SecondPersonConfirmed,
)
from ledger.facts.violations import ViolationAnnulled, ViolationAnnulmentProposed
from ledger.store.loading import StoredFact
from ledger.store.sql import queries
from projections.projection import Batch, Projection

SQL: Final = queries("projections", "fact_terms.sql")
FIFTY: Final = 50
"""Positions that share a row: a page over facts far apart reads at most so many for each."""

DECISIONS: Final = frozenset(
    {
        AppealUpheld,
        AppealRejected,
        DisputeRuled,
        DisputeAppealDecided,
        ReportReviewed,
        ReportDismissed,
        ViolationAnnulled,
        ViolationAnnulmentProposed,
        SanctionProposed,
        SanctionImposed,
        SanctionWaiverProposed,
        SanctionWaived,
        SecondPersonConfirmed,
        EnrolmentApproved,
        EnrolmentRejected,
    }
)
"""What a person decided; of sanctions imposed, those without a milestone."""


class FactTerms(Projection):
    """A row for each term and each fifty positions in which a fact says it."""

    name = "fact-terms"
    version = "1"
    tables = ("fact_terms",)

    def create(self, cursor: Cursor[Any]) -> None:
        """Make its table."""
        cursor.execute(SQL["create"])

    def take(self, cursor: Cursor[Any], batch: Batch) -> None:
        """Note the terms of the batch's facts, each once for its fifty."""
        found = {(term, s.position // FIFTY) for s in batch.facts for term in terms_of(s)}
        if found:
            rows = sorted((number_of(term), fifty) for term, fifty in found)
            columns = [list(column) for column in zip(*rows, strict=True)]
            cursor.execute(SQL["add"], columns)


def decided_by_a_person(fact: Fact) -> bool:
    """Whether somebody decided something with this fact."""
    return type(fact) in DECISIONS and not (
        isinstance(fact, SanctionImposed) and fact.milestone is not None
    )


def terms_of(stored: StoredFact) -> Iterator[str]:
    """The terms of a fact."""
    fact = stored.fact
    yield done_by(fact.actor, stored.name)
    if fact.correlation_id is not None:
        yield correlation(fact.correlation_id)
    if fact.caused_by is not None:
        cause = address_of(fact.caused_by)
        if cause is None or cause[0] != stored.stream:
            yield caused_by(fact.caused_by)
    if isinstance(fact, DisputeOutcomeRecorded):
        yield case(dispute_stream(fact.dispute_id))
    elif isinstance(fact, ReportAnswerAwaited):
        yield case(report_stream(fact.report_id))
    elif isinstance(fact, EnrolmentFact):
        yield campaign(fact.campaign_id)
    seller_id: str | None = getattr(fact, "seller_id", None)
    if seller_id is not None and seller_of(stored.stream) is None:
        yield seller(seller_id)


def number_of(term: str) -> int:
    """The number under which a term is kept."""
    return crc32(term.encode()) - 2**31


def done_by(actor: str, kind: str) -> str:
    """Of what somebody did, kind by kind: that two are common says nothing of both together."""
    return f"{kind} by {actor}"


def correlation(name: str) -> str:
    """Of a matter, as the asking system calls it."""
    return f"correlation {name}"


def caused_by(fact: str) -> str:
    """Of what followed from a fact of another stream."""
    return f"caused-by {fact}"


def seller(seller_id: str) -> str:
    """Of a seller's matters that have a stream of their own."""
    return f"seller {seller_id}"


def case(stream: str) -> str:
    """Of what a seller's own facts say of a case."""
    return f"case {stream}"


def campaign(campaign_id: str) -> str:
    """Of products that take part in a campaign."""
    return f"campaign {campaign_id}"
