"""What goes wrong on a page is told on a page: what it was, and what to do about it."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

import msgspec
import structlog
from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api.console.asking import SILENT, Passed, Refused
from api.console.forms import KEY, TOKEN, fields_of
from api.console.rendering import PREFIX, go, page
from api.console.visitors import READING, ForgedForm, NotSignedIn, StaleForm, visitor_of
from api.logs import where
from api.problems import BROKEN, problem_of
from api.traffic import REQUEST_ID
from ledger.facts.refusal import Refusal

_log: Final = structlog.get_logger("seller-ledger")
_NOBODY: Final = 401
_AWAY: Final = 503
_STALE: Final = {
    "title": "Send this form?",
    "detail": "This form was made before you signed in. Look at it once more, then send it.",
}
_ENDED: Final = {
    "title": "Sign in to send this form",
    "detail": "Your session has ended. Sign in in another tab, come back to this page, and send "
    "the form again.",
}
_FORGED: Final = {
    "title": "This form was not made here",
    "detail": "It was made by another site, or for somebody else. Nothing was written.",
    "accepted": "the same form, opened again from this console",
}
_MALFORMED: Final = {
    "title": "This address cannot be read",
    "detail": "A part of it is not what it should be.",
    "accepted": "an address that the console's own links give",
}


class KindRoute(APIRoute):
    """A page's route: a refusal becomes a page that says what to do."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, with ours around it."""
        answer = super().get_route_handler()

        async def kindly(request: Request) -> Response:
            try:
                return _with_kind_problems(request, await answer(request))
            except ClientDisconnect:
                raise
            except Exception as why:  # noqa: BLE001
                return await _instead(request, why)

        return kindly


def _with_kind_problems(request: Request, found: Response) -> Response:
    """An answer as it is; one that is handed on may still turn out to be a problem."""
    if isinstance(found, Passed):
        found.told = lambda refused: told(request, refused.status, refused.problem)
    return found


async def _instead(request: Request, why: Exception) -> Response:
    """The page that stands where another was asked for, and why."""
    match why:
        case NotSignedIn():
            return await _to_the_door(request)
        case StaleForm():
            return await _once_more(request, 403, _STALE)
        case ForgedForm():
            return told(request, 403, _FORGED)
        case Refused():
            return await _refused(request, why.status, why.problem)
        case Refusal():
            problem = problem_of(why, request.scope.get(REQUEST_ID))
            return await _refused(request, problem.status, msgspec.to_builtins(problem))
        case RequestValidationError():
            return told(request, 422, _MALFORMED)
        case HTTPException():
            return told(request, why.status_code, {"title": why.detail})
        case _:
            request_id = request.scope.get(REQUEST_ID)
            _log.error("request failed", request_id=request_id, **where(why))
            problem = msgspec.structs.replace(BROKEN, instance=request_id)
            return told(request, problem.status, msgspec.to_builtins(problem))


def console_router(**given: Any) -> APIRouter:
    """A router for pages: they are not part of the interface's document."""
    return APIRouter(route_class=KindRoute, include_in_schema=False, **given)


def told(request: Request, status: int, problem: dict[str, Any]) -> Response:
    """The page that tells a problem."""
    visitor = visitor_of(request)
    again = status == _AWAY and request.method in READING
    shown = {"problem": SILENT | problem, "again": again}
    return page(request, "problem.html", visitor, status, **shown)


async def _refused(request: Request, status: int, problem: dict[str, Any]) -> Response:
    """What was refused. A form that found the ledger away waits here, with all that was typed."""
    if status == _AWAY and request.method not in READING and await _made_here(request):
        return await _once_more(request, status, problem)
    return told(request, status, problem)


async def _made_here(request: Request) -> bool:
    try:
        await request.app.state.visitors.refuse_elsewhere(request)
    except ForgedForm:
        return False
    return True


async def _to_the_door(request: Request) -> Response:
    """Sign in first, and come back; a form that was sent waits for its visitor's word."""
    if request.method not in READING:
        made_here = await _made_here(request)
        return await _once_more(request, _NOBODY, _ENDED) if made_here else go(request, "sign-in")
    here = request.url.path.removeprefix(PREFIX)
    query = f"?{request.url.query}" if request.url.query else ""
    return go(request, "sign-in", {"then": here + query})


async def _once_more(request: Request, status: int, problem: dict[str, Any]) -> Response:
    """A form of our own that came too early or too late, with all that was typed, to be sent again.

    Only after the browser said that it was made here: another site's fields are not offered. One
    that found the ledger away keeps its token, since nobody can say now whose it is.
    """
    try:
        sent = await fields_of(request)
    except Refusal:
        return go(request, "sign-in")
    fields = [pair for pair in sent if pair[0] != TOKEN or status == _AWAY]
    seen = [(name, value) for name, value in fields if value and name not in (KEY, TOKEN)]
    shown: dict[str, Any] = {"problem": SILENT | problem, "fields": fields, "seen": seen}
    visitor = visitor_of(request)
    answer = page(request, "again.html", visitor, status, came_to=status, **shown)
    if status == _NOBODY:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="seller-ledger"'
    return answer
