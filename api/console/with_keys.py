"""With keys: a visitor is whoever shows the cookie of a living session."""

import hashlib
import hmac
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.access import Actor, Keys
from api.console.arriving import asker, on_this_machine, over_https
from api.console.forgery import refuse_elsewhere, refuse_forged
from api.console.openid.flow import OpenId
from api.console.sessions import How, Session, Sessions
from api.console.throttle import MOST_OF_ADDRESS, MOST_OF_KEY, Throttle
from api.console.visitors import Visitor
from api.refusals import NotAuthenticated

COOKIE: Final = "ledger-session"
HOST_COOKIE: Final = f"__Host-{COOKIE}"
"""Over https. A browser takes this name only with Secure and for the whole host, so neither a page
over http nor a neighbouring host can plant a session. Applications on the same host are sent it
too; they share its origin, and could ask in the visitor's name without it."""

BY_ITSELF: Final = "x-following"
"""What a page that follows the log says with what it asks: nobody need be before it."""


class TooManyTries(Exception):
    """Wrong keys came from this address, or with this id, too often within a minute."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"wait {wait_s} s")
        self.wait_s = wait_s


class SellersKey(Exception):
    """The key is good, and a seller's own: the console is for those who judge."""


class SessionVisitors:
    """Knows who is signed in, lets people in by key, and out again."""

    def __init__(
        self,
        keys: Keys,
        sessions: Sessions,
        address: str | None = None,
        openid: OpenId | None = None,
    ) -> None:
        self.keys = keys
        self.sessions = sessions
        self.address = address
        self.openid = openid
        self._of_address = Throttle(MOST_OF_ADDRESS)
        self._of_key = Throttle(MOST_OF_KEY)

    async def visitor(self, request: Request) -> Visitor | None:
        """Who shows this request's cookie; None where nobody is signed in."""
        secret = request.cookies.get(self._cookie(request))
        session = await self.session(request)
        if secret is None or session is None:
            return None
        return Visitor(session.actor, None, _token(secret))

    async def session(self, request: Request) -> Session | None:
        """The living session whose cookie this request shows."""
        secret = request.cookies.get(self._cookie(request))
        if not secret:
            return None
        known = self.sessions.remembered(secret)
        attended = BY_ITSELF not in request.headers
        return known or await run_in_threadpool(self.sessions.find, secret, attended=attended)

    async def refuse_forged(self, request: Request, visitor: Visitor) -> None:
        """Raise `ForgedForm`, or `StaleForm`, unless the form was made for this visitor, here."""
        await refuse_forged(request, visitor, self.address)

    async def refuse_elsewhere(self, request: Request) -> None:
        """Raise `ForgedForm` unless the browser says that the form was made here."""
        refuse_elsewhere(request, self.address)

    def is_safe(self, request: Request) -> bool:
        """Whether a key may travel this way: over https, or within this machine."""
        return over_https(request, self.address) or on_this_machine(request)

    async def holder(self, request: Request, key: str) -> Actor:
        """Whose key it is. Raises `TooManyTries`, `NotAuthenticated` or `SellersKey`."""
        address = asker(request, self.address)
        # What is no key at all counts for its address alone; its id is a key's only if it has one.
        key_id = key.split("_")[1][:32] if key.count("_") >= 2 else ""
        wait_s = max(self._of_address.wait_s(address), self._of_key.wait_s(key_id))
        if wait_s:
            raise TooManyTries(wait_s)
        try:
            actor = await run_in_threadpool(self.keys.actor, key)
        except NotAuthenticated:
            self._of_address.wrong(address)
            if key_id:
                self._of_key.wrong(key_id)
            raise
        if actor.seller_id is not None:
            raise SellersKey
        return actor

    async def let_in(self, request: Request, answer: Response, actor: Actor, how: How) -> None:
        """Begin a session and hand its cookie to the browser; one that it showed before ends."""
        assert actor.subject is not None and actor.seller_id is None
        before = await self.session(request)
        if before is not None:
            await run_in_threadpool(self.sessions.end, before.subject, before.session_id)
        key_id = actor.key_id if how == "key" else None
        secret = await run_in_threadpool(
            self.sessions.begin, actor.subject, actor.scopes, how, key_id
        )
        # Lax, since Strict would ask everybody to sign in who follows a link from a message, and
        # who comes back from the provider. What Lax lets through only reads.
        answer.set_cookie(
            self._cookie(request),
            secret,
            httponly=True,
            samesite="lax",
            secure=over_https(request, self.address),
        )

    async def let_out(
        self, request: Request, answer: Response, *, everywhere: bool = False
    ) -> Session | None:
        """End the session at the server, or all of its subject; the browser forgets the cookie."""
        session = await self.session(request)
        if session is not None:
            which = None if everywhere else session.session_id
            await run_in_threadpool(self.sessions.end, session.subject, which)
        self.forget(request, answer)
        return session

    def forget(self, request: Request, answer: Response) -> None:
        """Have the browser forget the cookie."""
        secure = over_https(request, self.address)
        answer.delete_cookie(self._cookie(request), httponly=True, samesite="lax", secure=secure)

    def _cookie(self, request: Request) -> str:
        return HOST_COOKIE if over_https(request, self.address) else COOKIE


def _token(secret: str) -> str:
    """What a session's forms bring back: it follows from the secret, and does not give it away."""
    return hmac.new(secret.encode(), b"form of the console", hashlib.sha256).hexdigest()
