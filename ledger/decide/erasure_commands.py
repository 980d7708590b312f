"""What can be asked about a seller's texts: to keep them for now, and to erase them."""

from ledger.decide.fields import Asked, Prose
from ledger.facts.erasure import ErasureReason
from ledger.facts.ids import ExternalId


class PlaceLegalHold(Asked, frozen=True, kw_only=True, tag_field="command", tag="place-legal-hold"):
    """The seller's texts have to be kept until somebody lifts this."""

    hold_id: ExternalId
    reason: Prose
    placed_by: ExternalId


class LiftLegalHold(Asked, frozen=True, kw_only=True, tag_field="command", tag="lift-legal-hold"):
    """A legal hold is over."""

    hold_id: ExternalId
    reason: Prose
    lifted_by: ExternalId


class EraseSeller(Asked, frozen=True, kw_only=True, tag_field="command", tag="erase-seller"):
    """Erase the seller's texts, for ever, with the key and the salts of their seals."""

    reason: ErasureReason
    erased_by: ExternalId


ErasureCommand = PlaceLegalHold | LiftLegalHold | EraseSeller
