"""One sign-in: off to the provider, and back with a code that becomes a person.

Nothing is kept at the server between the two. A cookie holds 256 random bits, from which state,
nonce and the verifier of PKCE follow, each by its own name: so any server can end what another
began, and only in the browser that began it.
"""

import hashlib
import hmac
import re
import secrets
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final, Literal, NamedTuple, cast
from urllib.parse import quote, urlencode

from api.access import Actor
from api.console.openid.asking import ask
from api.console.openid.client import Client
from api.console.openid.provider import Description, Provider, TokenRefused
from ledger.facts.ids import ID_PATTERN

BEGUN_S: Final = 900
"""How long somebody may be at the provider's."""
_SEED: Final = re.compile(r"[A-Za-z0-9_-]{43}")


class NotLetIn(Exception):
    """The provider knows the person, and the console does not let them in."""

    def __init__(self, why: Literal["no-role", "no-id", "unverified"]) -> None:
        super().__init__(why)
        self.why = why


class Begun(NamedTuple):
    """A sign-in on its way."""

    seed: str
    then: str
    """The place of the console that was wanted."""

    @property
    def state(self) -> str:
        """What has to come back."""
        return self._drawn("state")

    @property
    def nonce(self) -> str:
        """What the ID token has to hold."""
        return self._drawn("nonce")

    @property
    def verifier(self) -> str:
        """What shows the provider that it is us who bring the code."""
        return self._drawn("verifier")

    @property
    def challenge(self) -> str:
        """The verifier's hash, which goes ahead (PKCE, S256)."""
        return _text(hashlib.sha256(self.verifier.encode()).digest())

    @property
    def cookie(self) -> str:
        """As the browser keeps it meanwhile."""
        return f"{self.seed}.{_text(self.then.encode())}"

    def _drawn(self, name: str) -> str:
        return _text(hmac.digest(self.seed.encode(), name.encode(), "sha256"))


def begin(then: str) -> Begun:
    """A new sign-in, to end at the place `then`."""
    return Begun(secrets.token_urlsafe(32), then)


def begun_in(cookie: str) -> Begun | None:
    """The sign-in that a cookie keeps; None where it keeps none."""
    seed, _, then = cookie.partition(".")
    if not _SEED.fullmatch(seed):
        return None
    try:
        padded = then + "=" * (-len(then) % 4)
        return Begun(seed, urlsafe_b64decode(padded).decode())
    except ValueError:
        return Begun(seed, "")


class OpenId:
    """Signs people in by one provider."""

    def __init__(self, client: Client, provider: Provider | None = None, asks: Any = ask) -> None:
        self.client = client
        self._provider = provider or Provider(client)
        self._asks = asks

    async def way_out(self, begun: Begun) -> str:
        """The provider's address where the person signs in. Raises `ProviderAway`."""
        described = await self._provider.description()
        asked = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.client.redirect,
            "scope": self.client.asks_for,
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": begun.challenge,
            "code_challenge_method": "S256",
        }
        return _with(described.authorization_endpoint, asked)

    async def way_out_for_good(self) -> str | None:
        """Where the provider's own session is ended; None where it offers no such thing."""
        end = (await self._provider.description()).end_session_endpoint
        if end is None:
            return None
        back = {
            "client_id": self.client.client_id,
            "post_logout_redirect_uri": f"{self.client.address}signed-out",
        }
        return _with(end, back)

    async def person(self, begun: Begun, code: str) -> Actor:
        """Whom the code stands for, with the scopes of their roles.

        Raises `ProviderAway`, `TokenRefused`, or `NotLetIn` for whoever has no role here.
        """
        described = await self._provider.description()
        told = await self._redeemed(described, begun, code)
        token = told.get("id_token")
        if not isinstance(token, str):
            raise TokenRefused("there is no ID token")
        claims = await self._provider.claims(token, begun.nonce)
        wanted = (self.client.subject_claim, self.client.roles_claim)
        if any(_claim(claims, name) is None for name in wanted):
            claims = await self._more(described, told.get("access_token"), claims)
        return self._actor(claims)

    async def _redeemed(self, described: Description, begun: Begun, code: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.redirect,
            "code_verifier": begun.verifier,
        }
        headers: dict[str, str] = {}
        if self.client.secret is None:
            form["client_id"] = self.client.client_id
        elif "client_secret_basic" in described.token_endpoint_auth_methods_supported:
            pair = f"{quote(self.client.client_id, safe='')}:{quote(self.client.secret, safe='')}"
            headers["authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": self.client.client_id, "client_secret": self.client.secret}
        return await self._asks(described.token_endpoint, headers, form)

    async def _more(
        self, described: Description, access: object, claims: dict[str, Any]
    ) -> dict[str, Any]:
        """What the provider says of the person beside the ID token, where it keeps that short."""
        if described.userinfo_endpoint is None or not isinstance(access, str):
            return claims
        headers = {"authorization": f"Bearer {access}"}
        told = await self._asks(described.userinfo_endpoint, headers)
        if told.get("sub") != claims["sub"]:
            raise TokenRefused("the provider's word beside the ID token is of somebody else")
        return told | claims

    def _actor(self, claims: dict[str, Any]) -> Actor:
        name = self.client.subject_claim
        subject = _claim(claims, name)
        if not isinstance(subject, str) or not re.fullmatch(ID_PATTERN, subject):
            raise NotLetIn("no-id")
        if name == "email" and claims.get("email_verified") is not True:
            raise NotLetIn("unverified")
        told: object = _claim(claims, self.client.roles_claim)
        roles = cast(list[object], told) if isinstance(told, list) else [told]
        scopes = frozenset[str]().union(
            *(self.client.roles.get(role, ()) for role in roles if isinstance(role, str))
        )
        if not scopes:
            raise NotLetIn("no-role")
        return Actor(subject, scopes)


def _claim(claims: dict[str, Any], name: str) -> Any:
    """A claim by its name, or by its path where it lies deeper: `realm_access.roles`."""
    if name in claims:
        return claims[name]
    found: object = claims
    for part in name.split("."):
        if not isinstance(found, dict):
            return None
        found = cast(dict[str, object], found).get(part)
    return found


def _with(address: str, asked: dict[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
