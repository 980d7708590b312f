"""The console's door mat: where it begins, the theme, and addresses that are no page."""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.console.forms import SentForm
from api.console.kindly import console_router, told
from api.console.places import first_place, place_in
from api.console.rendering import THEME, THEMES, go
from api.console.visitors import CurrentVisitor, open_page, signed_in

router = console_router(dependencies=[signed_in()])
everybody = console_router(dependencies=[open_page()])
nowhere = console_router(dependencies=[signed_in()])

_A_YEAR_S: Final = 365 * 86_400


@everybody.get("/console")
async def without_slash() -> Response:
    """Links stand relative to the console's own folder, so the address has to name it."""
    return RedirectResponse("console/", 308)


@router.get("/console/")
async def beginning(request: Request, visitor: CurrentVisitor) -> Response:
    """The console begins with the first place that the visitor may see."""
    return go(request, first_place(visitor))


@everybody.post("/console/theme")
async def choose_theme(request: Request, form: SentForm) -> Response:
    """Light, dark, or as the browser has it; kept by the browser alone."""
    answer = go(request, place_in(form.get("back")))
    if form.get("theme") in THEMES:
        answer.set_cookie(THEME, form["theme"], max_age=_A_YEAR_S, httponly=True, samesite="strict")
    else:
        answer.delete_cookie(THEME)
    return answer


@nowhere.get("/console/{rest:path}")
@nowhere.post("/console/{rest:path}")
async def no_page(request: Request, rest: str) -> Response:
    """An address that is no page, or that takes no form."""
    problem = {
        "title": "There is no such page",
        "detail": f"The console has no page {rest[:200]!r}.",
        "accepted": "a page that the console names, above all in its list of places",
    }
    return told(request, 404, problem)
