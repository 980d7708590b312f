"""The way out: of the console, and of the provider where that is another matter."""

from starlette.requests import Request
from starlette.responses import Response

from api.console.forms import SentForm
from api.console.kindly import console_router
from api.console.openid.asking import ProviderAway
from api.console.rendering import go, page
from api.console.visitors import open_page, signed_in, visitor_of
from api.console.with_keys import SessionVisitors
from api.console.without_keys import AnybodyHere

router = console_router(dependencies=[signed_in()])
everybody = console_router(dependencies=[open_page()])


@router.post("/console/sign-out")
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


@everybody.get("/console/signed-out")
async def signed_out(request: Request) -> Response:
    """Says that it is done, and leads to the provider's own end where that is another matter."""
    if visitor_of(request) is not None:
        return go(request, "")
    visitors = request.app.state.visitors
    openid = visitors.openid if isinstance(visitors, SessionVisitors) else None
    there: str | None = None
    if openid is not None and request.query_params.get("how") == "openid":
        try:
            there = await openid.way_out_for_good()
        except ProviderAway:
            there = None
    return page(request, "signed_out.html", None, there=there)
