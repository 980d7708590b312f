"""How erasures and legal holds look to those who ask."""

from typing import Literal

import msgspec

from api import representations
from api.representations import When
from ledger.decide.erasure_holds import HoldKind, Kept
from ledger.facts.erasure import ErasureReason
from ledger.facts.ids import fact_id, seller_stream
from ledger.facts.instants import format_instant
from ledger.ledger import Answer
from ledger.standing.keeping import Erasure
from ledger.standing.seller import Seller


class Erased(msgspec.Struct, frozen=True):
    """An erasure: every text that was told of the seller before this fact is gone."""

    fact_id: str
    erased_at: When
    erased_by: str
    reason: ErasureReason
    texts: int
    """How many texts, each with its salt; the key of all their seals went with them."""
    of_cases: int
    """How many of these belonged to disputes, reports and enrolments."""


class Hold(msgspec.Struct, frozen=True):
    """Something for which a seller's texts have to be kept for now."""

    what: HoldKind
    subject: str
    """Its id: of an appeal the violation's, of a proposal the violation's or the sanction's."""
    sentence: str


class Erasable(msgspec.Struct, frozen=True):
    """What an erasure would erase at this moment, what stands against it, and those of before."""

    seller_id: str
    texts: int
    of_cases: int
    holds: tuple[Hold, ...]
    """Where there is any, an erasure is refused."""
    erasures: tuple[Erased, ...]


class ErasureWritten(msgspec.Struct, frozen=True):
    """What was erased."""

    erasure: Erased
    facts: tuple[representations.FactNamed, ...]
    position: str


class LegalHoldWritten(msgspec.Struct, frozen=True):
    """A legal hold as it was placed or lifted."""

    hold_id: str
    legal_hold: Literal["placed", "lifted"]
    stands: bool
    """Whether it holds anything up now: one that is placed again under the id of one that was
    lifted does not.
    """
    facts: tuple[representations.FactNamed, ...]
    position: str


def erasable(seller: Seller, kept: Kept) -> Erasable:
    """What an erasure of the seller would do now."""
    return Erasable(
        seller.seller_id,
        kept.texts,
        kept.of_cases,
        tuple(Hold(hold.what, hold.subject, hold.sentence) for hold in kept.holds),
        tuple(_erased(seller.seller_id, erasure) for erasure in seller.keeping.erasures),
    )


def erasure_written(answer: Answer) -> ErasureWritten:
    """The answer to a request to erase."""
    erasure = answer.seller.keeping.erasures[-1]
    return ErasureWritten(
        _erased(answer.seller.seller_id, erasure),
        representations.facts_named(answer.facts),
        representations.position_text(answer.position),
    )


def legal_hold_written(
    hold_id: str, became: Literal["placed", "lifted"], answer: Answer, now: Seller
) -> LegalHoldWritten:
    """The answer to a request about a legal hold; `now` is the seller as it is at this moment."""
    hold = now.keeping.legal_hold(hold_id)
    return LegalHoldWritten(
        hold_id,
        became,
        hold is not None and not hold.lifted_version,
        representations.facts_named(answer.facts),
        representations.position_text(answer.position),
    )


def _erased(seller_id: str, erasure: Erasure) -> Erased:
    return Erased(
        fact_id(seller_stream(seller_id), erasure.version),
        format_instant(erasure.erased_at),
        erasure.erased_by,
        erasure.reason,
        erasure.texts,
        erasure.of_cases,
    )
