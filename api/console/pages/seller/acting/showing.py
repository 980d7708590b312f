"""The page of a form: what was typed, what it would do, and who sends it."""

from collections import defaultdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.console.asking import Asking
from api.console.deciding import Shown, who_decides
from api.console.pages.seller.about import seller_page
from api.console.visitors import Visitor


async def form_page(
    request: Request,
    template: str,
    visitor: Visitor,
    ask: Asking,
    seller_id: str,
    form: Shown,
    /,
    **shown: Any,
) -> Response:
    """A form about a seller as it was sent, empty where nothing was."""
    return await seller_page(
        request,
        template,
        visitor,
        ask,
        seller_id,
        form.status,
        shown=form,
        sent=defaultdict(str, form.typed),
        problem=form.problem,
        who=who_decides(visitor),
        **shown,
    )
