"""Whether a form was made here: what the browser says of its origin, and the visitor's token.

Browsers say it in `Sec-Fetch-Site`, over https and on this machine, and in `Origin`; no page
can write either. The token is for those that say neither: a page of another site cannot read it.
"""

import hmac
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from api.console.forms import TOKEN, form_of
from api.console.visitors import ForgedForm, StaleForm, Visitor
from api.refusals import MalformedBody, WrongMediaType

_FROM_HERE: Final = frozenset({"same-origin", "none"})
"""`none`: the visitor did it by hand, as when a page is loaded again."""


def comes_from_here(request: Request, address: str | None = None) -> bool | None:
    """Whether this console's own page sent the request; None where the browser says nothing.

    `address` is the console's public one: behind a proxy that changes `Host`, only the operator
    can tell what the browser sees.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in _FROM_HERE
    origin = request.headers.get("origin")
    if origin is None:
        return None
    named = urlsplit(origin).netloc
    ours = {request.headers.get("host"), urlsplit(address or "").netloc or None}
    return bool(named) and named in ours


def refuse_elsewhere(request: Request, address: str | None) -> None:
    """Before there is a token, as on the page for signing in: the browser has to say that the form
    is ours. Raises `ForgedForm`.
    """
    if not comes_from_here(request, address):
        raise ForgedForm


async def refuse_forged(request: Request, visitor: Visitor, address: str | None = None) -> None:
    """A form comes from here, as far as the browser says, and brings back the visitor's token.

    Raises `ForgedForm`, or `StaleForm` for one of our own that was made before signing in.
    """
    here = comes_from_here(request, address)
    if here is False:
        raise ForgedForm
    try:
        brought = (await form_of(request)).get(TOKEN, "")
    except (MalformedBody, WrongMediaType):
        raise ForgedForm from None
    if not hmac.compare_digest(brought.encode(), visitor.token.encode()):
        raise StaleForm if here else ForgedForm
