"""Why a request about a dispute is not taken. When several hold, the first of this order is told:

1. `ToldDifferently`: the dispute or the step was told before with other content.
2. What the request names does not exist: `UnknownDispute`.
3. The policy or the state forbids it: `NoDisputeRules`, `NotShippedYet`, `ReceivedBeforeShipped`,
   `DisputeProtectionOver`, `DisputeWrongState`, `DisputeTooLate`.
4. Who asks: `WrongParty`, `ReviewerNotIndependent`.
5. What it asks for: money that is malformed or in another currency, `RefundOverOrder`,
   `RefundMissing`, `ReturnNotAccepted`, `ReturnNeeded`, `WithdrawalNotRefused`,
   `FaultNotAccepted`, `OfferOutOfPlace`, `RefundOutOfPlace`.
"""

from ledger.facts.instants import Instant, format_instant
from ledger.facts.refusal import Refusal


class UnknownDispute(Refusal):
    """Nobody opened such a dispute."""

    def __init__(self, dispute_id: str) -> None:
        super().__init__(f"there is no dispute {dispute_id}", field="dispute_id")


class NoDisputeRules(Refusal):
    """The pack in force says nothing of disputes."""

    def __init__(self, policy: str) -> None:
        super().__init__(
            f"{policy} has no table [disputes], so none can be opened under it",
            accepted="a policy pack with the table [disputes]",
        )


class DisputeWrongState(Refusal):
    """The dispute is not at the step that this request belongs to."""

    def __init__(self, dispute_id: str, why: str, accepted: str) -> None:
        super().__init__(f"dispute {dispute_id} {why}", field="dispute_id", accepted=accepted)


class DisputeProtectionOver(Refusal):
    """A buyer may open a dispute from shipment until so many days after receipt."""

    def __init__(self, what: str, until: Instant, at: Instant) -> None:
        super().__init__(
            f"{what} ended at {format_instant(until)}; it is {format_instant(at)}",
            field="receipt_confirmed_at",
            accepted=f"a dispute opened up to {format_instant(until)}",
        )


class NotShippedYet(Refusal):
    """Before its shipment there is nothing to dispute."""

    def __init__(self, field: str, given: Instant, at: Instant) -> None:
        super().__init__(
            f"{field} {format_instant(given)} lies in the future",
            field=field,
            accepted=f"an instant up to {format_instant(at)}",
        )


class ReceivedBeforeShipped(Refusal):
    """Goods arrive after they were sent."""

    def __init__(self, receipt: Instant, shipped: Instant) -> None:
        super().__init__(
            f"receipt_confirmed_at {format_instant(receipt)} lies before shipped_at",
            field="receipt_confirmed_at",
            accepted=f"{format_instant(shipped)} or later",
        )


class DisputeTooLate(Refusal):
    """The time for this step is over."""

    def __init__(self, what: str, until: Instant, at: Instant) -> None:
        super().__init__(
            f"{what} could come until {format_instant(until)}; it is {format_instant(at)}",
            field="dispute_id",
            accepted=f"an instant up to {format_instant(until)}",
        )


class WrongParty(Refusal):
    """This step belongs to the other side."""

    def __init__(self, named: str, field: str, accepted: str) -> None:
        super().__init__(f"{named} cannot take this step", field=field, accepted=accepted)


class RefundOverOrder(Refusal):
    """No more can be given back than was paid."""

    def __init__(self, given: str, most: str, field: str) -> None:
        super().__init__(
            f"a refund of {given} is more than the order of {most}",
            field=field,
            accepted=f"at most {most}",
        )


class RefundMissing(Refusal):
    """A claim for nothing."""

    def __init__(self, field: str) -> None:
        super().__init__(
            "a dispute asks for money back", field=field, accepted="an amount above zero"
        )


class ReturnNotAccepted(Refusal):
    """What was not received cannot be sent back, and for nothing nothing is."""

    def __init__(self, why: str, field: str) -> None:
        super().__init__(why, field=field, accepted="return: false")


class ReturnNeeded(Refusal):
    """Who withdraws sends the goods back."""

    def __init__(self, field: str) -> None:
        super().__init__("a withdrawal sends the goods back", field=field, accepted="return: true")


class WithdrawalNotRefused(Refusal):
    """A seller has to accept a withdrawal in time."""

    def __init__(self, dispute_id: str, until: Instant) -> None:
        super().__init__(
            f"dispute {dispute_id} is a withdrawal within its days, up to {format_instant(until)}: "
            "the seller has to accept the return",
            field="answer",
            accepted="accept",
        )


class FaultNotAccepted(Refusal):
    """Who withdraws needs no reason, so nobody is at fault."""

    def __init__(self, given: str) -> None:
        super().__init__(
            f"a withdrawal is nobody's fault, but {given!r} was given",
            field="at_fault",
            accepted="neither",
        )


class OfferOutOfPlace(Refusal):
    """An offer comes with a counter-proposal, and only then."""

    def __init__(self, answer: str) -> None:
        super().__init__(
            f"an answer of {answer!r} "
            + ("needs an offer" if answer == "counter" else "takes no offer"),
            field="offer",
            accepted="an offer with counter, and none otherwise",
        )


class RefundOutOfPlace(Refusal):
    """A rejected appeal changes nothing."""

    def __init__(self) -> None:
        super().__init__(
            "a rejected appeal leaves refund and fault as they were ruled",
            field="refund",
            accepted="refund and at_fault with upheld alone",
        )
