"""Opening a dispute: in time, by a buyer, and for no more than was paid."""

from ledger.decide.context import Context
from ledger.decide.dispute_commands import OpenDispute
from ledger.decide.dispute_refusals import (
    DisputeProtectionOver,
    NoDisputeRules,
    NotShippedYet,
    ReceivedBeforeShipped,
    RefundMissing,
    ReturnNeeded,
    WrongParty,
)
from ledger.decide.settling import demand_returnable, within_order
from ledger.facts.disputes import DisputeOpened
from ledger.facts.instants import Instant, parse_instant
from ledger.facts.money import Minor, minor_of
from ledger.policy.policy import DisputeRules, Policy


def open_dispute(command: OpenDispute, context: Context) -> DisputeOpened:
    """A dispute is opened from shipment until some days after confirmed receipt."""
    policy = context.rulebook.in_force_now(context.at)
    rules = policy.disputes
    if rules is None:
        raise NoDisputeRules(policy.ref)
    shipped_at = _past(command.shipped_at, "shipped_at", context.at)
    receipt_at: Instant | None = None
    if command.receipt_confirmed_at is not None:
        receipt_at = _past(command.receipt_confirmed_at, "receipt_confirmed_at", context.at)
        if receipt_at < shipped_at:
            raise ReceivedBeforeShipped(receipt_at, shipped_at)
        _demand_in_time(command, receipt_at, policy, rules, context.at)
    if command.buyer_id == command.seller_id:
        raise WrongParty(command.buyer_id, "buyer_id", "somebody other than the seller")
    order = minor_of(command.order_amount, "order_amount")
    return DisputeOpened(
        recorded_at=context.at,
        actor=context.actor or command.buyer_id,
        seller_id=command.seller_id,
        dispute_id=command.dispute_id,
        order_id=command.order_id,
        buyer_id=command.buyer_id,
        reason=command.reason,
        currency=order.currency,
        order_minor=order.units,
        refund_minor=_asked(command, order),
        returns=command.requested.returns,
        shipped_at=shipped_at,
        receipt_confirmed_at=receipt_at,
        return_address=command.return_address_on_file,
        seller_pays_return=command.seller_pays_return,
        answer_until=policy.days_after(context.at, rules.seller_response_days),
        policy=policy.ref,
        digest=policy.short_digest,
        seal=context.seal,
    )


def _past(text: str, field: str, at: Instant) -> Instant:
    instant = parse_instant(text, field)
    if instant > at:
        raise NotShippedYet(field, instant, at)
    return instant


def _demand_in_time(
    command: OpenDispute, receipt_at: Instant, policy: Policy, rules: DisputeRules, at: Instant
) -> None:
    until = policy.days_after(receipt_at, rules.protection_days)
    if at > until:
        raise DisputeProtectionOver("the buyer's protection", until, at)
    if command.reason == "withdrawal":
        until = policy.days_after(receipt_at, rules.withdrawal_days)
        if at > until:
            raise DisputeProtectionOver("the time to withdraw", until, at)


def _asked(command: OpenDispute, order: Minor) -> int:
    """What the buyer asks for, in minor units."""
    asked_minor = within_order(command.requested.refund, order, "requested.refund")
    if not asked_minor:
        raise RefundMissing("requested.refund.amount")
    if command.requested.returns:
        demand_returnable(command.reason, asked_minor, "requested.return")
    if command.reason == "withdrawal" and not command.requested.returns:
        raise ReturnNeeded("requested.return")
    return asked_minor
