"""The keys of the console: what each does, and the switch that takes them away."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.console.forms import SentForm
from api.console.kindly import console_router
from api.console.rendering import KEYS, go, page
from api.console.visitors import open_page, visitor_of

everybody = console_router(dependencies=[open_page()])

_A_YEAR_S: Final = 365 * 86_400


@everybody.get("/console/keys")
async def shortcuts(request: Request) -> Response:
    """What the keyboard does here. Keys lead only to places that the visitor may see."""
    switched = request.query_params.get("switched")
    return page(request, "keys.html", visitor_of(request), switched=switched in ("on", "off"))


@everybody.post("/console/keys")
async def switch(request: Request, form: SentForm) -> Response:
    """Switch single keys off or on again, for whom they stand in the way: who speaks to the
    computer, or strikes keys by accident. Kept by the browser alone.
    """
    off = form.get("keys") == "off"
    answer = go(request, "keys", {"switched": "off" if off else "on"})
    if off:
        answer.set_cookie(KEYS, "off", max_age=_A_YEAR_S, httponly=True, samesite="strict")
    else:
        answer.delete_cookie(KEYS)
    return answer
