"""With LEDGER_AUTH=off everybody on this machine is an administrator, and says a name."""

import hmac
import secrets
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from api.access import ANYBODY
from api.console.forms import TOKEN, form_of
from api.console.visitors import ForgedForm, Visitor
from api.refusals import MalformedBody, WrongMediaType

NAME: Final = "ledger-name"
"""The cookie that keeps whose name goes into decisions."""


class AnybodyHere:
    """Knows nobody and lets everybody in; forms of other sites are refused all the same."""

    def __init__(self) -> None:
        self._token = secrets.token_urlsafe(24)

    async def visitor(self, request: Request) -> Visitor | None:
        """Whoever asks."""
        return Visitor(ANYBODY, request.cookies.get(NAME), self._token)

    async def refuse_forged(self, request: Request, visitor: Visitor) -> None:
        """Raise `ForgedForm` unless the form was made here."""
        await refuse_forged(request, visitor)


async def refuse_forged(request: Request, visitor: Visitor) -> None:
    """A form has to come from here, as the browser says, and bring back the visitor's token."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise ForgedForm
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ForgedForm
    try:
        brought = (await form_of(request)).get(TOKEN, "")
    except (MalformedBody, WrongMediaType):
        raise ForgedForm from None
    if not hmac.compare_digest(brought.encode(), visitor.token.encode()):
        raise ForgedForm
