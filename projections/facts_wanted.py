"""What facts may be asked for by, and whether a fact says it."""

from typing import Any, NamedTuple

from ledger.facts import ids
from ledger.facts.violations import ViolationRecorded
from ledger.store.loading import StoredFact
from projections.fact_terms import decided_by_a_person


class FactsWanted(NamedTuple):
    """Which facts: None asks for all. `violation_id` needs its seller."""

    kinds: tuple[str, ...] | None = None
    """With their versions, as they are stored."""
    seller_id: str | None = None
    actor: str | None = None
    decided_by: str | None = None
    """Somebody's decisions, and nothing else that was recorded in that name."""
    correlation_id: str | None = None
    caused_by: str | None = None
    rule: str | None = None
    """With `listing_id`, of violations that were recorded."""
    listing_id: str | None = None
    violation_id: str | None = None
    dispute_id: str | None = None
    report_id: str | None = None
    campaign_id: str | None = None


class Span(NamedTuple):
    """Positions above one and up to another."""

    above: int
    up_to: int


def says(stored: StoredFact, wanted: FactsWanted) -> bool:
    """Whether a fact says all that is wanted."""
    fact = stored.fact
    if wanted.kinds is not None and stored.name not in wanted.kinds:
        return False
    named = (
        (wanted.actor, fact.actor),
        (wanted.correlation_id, fact.correlation_id),
        (wanted.caused_by, fact.caused_by),
        (wanted.seller_id, ids.seller_of(stored.stream) or getattr(fact, "seller_id", None)),
    )
    if any(asked is not None and asked != told for asked, told in named):
        return False
    if wanted.decided_by is not None and not (
        fact.actor == wanted.decided_by and decided_by_a_person(fact)
    ):
        return False
    if wanted.rule is not None or wanted.listing_id is not None:
        if not isinstance(fact, ViolationRecorded):
            return False
        if wanted.rule not in (None, fact.rule):
            return False
        if wanted.listing_id not in (None, fact.listing_id):
            return False
    return _of_case(stored, wanted)


def _of_case(stored: StoredFact, wanted: FactsWanted) -> bool:
    fact = stored.fact
    if wanted.violation_id is not None and wanted.violation_id not in _violations_in(fact):
        return False
    for name, stream_of in (
        ("dispute_id", ids.dispute_stream),
        ("report_id", ids.report_stream),
        ("campaign_id", ids.campaign_stream),
    ):
        asked: str | None = getattr(wanted, name)
        if asked is None or stored.stream == stream_of(asked):
            continue
        if getattr(fact, name, None) != asked:
            return False
    return True


def _violations_in(fact: Any) -> tuple[str, ...]:
    """The violations that a fact names, as its own or as its cause."""
    because: str | tuple[str, ...] = getattr(fact, "because_of", ())
    named = (getattr(fact, "violation_id", None), getattr(fact, "subject", None))
    causes = (because,) if isinstance(because, str) else because
    return (*(name for name in named if name is not None), *causes)
