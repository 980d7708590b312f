"""Why texts are not erased, and a legal hold neither placed nor lifted."""

from collections.abc import Sequence
from typing import Final

from ledger.decide.erasure_holds import Held
from ledger.facts.refusal import Refusal

MOST_NAMED: Final = 50
"""As many are named in a refusal; whoever asks what would be erased sees all."""


class UnknownSeller(Refusal):
    """Nothing was ever told of the seller."""

    def __init__(self, seller_id: str) -> None:
        super().__init__(
            f"nothing was ever told of seller {seller_id}",
            field="seller_id",
            accepted="a seller with a fact, or with a text in a case",
        )


class ErasureHeld(Refusal):
    """Somebody still relies on the texts."""

    def __init__(self, seller_id: str, held: Sequence[Held]) -> None:
        named = "; ".join(hold.sentence for hold in held[:MOST_NAMED])
        more = len(held) - MOST_NAMED
        super().__init__(
            f"the texts of seller {seller_id} have to be kept for now: {named}"
            + (f"; and {more} more" if more > 0 else ""),
            field="seller_id",
            accepted="a seller of whom nothing is open and no legal hold stands",
        )


class UnknownLegalHold(Refusal):
    """The seller has no such legal hold."""

    def __init__(self, seller_id: str, hold_id: str) -> None:
        super().__init__(
            f"seller {seller_id} has no legal hold {hold_id}",
            field="hold_id",
            accepted="the id of a legal hold that stands",
        )
