"""With LEDGER_AUTH=off only this machine is served, and a browser on it must not be a way around.

A page of any site can have the visitor's browser ask 127.0.0.1. It cannot read the answer, but a
form without a body would be a write; and a site whose name is made to lead here (DNS
rebinding) could read, too. Both show: in `Host`, and in where the browser says a write is from.
"""

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.console.arriving import is_loopback_host
from api.problems import refused
from api.refusals import NotThisMachine
from api.traffic import REQUEST_ID

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_ELSEWHERE: Final = frozenset({"cross-site", "same-site"})


class OwnMachine:
    """Refuses what a browser sends for somebody else. Programs that name no host are let through:
    every browser names one.
    """

    def __init__(self, app: ASGIApp, address: str | None = None) -> None:
        self._app = app
        self._own = urlsplit(address or "").netloc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI asks."""
        if scope["type"] == "http" and (wrong := self._wrong(scope)) is not None:
            await refused(wrong, scope.get(REQUEST_ID))(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _wrong(self, scope: Scope) -> NotThisMachine | None:
        # Every read of a standing comes this way: nothing more than the one header is looked at.
        for name, value in scope["headers"]:
            if name == b"host" and not self._is_ours(value.decode("latin-1")):
                return NotThisMachine("Host", value.decode("latin-1"))
        if scope["method"] in _READING:
            return None
        headers = Headers(scope=scope)
        if headers.get("sec-fetch-site") in _ELSEWHERE:
            return NotThisMachine("Sec-Fetch-Site", headers["sec-fetch-site"])
        origin = headers.get("origin")
        if origin is not None and not self._is_ours(urlsplit(origin).netloc):
            return NotThisMachine("Origin", origin)
        return None

    def _is_ours(self, host: str) -> bool:
        return is_loopback_host(host) or (bool(self._own) and host.lower() == self._own)
