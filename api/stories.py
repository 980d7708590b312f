"""The story of a case, for who decides about it: its facts in order, with what was said."""

from collections.abc import Sequence
from typing import Any

import msgspec

from api.representations import FactSeen, fact_seen, position_text
from ledger.facts.fact import Fact
from ledger.facts.ids import fact_id, seller_stream
from ledger.ledger import Ledger
from ledger.store.loading import StoredFact


class FactTold(FactSeen, frozen=True, kw_only=True):
    """A fact, and the words that were sent with it."""

    said: dict[str, Any] | None
    """By the names of the request's fields: `statement`, `reasons`, `evidence` …; null where
    nothing was said, or where it was erased."""
    erased: bool


class Story(msgspec.Struct, frozen=True):
    """All that happened in one case, the oldest first."""

    facts: tuple[FactTold, ...]
    position: str
    """Of its newest fact."""


def story_of(ledger: Ledger, facts: Sequence[StoredFact]) -> Story:
    """These facts with their words. Asks the database."""
    said = ledger.reader.prose([stored.position for stored in facts])
    return Story(
        tuple(_told(stored, said.get(stored.position)) for stored in facts),
        position_text(facts[-1].position),
    )


def story_of_violation(ledger: Ledger, seller_id: str, violation_id: str) -> list[StoredFact]:
    """What stands on the seller's record about one violation: itself, what it set off, its
    appeals, what became of it. Nothing, where there is no such violation.
    """
    found: list[StoredFact] = []
    addresses = set[str]()
    for stored in ledger.reader.stream(seller_stream(seller_id)):
        if _is_about(stored.fact, violation_id) or stored.fact.caused_by in addresses:
            found.append(stored)
            addresses.add(fact_id(stored.stream, stored.version))
    return found


def _is_about(fact: Fact, violation_id: str) -> bool:
    return getattr(fact, "violation_id", None) == violation_id


def _told(stored: StoredFact, said: dict[str, Any] | None) -> FactTold:
    had_words = getattr(stored.fact, "seal", None) is not None
    return FactTold(
        **msgspec.structs.asdict(fact_seen(stored)), said=said, erased=had_words and said is None
    )
