"""Policy packs: which are published, what one says, whether a new one is sound, publishing it."""

from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.access import CurrentActor, require
from api.bodies import answer, expect_media_type, into, whole_body
from api.comparing_policies import (
    DifferenceSeen,
    PoliciesCompared,
    compared,
    differences_seen,
    document_of,
    published,
)
from api.dependencies import TheLedger
from api.lists.answering import TheLists, listed
from api.lists.paging import ThePage
from api.lists.policies import POLICIES
from api.lists.policies import policies as policies_of
from api.openapi import answers
from api.problems import MistakeSeen
from api.refusals import BodyTooLarge, MalformedBody, WrongMediaType
from api.representations import Edition, edition_of, position_text
from ledger.facts.ids import ExternalId
from ledger.facts.instants import MalformedInstant, parse_instant
from ledger.impact import ImpactReportMissing
from ledger.ledger import Ledger
from ledger.policy.book import (
    BeforeFirstPack,
    EditionToldDifferently,
    PublishedEdition,
    UnknownPack,
)
from ledger.policy.check import policy_from
from ledger.policy.document import MOST_BYTES, canonical, from_canonical, read
from ledger.policy.mistakes import MalformedPack
from ledger.policy.writing import to_toml
from ledger.publishing import PublishedTooLate
from ledger.store.refusals import Busy, Importing, Unavailable

_TOML: Final = "application/toml"
_AS_TEXT: Final = frozenset({_TOML, "text/toml", "text/plain"})
_AT_MOST: Final = 2 * MOST_BYTES
"""A pack in JSON takes more bytes than as text: its line ends and quotes are escaped."""
_READ: Final = require(
    "audit:read", "what-if:run", "policy:publish", "standing:read", "facts:write", "cases:decide"
)

router = APIRouter(tags=["policies"])


class PolicySeen(msgspec.Struct, frozen=True):
    """An edition with everything that its pack says."""

    policy: Edition
    document: dict[str, Any]


class Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pack as text within JSON."""

    toml: str
    published_by: ExternalId | None = None
    """Who publishes; with a key, its subject."""


class Checked(msgspec.Struct, frozen=True):
    """Whether a pack can be used; if so, its name and digest."""

    ok: bool
    mistakes: tuple[MistakeSeen, ...] = ()
    policy: str | None = None
    digest: str | None = None
    document: dict[str, Any] | None = None
    """The pack as data, as a scenario of a what-if takes it."""
    compared_with: str | None = None
    """The edition of the same pack that is in force now; null where there is none."""
    differences: tuple[DifferenceSeen, ...] = ()
    """What it says otherwise than that edition."""


class Published(msgspec.Struct, frozen=True):
    """The edition as it entered the ledger."""

    policy: Edition
    position: str


def _with_pack(described: dict[str, Any]) -> dict[str, Any]:
    """A route's keywords, with a body that is a pack."""
    text = {"schema": {"type": "string", "description": "A policy pack"}}
    json = {
        "schema": {
            "type": "object",
            "required": ["toml"],
            "additionalProperties": False,
            "properties": {
                "toml": {"type": "string"},
                "published_by": {"type": ["string", "null"]},
            },
        }
    }
    content = {**dict.fromkeys(sorted(_AS_TEXT), text), "application/json": json}
    described["openapi_extra"]["requestBody"] = {"required": True, "content": content}
    return described


@router.get("/v1/policies", dependencies=[_READ], **listed(POLICIES))
async def policies(request: Request, lists: TheLists, page: ThePage) -> Response:
    """Every edition of every pack that was published."""
    return await lists.answer(request, policies_of(), page)


@router.get(
    "/v1/policies/{pack}",
    dependencies=[_READ],
    **answers(PolicySeen, UnknownPack, MalformedInstant, BeforeFirstPack),
)
async def policy(
    request: Request,
    pack: str,
    ledger: TheLedger,
    at: Annotated[str | None, Query(description="In force at this instant; absent, now")] = None,
) -> Response:
    """What a pack says: the edition in force, or the one that is named as `pack@edition`.

    With `Accept: application/toml`, the text of a pack's file that says the same.
    """
    instant = ledger.now() if at is None else parse_instant(at, "at")
    found = published(ledger, pack, instant)
    document = await run_in_threadpool(document_of, ledger, found)
    if request.headers.get("accept", "").partition(";")[0].strip() == _TOML:
        return Response(to_toml(document), media_type=_TOML)
    return answer(PolicySeen(edition_of(found), document))


@router.get(
    "/v1/policies/{pack}/differences",
    dependencies=[_READ],
    **answers(PoliciesCompared, UnknownPack, MalformedInstant, BeforeFirstPack),
)
async def policy_differences(
    pack: str,
    ledger: TheLedger,
    begin: Annotated[
        str | None,
        Query(alias="from", description="An edition, or an instant; absent, the one before `to`"),
    ] = None,
    to: Annotated[
        str | None, Query(description="An edition, or an instant; absent, the one in force now")
    ] = None,
) -> Response:
    """What one edition says otherwise than another, place by place and in sentences."""
    return answer(await run_in_threadpool(compared, ledger, pack, begin, to))


@router.post(
    "/v1/policies:check",
    dependencies=[_READ],
    **_with_pack(answers(Checked, WrongMediaType, BodyTooLarge)),
)
async def check_policy(request: Request, ledger: TheLedger) -> Response:
    """Whether a pack could be published, and what it says otherwise than the edition in force; if
    not, everything that is wrong with it.
    """
    pack = await _pack_in(request)
    return answer(await run_in_threadpool(_checked, pack.toml, ledger))


@router.post(
    "/v1/policies",
    dependencies=[require("policy:publish")],
    **_with_pack(
        answers(
            Published,
            MalformedPack,
            EditionToldDifferently,
            PublishedTooLate,
            ImpactReportMissing,
            WrongMediaType,
            BodyTooLarge,
            Importing,
            Busy,
            Unavailable,
        )
    ),
)
async def publish_policy(request: Request, actor: CurrentActor, ledger: TheLedger) -> Response:
    """Publish an edition: it takes effect from `effective_from` on, and never changes again."""
    pack = await _pack_in(request)
    if pack.published_by is not None:
        actor.answers_for("published_by", pack.published_by)
    who = pack.published_by or actor.subject or "operator"

    def publish() -> tuple[PublishedEdition, bool]:
        document = canonical(read(pack.toml))
        ref = policy_from(from_canonical(document)).ref
        before = any(e.policy.ref == ref for e in ledger.rulebook.book.editions)
        ledger.publish(document, who)
        return published(ledger, ref, 0), before

    edition, before = await run_in_threadpool(publish)
    told = Published(edition_of(edition), position_text(edition.position))
    return answer(told, headers={"Idempotency-Replayed": "true"} if before else None)


def _checked(toml: str, ledger: Ledger) -> Checked:
    try:
        document = read(toml)
        found = policy_from(document)
    except MalformedPack as wrong:
        return Checked(False, tuple(MistakeSeen(*mistake) for mistake in wrong.mistakes))
    try:
        before = published(ledger, found.name, ledger.now())
    except (UnknownPack, BeforeFirstPack):
        return Checked(True, (), found.ref, found.digest, document)
    differences = differences_seen(document_of(ledger, before), document)
    ref = before.policy.ref
    return Checked(True, (), found.ref, found.digest, document, ref, differences)


async def _pack_in(request: Request) -> Pack:
    expect_media_type(request, _AS_TEXT | {"application/json"})
    body = await whole_body(request, _AT_MOST)
    if request.headers["content-type"].partition(";")[0].strip().lower() == "application/json":
        return into(Pack, body, {})
    try:
        return Pack(body.decode())
    except UnicodeDecodeError:
        raise MalformedBody("the pack is not UTF-8", accepted="TOML 1.0 in UTF-8") from None
