"""Asking the provider: short JSON answers, in bounded time, from addresses that are safe.

httpcore is used as it is, as for webhooks: it follows no redirect, keeps no cookie and reads no
proxy from the environment.
"""

import asyncio
from collections.abc import Mapping
from functools import lru_cache
from ssl import SSLContext
from typing import Any, Final
from urllib.parse import urlencode

import httpcore
import msgspec

from api.console.openid.client import is_safe

ANSWER_S: Final = 10.0
_AT_MOST: Final = 1 << 20
_FORM: Final = "application/x-www-form-urlencoded"


class ProviderAway(Exception):
    """The provider does not answer, or not with what it should; the message is for operators."""


async def ask(
    url: str, headers: Mapping[str, str] | None = None, form: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What the provider answers, to a GET or to a POST of `form`. Raises `ProviderAway`."""
    if not is_safe(url):
        raise ProviderAway("the provider names an address that is neither https nor this machine's")
    sent = {"accept": "application/json", "user-agent": "seller-ledger", **(headers or {})}
    body = None if form is None else urlencode(form).encode()
    if body is not None:
        sent["content-type"] = _FORM
    try:
        async with asyncio.timeout(ANSWER_S):
            status, answered = await _exchange(url, sent, body)
    except TimeoutError:
        raise ProviderAway(f"no answer within {ANSWER_S:g} s") from None
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as broken:
        raise ProviderAway(f"no answer: {type(broken).__name__}") from None
    if status != 200:
        raise ProviderAway(f"answered {status}")
    try:
        return msgspec.json.decode(answered, type=dict[str, Any])
    except msgspec.MsgspecError:
        raise ProviderAway("answered with something that is no JSON object") from None


async def _exchange(url: str, headers: dict[str, str], body: bytes | None) -> tuple[int, bytes]:
    method = "GET" if body is None else "POST"
    told = [(name.encode(), value.encode()) for name, value in headers.items()]
    async with (
        httpcore.AsyncConnectionPool(ssl_context=_trusted()) as pool,
        pool.stream(method, url, headers=told, content=body) as response,
    ):
        held = bytearray()
        async for part in response.aiter_stream():
            held += part
            if len(held) > _AT_MOST:
                raise ProviderAway("answered with more than anybody needs")
        return response.status, bytes(held)


@lru_cache
def _trusted() -> SSLContext:
    context = httpcore.default_ssl_context()
    context.load_default_certs()
    return context
