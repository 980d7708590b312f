"""How a dispute ends: what was settled, whether goods go back first, and the outcome."""

from typing import NamedTuple

from ledger.decide.context import Context
from ledger.decide.dispute_refusals import RefundOverOrder, ReturnNotAccepted, WrongParty
from ledger.disputes.dispute import Dispute
from ledger.facts.disputes import (
    AtFault,
    DisputeClosed,
    DisputeEscalated,
    DisputeOutcomeRecorded,
    DisputeReason,
    EscalatedWhy,
    Party,
    SettledWhy,
    Settlement,
)
from ledger.facts.fact import LEDGER_ACTOR
from ledger.facts.ids import dispute_stream, fact_id, seller_stream
from ledger.facts.instants import Instant
from ledger.facts.kinds import DisputesOwnFact
from ledger.facts.money import Minor, Money, OtherCurrency, minor_of, money_of
from ledger.policy.policy import DisputeRules, Policy
from ledger.policy.window import local_day
from ledger.standing.seller import Seller

CaseFact = DisputesOwnFact | DisputeOutcomeRecorded
"""What a decision about a dispute gives: its own facts, and the one on its seller."""


class Case(NamedTuple):
    """A dispute with its seller, and when a decision about it is recorded."""

    dispute: Dispute
    seller: Seller
    context: Context

    @property
    def at(self) -> Instant:
        """When the decision is recorded."""
        return self.context.at

    @property
    def policy(self) -> Policy:
        """The edition under which it was opened: its windows hold to the end."""
        return self.context.rulebook.edition(self.dispute.policy)

    @property
    def rules(self) -> DisputeRules:
        """What that edition says of disputes."""
        rules = self.policy.disputes
        assert rules is not None, "none is opened under an edition without them"
        return rules

    @property
    def cause(self) -> str:
        """The address of the fact that the decision begins with."""
        return fact_id(dispute_stream(self.dispute.dispute_id), self.dispute.version + 1)

    def minor(self, money: Money, field: str) -> int:
        """A refund in minor units; refuses another currency, and more than the order."""
        return within_order(money, Minor(self.dispute.order_minor, self.dispute.currency), field)

    def party(self, named: str, field: str = "by") -> Party:
        """The party that a request names, by its role or its id."""
        party = self.dispute.party(named)
        if party is None:
            raise WrongParty(named, field, "seller or buyer, or the id of either")
        return party

    def acting(self, party: Party) -> str:
        """Who takes a step of this party's: the other party never does."""
        own, other = self.dispute.seller_id, self.dispute.buyer_id
        if party == "buyer":
            own, other = other, own
        actor = self.context.actor or own
        if actor == other:
            raise WrongParty(actor, "actor", f"the {party}, or who acts for it")
        return actor

    def settlement(
        self,
        refund_minor: int,
        at_fault: AtFault,
        why: SettledWhy,
        *,
        returns: bool = False,
        by_default: bool = False,
        since: Instant | None = None,
    ) -> Settlement:
        """What is settled at `since`. Goods go back first only where there is an address for them,
        and where they are not back already; the seller may have refunded without waiting for them.
        """
        dispute, rules = self.dispute, self.rules
        done = dispute.returned or dispute.received_version > 0
        goes_back = returns and dispute.return_address and not done
        sent = dispute.tracking is not None
        since = self.at if since is None else since

        def window(days: int) -> Instant:
            return self.policy.days_after(since, days)

        return Settlement(
            currency=dispute.currency,
            refund_minor=refund_minor,
            at_fault=at_fault,
            why=why,
            by_default=by_default,
            tracking_until=window(rules.return_tracking_days) if goes_back and not sent else None,
            receipt_until=window(rules.return_receipt_days) if goes_back and sent else None,
        )

    def escalated(self, actor: str, why: EscalatedWhy) -> DisputeEscalated:
        """The platform has it now, because of the fact that the decision begins with."""
        return DisputeEscalated(
            recorded_at=self.at,
            actor=actor,
            caused_by=self.cause,
            seller_id=self.dispute.seller_id,
            why=why,
        )

    def closing(
        self,
        settlement: Settlement,
        *,
        actor: str = LEDGER_ACTOR,
        returned: bool = False,
        since: Instant | None = None,
    ) -> list[CaseFact]:
        """The outcome on the seller's record, and the end of the dispute; nothing yet where goods
        have to go back first.
        """
        if settlement.tracking_until is not None or settlement.receipt_until is not None:
            return []
        since = self.at if since is None else since
        outcome = self._outcome(settlement, actor, returned=returned, since=since)
        return [outcome, self._closed(outcome)]

    def _outcome(
        self, settlement: Settlement, actor: str, *, returned: bool, since: Instant
    ) -> DisputeOutcomeRecorded:
        dispute, refund_minor = self.dispute, settlement.refund_minor
        return DisputeOutcomeRecorded(
            recorded_at=self.at,
            actor=actor,
            caused_by=self.cause,
            dispute_id=dispute.dispute_id,
            order_id=dispute.order_id,
            reason=dispute.reason,
            currency=dispute.currency,
            order_minor=dispute.order_minor,
            refund_minor=refund_minor,
            at_fault=settlement.at_fault,
            why=settlement.why,
            by_default=settlement.by_default,
            returned=returned,
            return_paid_by=return_paid_by(dispute, settlement.at_fault) if returned else None,
            commission_owed=buyer_keeps_goods(dispute, refund_minor, returned=returned),
            revision=dispute.times_closed + 1,
            effective_at=since,
            local_day=local_day(since, self.policy.zone),
        )

    def _closed(self, outcome: DisputeOutcomeRecorded) -> DisputeClosed:
        """The end as the outcome tells it, which stands on the seller's record by then."""
        return DisputeClosed(
            recorded_at=outcome.recorded_at,
            actor=outcome.actor,
            caused_by=outcome.caused_by,
            seller_id=self.dispute.seller_id,
            currency=outcome.currency,
            refund_minor=outcome.refund_minor,
            at_fault=outcome.at_fault,
            why=outcome.why,
            by_default=outcome.by_default,
            returned=outcome.returned,
            return_paid_by=outcome.return_paid_by,
            commission_owed=outcome.commission_owed,
            outcome=fact_id(seller_stream(self.dispute.seller_id), self.seller.version + 1),
            effective_at=outcome.effective_at,
        )


def fault_of_claim(dispute: Dispute) -> AtFault:
    """Whose fault a claim that holds is: who withdraws blames nobody."""
    return "neither" if dispute.reason == "withdrawal" else "seller"


def within_order(money: Money, order: Minor, field: str) -> int:
    """A refund in minor units; refuses another currency than the order's, and more than it."""
    given = minor_of(money, field)
    if given.currency != order.currency:
        raise OtherCurrency(given.currency, order.currency, f"{field}.currency")
    if given.units > order.units:
        raise RefundOverOrder(written(*given), written(*order), f"{field}.amount")
    return given.units


def demand_returnable(reason: DisputeReason, refund_minor: int, field: str) -> None:
    """Goods go back only if they arrived, and never for nothing."""
    if reason == "not-received":
        raise ReturnNotAccepted("goods that were not received cannot go back", field)
    if not refund_minor:
        raise ReturnNotAccepted("nobody sends goods back for nothing", field)


def buyer_keeps_goods(dispute: Dispute, refund_minor: int, *, returned: bool) -> bool:
    """Whether the goods stay with the buyer. Who is not refunded in full for goods not received
    is taken to have them.
    """
    if dispute.reason == "not-received":
        return refund_minor < dispute.order_minor
    return not returned


def return_paid_by(dispute: Dispute, at_fault: AtFault) -> Party:
    """Who bears the cost of a return: the buyer, unless the seller was at fault or its terms say
    otherwise.
    """
    return "seller" if at_fault == "seller" or dispute.seller_pays_return else "buyer"


def written(units: int, currency: str) -> str:
    """An amount in words: `12.30 EUR`."""
    money = money_of(units, currency)
    return f"{money.amount} {money.currency}"
