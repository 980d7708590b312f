"""The way in and the way out: by key, by the organisation's OpenID provider, and signing out."""

from typing import Any, Final

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.console.arriving import over_https
from api.console.asking import SILENT
from api.console.forms import SentForm
from api.console.kindly import console_router
from api.console.openid.asking import ProviderAway
from api.console.openid.flow import BEGUN_S, Begun, NotLetIn, OpenId, begin, begun_in
from api.console.openid.provider import TokenRefused
from api.console.places import place_in
from api.console.rendering import go, page
from api.console.visitors import open_page, signed_in, visitor_of
from api.console.with_keys import SellersKey, SessionVisitors, TooManyTries
from api.console.without_keys import AnybodyHere
from api.refusals import NotAuthenticated

router = console_router(dependencies=[open_page()])
leaving = console_router(dependencies=[signed_in()])

_BEGUN: Final = "ledger-openid"
_HOST_BEGUN: Final = f"__Host-{_BEGUN}"
_log: Final = structlog.get_logger("seller-ledger")

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
_ENDS: Final[dict[str, tuple[int, dict[str, Any]]]] = {
    "away": (
        502,
        {
            "title": "The sign-in service does not answer",
            "detail": "Nothing is wrong with your account. Try again in a minute, or use a key.",
        },
    ),
    "again": (
        400,
        {
            "title": "This sign-in was not finished",
            "detail": "It took too long, was begun in another browser, or another one was begun "
            "after it.",
            "accepted": "a new try",
        },
    ),
    "declined": (
        403,
        {
            "title": "The sign-in service did not sign you in",
            "detail": "It was broken off there, or your account may not use the console.",
        },
    ),
    "no-role": (
        403,
        {
            "title": "You are known, but have no place here",
            "detail": "Your account has no role in this console. Ask whoever gives out roles for "
            "one.",
        },
    ),
    "no-id": (
        403,
        {
            "title": "The ledger cannot keep your name",
            "detail": "What names your account there is not an id here. Whoever runs the ledger "
            "can choose another claim for it.",
        },
    ),
    "unverified": (
        403,
        {
            "title": "Your mail address is not verified",
            "detail": "The sign-in service has to verify it before it can name you here.",
        },
    ),
}
"""How a sign-in at the provider can end, each with its status. Ends are told on the page for
signing in: the provider's own address for us holds a code, which no page should keep.
"""


@router.get("/console/sign-in")
async def way_in(request: Request) -> Response:
    """Where somebody says who they are."""
    then = place_in(request.query_params.get("then"))
    visitors = request.app.state.visitors
    if isinstance(visitors, AnybodyHere):
        return go(request, then)
    if not visitors.is_safe(request):
        return _shown(request, then, 403, _PLAIN)
    status, problem = _ENDS.get(request.query_params.get("end", ""), (200, None))
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


@router.get("/console/sign-in-openid")
async def by_openid(request: Request) -> Response:
    """Send the browser to the provider. A link leads here: the policy of pages lets no form lead
    to another site.
    """
    then = place_in(request.query_params.get("then"))
    visitors, openid = _openid(request)
    if openid is None or visitors is None:
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
    if openid is None or visitors is None:
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


@leaving.post("/console/sign-out")
async def sign_out(request: Request, form: SentForm) -> Response:
    """End the session at the server; with `everywhere`, all of the visitor's."""
    visitors = request.app.state.visitors
    if isinstance(visitors, AnybodyHere):
        return go(request, "visitor")
    answer = go(request, "signed-out")
    session = await visitors.let_out(request, answer, everywhere=bool(form.get("everywhere")))
    # Forms that were sent are kept for who goes back to them; nobody else shall.
    answer.headers["Clear-Site-Data"] = '"cache"'
    if session is not None and session.how == "openid":
        there = go(request, "signed-out", {"how": "openid"})
        answer.headers["location"] = there.headers["location"]
    return answer


@router.get("/console/signed-out")
async def signed_out(request: Request) -> Response:
    """Says that it is done, and leads to the provider's own end where that is another matter."""
    if visitor_of(request) is not None:
        return go(request, "")
    _, openid = _openid(request)
    there: str | None = None
    if openid is not None and request.query_params.get("how") == "openid":
        try:
            there = await openid.way_out_for_good()
        except ProviderAway:
            there = None
    return page(request, "signed_out.html", None, there=there)


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
