"""Endpoints: who is told of standing changes, from where on, and what could not be delivered.

Every function is one statement or little more on the caller's connection, so that routes and
commands do the same.
"""

from collections.abc import Sequence
from typing import Any, Final, Literal, NamedTuple, TypeAlias, cast

import psycopg
from psycopg.rows import class_row

from ledger.decide.refusals import ToldDifferently
from ledger.facts.instants import DAY_US, Instant
from ledger.facts.refusal import Refusal
from ledger.standing.standing import Status
from ledger.store.sql import queries
from projections.standing_changes import Change, PolicyChange

SQL: Final = queries("projections.webhooks", "endpoints.sql")
OLDER_SECRET_US: Final = DAY_US
"""How long the secret of before signs along after a rotation."""
MOST_OLDER: Final = 8
"""Of secrets given in quick succession these sign along, and older ones no longer."""

Connection: TypeAlias = psycopg.Connection[Any]
DeliveryState = Literal["pending", "dead"]


class UnknownWebhook(Refusal):
    """No endpoint has this id."""

    def __init__(self, webhook_id: str) -> None:
        super().__init__(
            f"there is no webhook {webhook_id!r}",
            field="webhook_id",
            accepted="an id that the list of webhooks shows",
        )


class UnknownDelivery(Refusal):
    """The endpoint waits for no delivery at this position: it was made, or never due."""

    def __init__(self, webhook_id: str, position: int) -> None:
        super().__init__(
            f"no delivery of {position} to {webhook_id!r} is pending or dead",
            field="position",
            accepted="a position that the webhook's deliveries show",
        )


class Wanted(NamedTuple):
    """An endpoint as somebody asks for it; `begin` None is the end of the log."""

    webhook_id: str
    url: str
    seller_ids: Sequence[str] | None = None
    statuses: Sequence[Status] | None = None
    begin: int | None = None


class Webhook(NamedTuple):
    """An endpoint as it is listed: everything but its secrets."""

    webhook_id: str
    url: str
    seller_ids: list[str] | None
    statuses: list[Status] | None
    asked_from: int | None
    delivered_to: int
    disabled_because: str | None
    older_until: Instant | None
    created_at: Instant
    created_by: str
    pending: int
    dead: int

    def wants(self, change: Change) -> bool:
        """Whether a change passes the filters. Whoever asks for a status hears of sellers that
        come to it and of those that leave it; of editions everybody hears.
        """
        if isinstance(change, PolicyChange):
            return True
        statuses, sellers = self.statuses, self.seller_ids
        return (sellers is None or change.standing.seller_id in sellers) and (
            statuses is None or change.standing.status in statuses or change.was in statuses
        )


class Delivery(NamedTuple):
    """A change that an endpoint did not take yet, or was given up."""

    position: int
    state: DeliveryState
    attempts: int
    next_attempt_at: Instant
    failed_at: Instant
    problem: str


def add(
    connection: Connection, wanted: Wanted, secret: bytes, log_end: int, at: Instant, by: str
) -> bool:
    """Add an endpoint; False if it was there already, as asked for now. Raises `ToldDifferently`
    if it was there otherwise.
    """
    sellers = None if wanted.seller_ids is None else sorted(set(wanted.seller_ids))
    statuses = None if wanted.statuses is None else sorted(set(wanted.statuses))
    row = {
        "webhook_id": wanted.webhook_id,
        "url": wanted.url,
        "seller_ids": sellers,
        "statuses": statuses,
        "asked_from": wanted.begin,
        "secret": secret,
        "delivered_to": log_end if wanted.begin is None else max(0, wanted.begin - 1),
        "created_at": at,
        "created_by": by,
    }
    if connection.execute(SQL["add"], row).rowcount:
        return True
    there = find(connection, wanted.webhook_id)
    for field, name in (("url", "url"), ("seller_ids", "seller_ids"), ("statuses", "statuses"),
                        ("asked_from", "from")):  # fmt: skip
        if getattr(there, field) != row[field]:
            raise ToldDifferently(f"webhook {wanted.webhook_id}", name)
    return False


def find(connection: Connection, webhook_id: str) -> Webhook:
    """An endpoint; raises `UnknownWebhook`."""
    with connection.cursor(row_factory=class_row(Webhook)) as cursor:
        found = cursor.execute(SQL["find"], {"webhook_id": webhook_id}).fetchone()
    if found is None:
        raise UnknownWebhook(webhook_id)
    return found


def page(connection: Connection, after: str, limit: int) -> list[Webhook]:
    """Endpoints in order of their ids."""
    with connection.cursor(row_factory=class_row(Webhook)) as cursor:
        return cursor.execute(SQL["page"], {"after": after, "limit": limit}).fetchall()


def remove(connection: Connection, webhook_id: str) -> None:
    """Forget an endpoint and all that waits for it; raises `UnknownWebhook`."""
    if not connection.execute(SQL["remove"], {"webhook_id": webhook_id}).rowcount:
        raise UnknownWebhook(webhook_id)


def rotate(connection: Connection, webhook_id: str, secret: bytes, now: Instant) -> Instant:
    """Give an endpoint a new secret; returns until when the one before signs along. Raises
    `UnknownWebhook`.
    """
    until = now + OLDER_SECRET_US
    row = {
        "webhook_id": webhook_id,
        "secret": secret,
        "older_until": until,
        "now": now,
        "most": MOST_OLDER,
    }
    if not connection.execute(SQL["rotate"], row).rowcount:
        raise UnknownWebhook(webhook_id)
    return until


def keys_of(connection: Connection, webhook_id: str, now: Instant) -> list[bytes]:
    """The secrets that sign for an endpoint, the newest first; raises `UnknownWebhook`."""
    row = connection.execute(SQL["keys"], {"webhook_id": webhook_id, "now": now}).fetchone()
    if row is None:
        raise UnknownWebhook(webhook_id)
    newest, older = cast("tuple[bytes, list[bytes]]", row)
    return [bytes(key) for key in (newest, *older)]


def replay(connection: Connection, webhook_id: str, begin: int) -> None:
    """Deliver everything from a position on, again or for the first time; an endpoint that was
    disabled is asked again. Raises `UnknownWebhook`.
    """
    row = {"webhook_id": webhook_id, "delivered_to": max(0, begin - 1)}
    if connection.execute(SQL["replay"], row).fetchone() is None:
        raise UnknownWebhook(webhook_id)


def deliveries(
    connection: Connection, webhook_id: str, state: DeliveryState | None, after: int, limit: int
) -> list[Delivery]:
    """What an endpoint did not take, in the order of the log; raises `UnknownWebhook`."""
    find(connection, webhook_id)
    row = {"webhook_id": webhook_id, "state": state, "after": after, "limit": limit}
    with connection.cursor(row_factory=class_row(Delivery)) as cursor:
        return cursor.execute(SQL["deliveries"], row).fetchall()


def retry(connection: Connection, webhook_id: str, position: int, now: Instant) -> Delivery:
    """Try a delivery at once, with all its attempts before it; raises `UnknownWebhook`,
    `UnknownDelivery`.
    """
    row = {"webhook_id": webhook_id, "position": position, "now": now}
    with connection.cursor(row_factory=class_row(Delivery)) as cursor:
        found = cursor.execute(SQL["retry"], row).fetchone()
    if found is None:
        find(connection, webhook_id)
        raise UnknownDelivery(webhook_id, position)
    return found
