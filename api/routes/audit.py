"""What auditors take away."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.access import require
from api.audit.bundle import Wanted, bundle
from api.dependencies import MinPosition, SellerId, TheLedger
from api.openapi import answers
from api.positions import seen
from api.representations import position_text
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


@router.get("/v1/sellers/{seller_id}/audit-bundle", **_ANSWERS)
async def audit_bundle(
    seller_id: SellerId,
    ledger: TheLedger,
    at: Annotated[
        list[str] | None,
        Query(description="Tell the standing at this instant, as known then and now; several"),
    ] = None,
    known_at: Annotated[
        str | None, Query(description="Only what had been recorded by then; absent, all")
    ] = None,
    min_position: MinPosition = None,
) -> Response:
    """The seller's facts as they are stored, its standings at chosen instants with their reasons,
    the policy packs, and proofs of the facts: all that it takes to check them elsewhere.
    """
    wanted = Wanted(
        seller_id,
        tuple(parse_instant(text, "at") for text in at or ()),
        None if known_at is None else parse_instant(known_at, "known_at"),
    )
    await seen(ledger, min_position)
    made = await run_in_threadpool(bundle, ledger, wanted)
    headers = {
        "Content-Disposition": f'attachment; filename="{made.file_name}"',
        "Ledger-Position": position_text(made.position),
    }
    return Response(made.body, 200, headers, media_type=ZIP)
