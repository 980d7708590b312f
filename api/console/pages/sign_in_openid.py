"""The way in by the organisation's OpenID provider: off to it, and back."""

from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.console.arriving import over_https
from api.console.kindly import console_router
from api.console.openid.asking import ProviderAway
from api.console.openid.flow import BEGUN_S, Begun, NotLetIn, OpenId, begin, begun_in
from api.console.openid.provider import TokenRefused
from api.console.places import place_in
from api.console.rendering import go
from api.console.visitors import open_page
from api.console.with_keys import SessionVisitors

router = console_router(dependencies=[open_page()])

_BEGUN: Final = "ledger-openid"
_HOST_BEGUN: Final = f"__Host-{_BEGUN}"
_log: Final = structlog.get_logger("seller-ledger")


@router.get("/console/sign-in-openid")
async def by_openid(request: Request) -> Response:
    """Send the browser to the provider. A link leads here: the policy of pages lets no form lead
    to another site.
    """
    then = place_in(request.query_params.get("then"))
    visitors, openid = _openid(request)
    if openid is None or visitors is None or not visitors.is_safe(request):
        return go(request, "sign-in", {"then": then})
    begun = begin(then)
    try:
        answer = RedirectResponse(await openid.way_out(begun), 303)
    except ProviderAway as away:
        return _failed(request, then, away)
    secure = over_https(request, visitors.address)
    answer.set_cookie(
        _begun_cookie(request, visitors), begun.cookie, BEGUN_S,
        httponly=True, samesite="lax", secure=secure,
    )  # fmt: skip
    return answer


@router.get("/console/openid")
async def from_openid(request: Request) -> Response:
    """Take back whom the provider sends, with a code or a refusal."""
    visitors, openid = _openid(request)
    if openid is None or visitors is None or not visitors.is_safe(request):
        return go(request, "sign-in")
    told = request.query_params
    begun = begun_in(request.cookies.get(_begun_cookie(request, visitors), ""))
    issuer = told.get("iss", openid.client.issuer)
    if begun is None or told.get("state") != begun.state or issuer != openid.client.issuer:
        answer = _unfinished(request, "", "again")
    else:
        answer = await _ended(request, visitors, openid, begun)
    answer.delete_cookie(
        _begun_cookie(request, visitors), httponly=True, samesite="lax",
        secure=over_https(request, visitors.address),
    )  # fmt: skip
    return answer


async def _ended(
    request: Request, visitors: SessionVisitors, openid: OpenId, begun: Begun
) -> Response:
    """The end of a sign-in that this browser began."""
    then = place_in(begun.then)
    code = request.query_params.get("code")
    if code is None:
        return _unfinished(request, then, "declined")
    try:
        actor = await openid.person(begun, code)
    except (ProviderAway, TokenRefused) as away:
        return _failed(request, then, away)
    except NotLetIn as refused:
        return _unfinished(request, then, refused.why)
    answer = go(request, then)
    await visitors.let_in(request, answer, actor, "openid")
    return answer


def _failed(request: Request, then: str, why: Exception) -> Response:
    # For operators; neither of the two exceptions holds a code, a token or an answer.
    _log.warning("sign-in failed", kind=type(why).__name__, why=str(why))
    return _unfinished(request, then, "away")


def _unfinished(request: Request, then: str, end: str) -> Response:
    return go(request, "sign-in", {"then": then, "end": end})


def _openid(request: Request) -> tuple[SessionVisitors | None, OpenId | None]:
    visitors = request.app.state.visitors
    return (visitors, visitors.openid) if isinstance(visitors, SessionVisitors) else (None, None)


def _begun_cookie(request: Request, visitors: SessionVisitors) -> str:
    return _HOST_BEGUN if over_https(request, visitors.address) else _BEGUN
