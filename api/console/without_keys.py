"""With LEDGER_AUTH=off everybody on this machine is an administrator, and says a name."""

import re
import secrets
from typing import Final

from starlette.requests import Request

from api.access import ANYBODY
from api.console.forgery import refuse_elsewhere, refuse_forged
from api.console.visitors import Visitor
from ledger.facts.ids import ID_PATTERN

NAME: Final = "ledger-name"
"""The cookie that keeps whose name goes into decisions."""


class AnybodyHere:
    """Knows nobody and lets everybody in; forms of other sites are refused all the same."""

    def __init__(self, address: str | None = None) -> None:
        self.address = address
        self._token = secrets.token_urlsafe(24)

    async def visitor(self, request: Request) -> Visitor | None:
        """Whoever asks."""
        name = request.cookies.get(NAME, "")
        return Visitor(ANYBODY, name if re.fullmatch(ID_PATTERN, name) else None, self._token)

    async def refuse_forged(self, request: Request, visitor: Visitor) -> None:
        """Raise `ForgedForm`, or `StaleForm`, unless the form was made here, by this process."""
        await refuse_forged(request, visitor, self.address)

    async def refuse_elsewhere(self, request: Request) -> None:
        """Raise `ForgedForm` unless the browser says that the form was made here."""
        refuse_elsewhere(request, self.address)
