"""The provider as it describes itself, and its keys, both read again from time to time.

A provider changes its keys when it likes: a token signed with one that is not known has them
read anew, though not oftener than every half minute, whatever tokens people bring.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry, decode

from api.console.openid.asking import ProviderAway, ask
from api.console.openid.client import Client

DESCRIBED_S: Final = 3600.0
KEYS_S: Final = 3600.0
KEYS_AGAIN_S: Final = 30.0
CLOCKS_APART_S: Final = 60
"""How far its clock may be from ours."""
ALGORITHMS: Final = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519",
    "EdDSA",
)  # fmt: skip
"""Signatures by a key of the provider's alone. Never `none`, and none by a shared secret."""
_KINDS: Final = ("RSA", "EC", "OKP")


class TokenRefused(Exception):
    """The provider's word about a person does not hold; the message is for operators."""


class Description(msgspec.Struct, frozen=True):
    """What is read of `/.well-known/openid-configuration`."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class Provider:
    """One provider, asked seldom."""

    def __init__(
        self,
        client: Client,
        asks: Callable[..., Awaitable[dict[str, Any]]] = ask,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._asks = asks
        self._tick = tick
        self._described: tuple[float, Description] | None = None
        self._keys: tuple[float, KeySet] | None = None

    async def description(self) -> Description:
        """How the provider describes itself. Raises `ProviderAway`."""
        now = self._tick()
        if self._described is not None and now < self._described[0]:
            return self._described[1]
        address = self._client.issuer.rstrip("/") + "/.well-known/openid-configuration"
        try:
            found = msgspec.convert(await self._asks(address), Description)
        except msgspec.ValidationError:
            raise ProviderAway("its description lacks what it has to say") from None
        if found.issuer != self._client.issuer:
            raise ProviderAway("it calls itself otherwise than LEDGER_OPENID_ISSUER does")
        self._described = now + DESCRIBED_S, found
        return found

    async def claims(self, token: str, nonce: str) -> dict[str, Any]:
        """What an ID token says, once it is known to be the provider's, for us, for this sign-in.

        Raises `TokenRefused` or `ProviderAway`.
        """
        try:
            claims = await self._verified(token)
            registry = JWTClaimsRegistry(
                leeway=CLOCKS_APART_S,
                iss={"essential": True, "value": self._client.issuer},
                aud={"essential": True, "value": self._client.client_id},
                sub={"essential": True},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            )
            registry.validate(claims)
        except (JoseError, ValueError, TypeError, KeyError) as wrong:
            raise TokenRefused(f"the ID token: {type(wrong).__name__}") from None
        if claims.get("azp", self._client.client_id) != self._client.client_id:
            raise TokenRefused("the ID token is for another client")
        return claims

    async def _verified(self, token: str) -> dict[str, Any]:
        keys, read_at = await self._known_keys()
        try:
            return decode(token, keys, list(ALGORITHMS)).claims
        except (JoseError, ValueError):
            if self._tick() - read_at < KEYS_AGAIN_S:
                raise
        self._keys = None
        keys, _ = await self._known_keys()
        return decode(token, keys, list(ALGORITHMS)).claims

    async def _known_keys(self) -> tuple[KeySet, float]:
        now = self._tick()
        if self._keys is None or now - self._keys[0] > KEYS_S:
            told = await self._asks((await self.description()).jwks_uri)
            # A symmetric key has no place here, and one of a kind that is not known no use.
            try:
                usable = [key for key in told["keys"] if key.get("kty") in _KINDS]
                self._keys = now, KeySet.import_key_set({"keys": usable})
            except (JoseError, ValueError, TypeError, KeyError, AttributeError):
                raise ProviderAway("its keys cannot be read") from None
        return self._keys[1], self._keys[0]
