"""Webhooks as others see them: the messages that are sent, and endpoints as they are listed."""

import secrets
from typing import Literal

import msgspec

from api.opening import system_now
from api.representations import Standing, When, position_text, when
from api.stream import PolicyNews, told_of
from ledger.facts.instants import SECOND_US, format_instant
from ledger.ledger import Ledger
from ledger.standing.standing import Status
from ledger.store.opening import connect_alone
from projections.standing_changes import Change, StandingChange
from projections.webhooks import endpoints
from projections.webhooks.dispatcher import Dispatcher
from projections.webhooks.rounds import Message
from projections.webhooks.sending import Outcome, Sender
from projections.webhooks.signing import signed_headers

_LOTS = secrets.SystemRandom()


class Told(msgspec.Struct, frozen=True):
    """What is delivered: a standing or news of a policy, as the stream tells it."""

    type: Literal["standing.changed", "policy.published", "webhook.test"]
    timestamp: When
    """When it happened."""
    position: str | None
    """Its place in the log; of one seller's messages the one with the higher position is newer."""
    data: Standing | PolicyNews | dict[str, str]


class Webhook(msgspec.Struct, frozen=True, rename={"begin": "from"}):
    """An endpoint; its secrets are never shown again."""

    webhook_id: str
    url: str
    seller_ids: list[str] | None
    statuses: list[Status] | None
    begin: str | None
    state: Literal["active", "disabled"]
    disabled_because: str | None
    delivered_to: str
    """Up to this position everything was delivered, or is pending or dead."""
    pending: int
    dead: int
    previous_secret_until: When | None
    created_at: When
    created_by: str


class Delivery(msgspec.Struct, frozen=True):
    """A change that an endpoint has not taken."""

    position: str
    state: endpoints.DeliveryState
    attempts: int
    next_attempt_at: When | None
    failed_at: When
    problem: str


class Tried(msgspec.Struct, frozen=True):
    """What became of a test message."""

    delivered: bool
    status: int | None
    problem: str | None


def message_of(change: Change, ledger: Ledger) -> Message:
    """A change as it is delivered."""
    _, told = told_of(change, ledger)
    position = position_text(change.position)
    if isinstance(change, StandingChange):
        kind, at = "standing.changed", format_instant(change.standing.as_of)
    else:
        kind, at = "policy.published", format_instant(change.effective_at)
    body = Told(kind, at, position, told)  # pyright: ignore[reportArgumentType] - one of the two
    return Message(f"change-{position}", msgspec.json.encode(body))


def dispatcher_of(ledger: Ledger, *, private: bool) -> Dispatcher:
    """What delivers this ledger's changes, by the machine's clock whatever the ledger's is:
    receivers look at the time of a signature.
    """
    return Dispatcher(
        ledger.reader,
        lambda: connect_alone(ledger.dsn, "webhooks"),
        lambda change: message_of(change, ledger),
        private=private,
        now=system_now,
        chance=_LOTS.random,
    )


async def try_out(webhook: endpoints.Webhook, keys: list[bytes], *, private: bool) -> Tried:
    """Send a message that says nothing, once and now."""
    now = system_now()
    told = Told("webhook.test", format_instant(now), None, {"webhook_id": webhook.webhook_id})
    body = msgspec.json.encode(told)
    headers = signed_headers(keys, f"test-{secrets.token_hex(8)}", now // SECOND_US, body)
    async with Sender(private=private) as sender:
        outcome: Outcome = await sender.send(webhook.url, headers, body)
    return Tried(outcome.delivered, outcome.status, outcome.problem)


def webhook_of(found: endpoints.Webhook) -> Webhook:
    """An endpoint, without what nobody may see."""
    older = found.older_until
    return Webhook(
        webhook_id=found.webhook_id,
        url=found.url,
        seller_ids=found.seller_ids,
        statuses=found.statuses,
        begin=None if found.asked_from is None else position_text(found.asked_from),
        state="active" if found.disabled_because is None else "disabled",
        disabled_because=found.disabled_because,
        delivered_to=position_text(found.delivered_to),
        pending=found.pending,
        dead=found.dead,
        previous_secret_until=when(older if older and older > system_now() else None),
        created_at=format_instant(found.created_at),
        created_by=found.created_by,
    )


def delivery_of(found: endpoints.Delivery) -> Delivery:
    """A delivery that was not made; a dead one is tried again only if somebody asks."""
    return Delivery(
        position=position_text(found.position),
        state=found.state,
        attempts=found.attempts,
        next_attempt_at=when(found.next_attempt_at if found.state == "pending" else None),
        failed_at=format_instant(found.failed_at),
        problem=found.problem,
    )
