"""Who is signed in, what they may, and where else; without keys, the name they go by."""

import re
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.access import SCOPES
from api.console.forms import Form, SentForm
from api.console.kindly import console_router
from api.console.places import place_in
from api.console.rendering import go, page
from api.console.sessions import IDLE
from api.console.visitors import CurrentVisitor, Visitor, signed_in
from api.console.with_keys import SessionVisitors
from api.console.without_keys import NAME
from ledger.facts.ids import ID_ACCEPTED, ID_PATTERN

router = console_router(dependencies=[signed_in()])

_A_YEAR_S: Final = 365 * 86_400
MEANING: Final = {
    "standing:read": "Read the standing of any seller.",
    "facts:write": "Record violations, disputes, reports and what services measured.",
    "cases:decide": "Decide appeals, disputes and reports, annul violations, waive sanctions.",
    "audit:read": "Read every fact and list, and people's own words; that is recorded.",
    "what-if:run": "Run what-if scenarios and read their results.",
    "policy:publish": "Publish policy packs.",
    "admin": "Everything, erasure and webhooks included.",
}
"""Scopes in words: what somebody can do with each."""


@router.get("/console/visitor")
async def who(request: Request, visitor: CurrentVisitor) -> Response:
    """The visitor, and what they may."""
    return await _shown(request, visitor)


@router.post("/console/visitor")
async def say_name(request: Request, visitor: CurrentVisitor, form: SentForm) -> Response:
    """Without keys: take the name that goes into decisions. It is kept by the browser alone."""
    if isinstance(request.app.state.visitors, SessionVisitors):
        return go(request, "visitor")
    name = form.get("name", "")
    if name and not re.fullmatch(ID_PATTERN, name):
        problem = {
            "title": "This name cannot be kept",
            "detail": f"{name[:80]!r} is not an id",
            "accepted": ID_ACCEPTED,
            "field": "name",
            "instance": None,
        }
        return await _shown(request, visitor, 422, problem, form)
    answer = go(request, place_in(form.get("then")) or "visitor")
    if name:
        answer.set_cookie(NAME, name, _A_YEAR_S, httponly=True, samesite="lax")
    else:
        answer.delete_cookie(NAME, httponly=True, samesite="lax")
    return answer


@router.post("/console/visitor/end-session")
async def end_session(request: Request, visitor: CurrentVisitor, form: SentForm) -> Response:
    """Sign the visitor out on another browser."""
    visitors = request.app.state.visitors
    subject = visitor.actor.subject
    session_id = form.get("session", "")
    named = re.fullmatch(ID_PATTERN, session_id)
    if isinstance(visitors, SessionVisitors) and subject is not None and named:
        await run_in_threadpool(visitors.sessions.end, subject, session_id)
    return go(request, "visitor", {"ended": "yes"})


async def _shown(
    request: Request,
    visitor: Visitor,
    status: int = 200,
    problem: dict[str, Any] | None = None,
    form: Form | None = None,
) -> Response:
    visitors = request.app.state.visitors
    then = place_in(request.query_params.get("then"))
    typed = {"name": visitor.name, "then": then} | (form or {})
    shown: dict[str, Any] = {"here_now": None, "others": []}
    if isinstance(visitors, SessionVisitors):
        now = await visitors.session(request)
        living = await run_in_threadpool(visitors.sessions.of, visitor.actor.subject or "")
        mine = None if now is None else now.session_id
        shown["here_now"] = next((each for each in living if each.session_id == mine), now)
        shown["others"] = [each for each in living if each.session_id != mine]
    return page(
        request, "visitor.html", visitor, status,
        problem=problem, typed=typed, with_keys=isinstance(visitors, SessionVisitors),
        scopes=_scopes(visitor), meaning=MEANING, idle_minutes=IDLE.seconds // 60,
        ended="ended" in request.query_params, **shown,
    )  # fmt: skip


def _scopes(visitor: Visitor) -> list[str]:
    """In the order in which they are explained; `admin` implies the others, and says so."""
    return [scope for scope in MEANING if scope in visitor.actor.scopes & SCOPES]
