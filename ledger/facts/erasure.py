"""Facts about what may be personal: that it was erased, and that it has to be kept for a while."""

from typing import Literal

from ledger.facts.fact import Fact

ErasureReason = Literal[
    "asked-by-seller", "no-longer-needed", "objection", "unlawful", "legal-obligation"
]
"""Why texts are erased: a word, since a sentence could name somebody for ever."""


class PayloadErased(Fact, frozen=True, kw_only=True):
    """The seller's texts were erased, and with them the key and the salts of their seals.

    Points, sanctions and standings stay as they are: they rest on facts, and no fact was changed.
    """

    reason: ErasureReason
    texts: int
    """How many texts, each with its salt: those of cases included."""
    of_cases: int = 0
    """How many of these belonged to disputes, reports and enrolments of the seller's."""


class LegalHoldPlaced(Fact, frozen=True, kw_only=True):
    """Somebody demands that the seller's texts be kept: until it is lifted, they are not erased."""

    hold_id: str
    seal: str
    """Seals the reason, which is kept apart."""


class LegalHoldLifted(Fact, frozen=True, kw_only=True):
    """A legal hold is over."""

    hold_id: str
    seal: str
    """Seals the reason, which is kept apart."""
