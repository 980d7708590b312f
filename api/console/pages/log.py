"""The log: its newest facts as they come, a search, one fact with what proves it."""

import re
from asyncio import gather
from collections.abc import Awaitable
from typing import Any, Final, Literal, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import Asked, Asking, Refused
from api.console.kindly import console_router
from api.console.proving import checked, newest_checkpoint, proof_read
from api.console.rendering import page, words
from api.console.views import SORT, View, tidied, view_of, with_its_address
from api.console.visitors import CurrentVisitor, signed_in
from ledger.facts.kinds import KINDS

router = console_router(dependencies=[signed_in("audit:read")])

Told = TypeVar("Told")

_ROWS: Final = 50
_NEW_AT_ONCE: Final = 100
_NEWEST_FIRST: Final = "-recorded"
_NO_MORE: Final = 20
"""Causes and effects that a fact's page shows; the search shows the others."""
_POSITION: Final = "ledger-position"
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MINUTE: Final = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)", re.ASCII)
_LABELS: Final = {
    "kind": "kind",
    "seller_id": "seller",
    "actor": "who did it",
    "from": "recorded from",
    "to": "recorded before",
    "rule": "rule",
    "listing_id": "listing",
    "violation_id": "violation",
    "dispute_id": "dispute",
    "report_id": "report",
    "campaign_id": "campaign",
    "correlation_id": "matter",
    "caused_by": "followed from",
}
_MORE: Final = (
    "rule", "listing_id", "violation_id", "dispute_id", "report_id", "campaign_id",
    "correlation_id", "caused_by",
)  # fmt: skip
"""Filters that stand behind a click, unless one of them is in force."""
_READY: Final = (
    ("Suspensions and other sanctions", {"kind": "sanction-imposed"}),
    ("Annulments", {"kind": "violation-annulled"}),
    ("Appeals decided for the seller", {"kind": "appeal-upheld"}),
    ("Policies", {"kind": "policy-published"}),
    ("Who read people's words", {"kind": "sensitive-record-read"}),
)
_KIND_NAMES: Final = sorted({name.partition(".")[0] for name in KINDS})


@router.get("/console/log")
async def log(request: Request, visitor: CurrentVisitor, ask: Asked) -> Response:
    """Facts, the newest first, and what the whole log is."""
    if (tidy := tidied(request)) is not None:
        return tidy
    view = _view(request)
    (found, position, problem), checkpoint, (verified, _) = await gather(
        _facts(ask, view), newest_checkpoint(ask), _tried(ask.get("/v1/log/verification"))
    )
    answer = page(
        request,
        "log.html",
        visitor,
        200 if problem is None else problem["status"],
        view=view,
        found=found,
        problem=problem,
        position=position,
        per_page=_ROWS,
        follows=_follows(view) and problem is None,
        checkpoint=checkpoint,
        verified=verified,
        chips=view.chips(_LABELS),
        ready=_READY,
        more=any(view.get(name) for name in _MORE),
        kinds=[(name, words(name)) for name in _KIND_NAMES],
    )
    return with_its_address(request, view, answer)


@router.get("/console/log/newest")
async def newest(request: Request, visitor: CurrentVisitor, ask: Asked) -> Response:
    """Facts recorded behind a position: rows for a page that follows the log.

    That facts were read is recorded. So how far the log is gets asked first, of a list that tells
    of nobody, and a page that waits reads no facts.
    """
    after = request.query_params.get("after", "")
    view = _view(request)
    policies = await ask.answer("GET", "/v1/policies", {"limit": "1"})
    if policies.headers[_POSITION] == after:
        return Response(status_code=204)
    filters = [pair for pair in view.pairs if pair[0] != SORT]
    asked = [*filters, ("after", after), ("limit", str(_NEW_AT_ONCE))]
    answer = await ask.answer("GET", "/v1/facts", asked)
    facts = answer.data["facts"][::-1]
    behind = answer.data["next"] or answer.headers[_POSITION]
    return page(request, "log_newest.html", visitor, facts=facts, after=behind)


@router.get("/console/log/facts/{fact_id}")
async def fact(request: Request, visitor: CurrentVisitor, ask: Asked, fact_id: str) -> Response:
    """One fact as people read it, what it followed from and brought, and what proves it."""
    asked, told = f"/v1/facts/{fact_id}", await ask.get(f"/v1/facts/{fact_id}")
    (causes, _), (effects, _), (proof, unproved), newest = await gather(
        _tried(ask.get(f"{asked}/causes", {"limit": _NO_MORE})),
        _tried(ask.get(f"{asked}/effects", {"limit": _NO_MORE})),
        _tried(proof_read(ask, fact_id)),
        newest_checkpoint(ask),
    )
    steps, unchecked = None, None
    if request.query_params.get("check") == "now":
        steps, unchecked = await _tried(checked(ask, told))
    return page(
        request,
        "log_fact.html",
        visitor,
        fact=told,
        raw=msgspec.json.format(msgspec.json.encode(told)).decode(),
        address=str(request.base_url),
        says=_says(told["kind"]),
        causes=causes,
        effects=effects,
        proof=proof,
        unproved=unproved,
        newest=newest,
        steps=steps,
        unchecked=unchecked,
    )


@router.get("/console/log/facts/{fact_id}/{what}")
async def proof_file(ask: Asked, fact_id: str, what: Literal["proof", "leaf"]) -> Response:
    """A fact's proof or its leaf as a file, as the route under /v1 makes it."""
    return ask.passing(f"/v1/facts/{fact_id}/{what}")


async def _facts(
    ask: Asking, view: View
) -> tuple[dict[str, Any] | None, str | None, dict[str, Any] | None]:
    """The page of facts, the position that it rests on, or the problem."""
    filters = [pair for pair in view.pairs if pair[0] != SORT]
    sort = (SORT, view.get(SORT) or _NEWEST_FIRST)
    asked = [*filters, sort, ("page_token", view.token), ("limit", str(_ROWS))]
    answer, problem = await _tried(ask.answer("GET", "/v1/facts", asked))
    if answer is None:
        return None, None, problem
    return answer.data, answer.headers[_POSITION], None


def _view(request: Request) -> View:
    """What the address asks for; of a day its first instant."""
    view = view_of(request, _NEWEST_FIRST)
    told = [(name, _instant(v) if name in ("from", "to") else v) for name, v in view.pairs]
    return view._replace(pairs=told)


def _instant(told: str) -> str:
    """A day or a minute as an instant in UTC; anything else as it was written."""
    if _DAY.fullmatch(told):
        return f"{told}T00:00:00Z"
    minute = _MINUTE.fullmatch(told)
    return told if minute is None else f"{minute[1]}T{minute[2]}:00Z"


def _follows(view: View) -> bool:
    """Whether what is recorded next belongs at the top of this page."""
    newest_first = (view.get(SORT) or _NEWEST_FIRST) == _NEWEST_FIRST
    return newest_first and view.token is None and view.get("to") is None


def _says(kind: str) -> str:
    """The sentence that a kind of fact is described by; it is part of the contract."""
    known = KINDS.get(kind)
    return "" if known is None else (known.__doc__ or "").partition("\n\n")[0].strip()


async def _tried(asking: Awaitable[Told]) -> tuple[Told | None, dict[str, Any] | None]:
    """What was answered, or the problem: a page shows the rest all the same."""
    try:
        return await asking, None
    except Refused as refused:
        return None, {**refused.problem, "status": refused.status}
