"""What auditors take away."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.access import CurrentActor, require
from api.audit.bundle import Wanted, bundle
from api.dependencies import MinPosition, SellerId, TheLedger, an_id
from api.lists.answering import TheLists, listed
from api.lists.asking import At, OfSeller, instant
from api.lists.paging import ThePage
from api.lists.reads import READS, ReadsWanted
from api.lists.reads import reads as reads_as
from api.lists.sending import Counted
from api.openapi import answers
from api.positions import seen
from api.refusals import WrongScope
from api.representations import position_text
from api.sensitive import recorded
from ledger.facts.instants import MalformedInstant, parse_instant
from ledger.log import KnownAtInFuture
from ledger.policy.book import BeforeFirstPack
from ledger.store.refusals import NotSettled, NotThereYet
from projections.tree.reading import NotProvedYet

ZIP = "application/zip"

_ANSWERS = answers(
    str, MalformedInstant, KnownAtInFuture, BeforeFirstPack, NotSettled,
    NotThereYet, NotProvedYet, says="The bundle: a ZIP with a README.txt that says how to check it",
)  # fmt: skip
_ANSWERS["responses"][200]["content"] = {ZIP: {"schema": {"type": "string", "format": "binary"}}}

router = APIRouter(tags=["audit"], dependencies=[require("audit:read")])
reading = APIRouter(tags=["audit"], dependencies=[require("admin")])


@router.get(
    "/v1/sellers/{seller_id}/audit-bundle", dependencies=[recorded("audit-bundle")], **_ANSWERS
)
async def audit_bundle(
    seller_id: SellerId,
    actor: CurrentActor,
    ledger: TheLedger,
    at: Annotated[
        list[str] | None,
        Query(description="Tell the standing at this instant, as known then and now; several"),
    ] = None,
    known_at: Annotated[
        str | None, Query(description="Only what had been recorded by then; absent, all")
    ] = None,
    texts: Annotated[
        bool, Query(description="With the texts that its facts seal: only for admin")
    ] = False,
    min_position: MinPosition = None,
) -> Response:
    """The seller's facts as they are stored, its standings at chosen instants with their reasons,
    the policy packs, and proofs of the facts: all that it takes to check them elsewhere.
    """
    if texts and not actor.may("admin"):
        raise WrongScope("admin")
    wanted = Wanted(
        seller_id,
        tuple(parse_instant(text, "at") for text in at or ()),
        None if known_at is None else parse_instant(known_at, "known_at"),
        texts=texts,
    )
    await seen(ledger, min_position)
    made = await run_in_threadpool(bundle, ledger, wanted)
    headers = {
        "Content-Disposition": f'attachment; filename="{made.file_name}"',
        "Ledger-Position": position_text(made.position),
    }
    return Counted(made.body, made.facts, headers, ZIP, words=texts)


@reading.get("/v1/audit/reads", dependencies=[recorded("reads")], **listed(READS, MalformedInstant))
async def reads(
    request: Request,
    lists: TheLists,
    page: ThePage,
    who: Annotated[
        str | None, Query(description="The subject of a key, or operator"), an_id("who")
    ] = None,
    what: Annotated[str | None, Query(description="As it was recorded"), an_id("what")] = None,
    seller_id: OfSeller = None,
    begin: Annotated[At, Query(alias="from")] = None,
    before: Annotated[At, Query(alias="to")] = None,
) -> Response:
    """Who read sensitive records, and which, in the order in which it was recorded."""
    wanted = ReadsWanted(who, what, seller_id, instant(begin, "from"), instant(before, "to"))
    return await lists.answer(request, reads_as(wanted), page)
