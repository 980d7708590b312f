"""Webhooks: endpoints of others, to which standing changes are delivered, signed."""

from collections.abc import Callable
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from fastapi import APIRouter, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.access import CurrentActor, require
from api.bodies import answer, reads
from api.dependencies import After, Limit, TheLedger, an_id
from api.openapi import answers
from api.opening import system_now
from api.positions import ACCEPTED, position_in
from api.refusals import MalformedBody, MalformedParameter, PositionInFuture
from api.representations import When, position_text
from api.webhooks import Delivery, Tried, Webhook, delivery_of, try_out, webhook_of
from ledger.decide.refusals import ToldDifferently
from ledger.facts.ids import ID_PATTERN, ExternalId
from ledger.facts.instants import format_instant
from ledger.ledger import Ledger
from ledger.standing.standing import Status
from ledger.store.refusals import Unavailable
from projections.webhooks import addresses, endpoints
from projections.webhooks.endpoints import Connection, UnknownDelivery, UnknownWebhook
from projections.webhooks.sending import addresses_of
from projections.webhooks.signing import new_secret, secret_text

MOST_SELLERS: Final = 1_000

router = APIRouter(tags=["webhooks"], dependencies=[require("admin")])

WebhookId = Annotated[
    str,
    Path(
        description="The webhook's id",
        json_schema_extra={"pattern": ID_PATTERN, "minLength": 1, "maxLength": 128},
    ),
    an_id("webhook_id"),
]
Found = TypeVar("Found")
_Sellers = Annotated[tuple[ExternalId, ...], msgspec.Meta(min_length=1, max_length=MOST_SELLERS)]


class WantedWebhook(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"begin": "from"}
):
    """An endpoint to be told of changes: all, or those of some sellers or statuses."""

    webhook_id: ExternalId
    url: Annotated[str, msgspec.Meta(max_length=addresses.URL_AT_MOST)]
    seller_ids: (
        Annotated[tuple[ExternalId, ...], msgspec.Meta(min_length=1, max_length=MOST_SELLERS)]
        | None
    ) = None
    statuses: Annotated[tuple[Status, ...], msgspec.Meta(min_length=1, max_length=3)] | None = None
    """A seller that comes to one of these, or leaves it, is told of."""
    begin: str | None = None
    """The first position to be delivered; absent: what happens from now on."""


class Replayed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"begin": "from"}):
    """From which position on to deliver, again or for the first time."""

    webhook_id: ExternalId
    begin: str


class CreatedWebhook(msgspec.Struct, frozen=True):
    """The endpoint; its secret is shown here once, and null when the same is asked again."""

    webhook: Webhook
    secret: str | None


class NewSecret(msgspec.Struct, frozen=True):
    """A secret, shown here once; the one before signs along until then."""

    secret: str
    previous_secret_until: When


class Webhooks(msgspec.Struct, frozen=True):
    """One page, in the order of their ids."""

    webhooks: tuple[Webhook, ...]
    next: str | None


class Deliveries(msgspec.Struct, frozen=True):
    """One page of what was not taken, in the order of the log."""

    deliveries: tuple[Delivery, ...]
    next: str | None


class Removed(msgspec.Struct, frozen=True):
    """The endpoint that is no more."""

    webhook_id: str


@router.post(
    "/v1/webhooks",
    **answers(
        CreatedWebhook,
        PositionInFuture,
        addresses.WebhookUrlRefused,
        addresses.WebhookAddressRefused,
        addresses.WebhookHostUnknown,
        ToldDifferently,
        Unavailable,
    ),
)
async def create_webhook(
    request: Request,
    wanted: Annotated[WantedWebhook, reads(WantedWebhook)],
    actor: CurrentActor,
    ledger: TheLedger,
) -> Response:
    """Add an endpoint under an id of the caller's. Asked again alike, it stays as it is."""
    private: bool = request.app.state.parts.webhooks_private
    place = addresses.place_in(wanted.url, private=private)
    await addresses_of(place, private=private)
    begin = None if wanted.begin is None else await _begin(ledger, wanted.begin)
    asked = endpoints.Wanted(
        wanted.webhook_id, wanted.url, wanted.seller_ids, wanted.statuses, begin
    )
    secret, end = new_secret(), ledger.memory.head.last_position
    by = actor.subject or "operator"

    def work(connection: Connection) -> tuple[bool, endpoints.Webhook]:
        new = endpoints.add(connection, asked, secret, end, system_now(), by)
        return new, endpoints.find(connection, asked.webhook_id)

    new, found = await _in_database(ledger, work)
    told = CreatedWebhook(webhook_of(found), secret_text(secret) if new else None)
    return answer(told, 200, None if new else {"Idempotency-Replayed": "true"})


@router.get("/v1/webhooks", **answers(Webhooks, Unavailable))
async def webhooks(ledger: TheLedger, after: After = None, limit: Limit = 100) -> Response:
    """Every endpoint with its place in the log and how much waits for it."""
    begin = after or ""
    if not begin.isprintable():
        raise MalformedParameter("after is not an id", field="after", accepted="`next` of a page")
    found = await _in_database(ledger, lambda c: endpoints.page(c, begin, limit + 1))
    more = found[limit - 1].webhook_id if len(found) > limit else None
    return answer(Webhooks(tuple(map(webhook_of, found[:limit])), more))


@router.get("/v1/webhooks/{webhook_id}", **answers(Webhook, UnknownWebhook, Unavailable))
async def webhook(webhook_id: WebhookId, ledger: TheLedger) -> Response:
    """One endpoint."""
    return answer(webhook_of(await _in_database(ledger, lambda c: endpoints.find(c, webhook_id))))


@router.delete("/v1/webhooks/{webhook_id}", **answers(Removed, UnknownWebhook, Unavailable))
async def remove_webhook(webhook_id: WebhookId, ledger: TheLedger) -> Response:
    """Forget an endpoint, with all that waits for it."""
    await _in_database(ledger, lambda c: endpoints.remove(c, webhook_id))
    return answer(Removed(webhook_id))


@router.post("/v1/webhooks/{webhook_id}/secret", **answers(NewSecret, UnknownWebhook, Unavailable))
async def rotate_secret(webhook_id: WebhookId, ledger: TheLedger) -> Response:
    """A new secret. For a day both sign, so that receivers can change over without loss."""
    secret = new_secret()
    until = await _in_database(
        ledger, lambda c: endpoints.rotate(c, webhook_id, secret, system_now())
    )
    return answer(NewSecret(secret_text(secret), format_instant(until)))


@router.post(
    "/v1/webhooks/{webhook_id}/replay",
    **answers(Webhook, UnknownWebhook, PositionInFuture, Unavailable),
)
async def replay(
    webhook_id: WebhookId, wanted: Annotated[Replayed, reads(Replayed)], ledger: TheLedger
) -> Response:
    """Deliver everything from a position on; an endpoint that was disabled is asked again."""
    begin = await _begin(ledger, wanted.begin)

    def work(connection: Connection) -> endpoints.Webhook:
        endpoints.replay(connection, webhook_id, begin)
        return endpoints.find(connection, webhook_id)

    return answer(webhook_of(await _in_database(ledger, work)))


@router.get(
    "/v1/webhooks/{webhook_id}/deliveries", **answers(Deliveries, UnknownWebhook, Unavailable)
)
async def deliveries(
    webhook_id: WebhookId,
    ledger: TheLedger,
    state: Annotated[
        Literal["pending", "dead"] | None, Query(description="Tried again, or given up")
    ] = None,
    after: After = None,
    limit: Limit = 100,
) -> Response:
    """What the endpoint did not take, and why. What it took leaves nothing to list."""
    place = 0 if after is None else position_in(after, "after")
    found = await _in_database(
        ledger, lambda c: endpoints.deliveries(c, webhook_id, state, place, limit + 1)
    )
    more = position_text(found[limit - 1].position) if len(found) > limit else None
    return answer(Deliveries(tuple(map(delivery_of, found[:limit])), more))


@router.post(
    "/v1/webhooks/{webhook_id}/deliveries/{position}/retry",
    **answers(Delivery, UnknownWebhook, UnknownDelivery, Unavailable),
)
async def retry(webhook_id: WebhookId, position: str, ledger: TheLedger) -> Response:
    """Try a delivery again at once, a dead one too."""
    place = position_in(position, "position")
    return answer(
        delivery_of(
            await _in_database(
                ledger, lambda c: endpoints.retry(c, webhook_id, place, system_now())
            )
        )
    )


@router.post("/v1/webhooks/{webhook_id}/test", **answers(Tried, UnknownWebhook, Unavailable))
async def try_webhook(request: Request, webhook_id: WebhookId, ledger: TheLedger) -> Response:
    """Send the endpoint a signed message that says nothing, and tell what it answered."""

    def work(connection: Connection) -> tuple[endpoints.Webhook, list[bytes]]:
        found = endpoints.find(connection, webhook_id)
        return found, endpoints.keys_of(connection, webhook_id, system_now())

    found, keys = await _in_database(ledger, work)
    return answer(await try_out(found, keys, private=request.app.state.parts.webhooks_private))


async def _begin(ledger: Ledger, text: str) -> int:
    """The position from which to deliver; raises `MalformedBody`, `PositionInFuture`."""
    try:
        begin = position_in(text, "from")
    except MalformedParameter as wrong:
        raise MalformedBody(str(wrong), field="from", accepted=ACCEPTED) from None
    if begin > ledger.memory.head.last_position:
        head = await run_in_threadpool(ledger.reader.catch_up)
        if begin > head.last_position:
            raise PositionInFuture(begin, head.last_position, "from")
    return begin


async def _in_database(ledger: Ledger, work: Callable[[Connection], Found]) -> Found:
    """What `work` returns for a connection, on a thread."""

    def run() -> Found:
        with ledger.reader.cursor() as cursor:
            return work(cursor.connection)

    return await run_in_threadpool(run)
