"""The way in: by key, or on to the organisation's OpenID provider."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import SILENT
from api.console.forms import SentForm
from api.console.kindly import console_router
from api.console.openid.ends import ENDS
from api.console.places import place_in
from api.console.rendering import go, page
from api.console.visitors import open_page, visitor_of
from api.console.with_keys import SellersKey, SessionVisitors, TooManyTries
from api.console.without_keys import AnybodyHere
from api.refusals import NotAuthenticated

router = console_router(dependencies=[open_page()])

_WRONG_KEY: Final = {"title": "This key does not open the console", "field": "key"}
_SELLERS_KEY: Final = {
    "title": "This key is a seller's own",
    "detail": "The console is for those who look after the marketplace. A seller's key reads that "
    "seller's standing over HTTP.",
    "accepted": "a key without a seller",
    "field": "key",
}
_PLAIN: Final = {
    "title": "Open the console over https",
    "detail": "Here a key would cross the network where others can read it.",
    "accepted": "the console's https address, or a browser on the server's own machine",
}


@router.get("/console/sign-in")
async def way_in(request: Request) -> Response:
    """Where somebody says who they are."""
    then = place_in(request.query_params.get("then"))
    visitors = request.app.state.visitors
    if isinstance(visitors, AnybodyHere):
        return go(request, then)
    if not visitors.is_safe(request):
        return _shown(request, then, 403, _PLAIN)
    status, problem = ENDS.get(request.query_params.get("end", ""), (200, None))
    return _shown(request, then, status, problem)


@router.post("/console/sign-in")
async def by_key(request: Request, form: SentForm) -> Response:
    """Let in whoever shows a key, with what the key opens."""
    then = place_in(form.get("then"))
    visitors = request.app.state.visitors
    if isinstance(visitors, AnybodyHere):
        return go(request, then)
    if not visitors.is_safe(request):
        return _shown(request, then, 403, _PLAIN)
    try:
        actor = await visitors.holder(request, form.get("key", ""))
    except TooManyTries as many:
        detail = f"Too many keys were wrong. Wait {many.wait_s} seconds, then try again."
        refused = _shown(request, then, 429, {"title": "A short pause", "detail": detail})
        refused.headers["Retry-After"] = str(many.wait_s)
        return refused
    except SellersKey:
        return _shown(request, then, 403, _SELLERS_KEY)
    except NotAuthenticated:
        refused = _shown(request, then, 401, _WRONG_KEY)
        refused.headers["WWW-Authenticate"] = 'Bearer realm="seller-ledger"'
        return refused
    answer = go(request, then)
    await visitors.let_in(request, answer, actor, "key")
    return answer


def _shown(
    request: Request, then: str, status: int = 200, problem: dict[str, Any] | None = None
) -> Response:
    visitors: SessionVisitors = request.app.state.visitors
    shown = None if problem is None else SILENT | problem
    return page(
        request, "sign_in.html", visitor_of(request), status,
        then=then, problem=shown, openid=visitors.openid is not None,
        safe=visitors.is_safe(request),
    )  # fmt: skip
