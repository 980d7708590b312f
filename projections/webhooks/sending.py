"""One request to an endpoint: to an address that was checked, in bounded time, and no further.

httpcore is used as it is, below httpx: its network is a part of its public interface, so the very
address that was checked is the one connected to, at every connection. It follows no redirects,
keeps no cookies and reads no proxies from the environment.
"""

import asyncio
import socket
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Any, Final, NamedTuple, Self, cast

import httpcore

from ledger.facts.refusal import Refusal
from projections.webhooks.addresses import Place, check_addresses, place_in

ANSWER_WITHIN_S: Final = 15.0
"""From the look-up of the host to the end of the answer."""
_BODY_AT_MOST: Final = 64 << 10
_CONNECTIONS: Final = 200
_KEPT_OPEN_S: Final = 60.0
_LOOK_UPS: Final = ThreadPoolExecutor(128, "look-up")
"""A look-up blocks its thread however soon it is given up: names that nobody resolves would take
those threads on which the database is asked, and so hold up every endpoint.
"""


class Outcome(NamedTuple):
    """What became of one request: the status, or why there is none."""

    status: int | None
    problem: str | None

    @property
    def delivered(self) -> bool:
        """Whether the receiver took it."""
        return self.problem is None


class Sender:
    """Sends to webhooks; lives on one event loop, inside `async with`."""

    def __init__(self, *, private: bool, within_s: float = ANSWER_WITHIN_S) -> None:
        self._private = private
        self._within_s = within_s
        context = httpcore.default_ssl_context()
        context.load_default_certs()
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=_CONNECTIONS,
            max_keepalive_connections=_CONNECTIONS,
            keepalive_expiry=_KEPT_OPEN_S,
            network_backend=_CheckedNetwork(private=private),
        )

    async def __aenter__(self) -> Self:
        """Ready to send."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every connection."""
        await self._pool.aclose()

    async def send(self, url: str, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> Outcome:
        """POST a JSON body; never raises for what the other side or the network does."""
        try:
            place_in(url, private=self._private)
            async with asyncio.timeout(self._within_s):
                status = await self._post(url, headers, body)
        except TimeoutError:
            return Outcome(None, f"no answer within {self._within_s:g} s")
        except Refusal as refused:
            return Outcome(None, str(refused))
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as broken:
            return Outcome(None, f"no answer: {type(broken).__name__}")
        if 200 <= status < 300:
            return Outcome(status, None)
        return Outcome(status, f"answered {status}")

    async def _post(self, url: str, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> int:
        sent = [
            (b"content-type", b"application/json"),
            (b"user-agent", b"seller-ledger"),
            *headers,
        ]
        async with self._pool.stream("POST", url, headers=sent, content=body) as response:
            held = 0
            # Read to its end, so that the connection can be used again; but no endless one.
            async for part in response.aiter_stream():
                held += len(part)
                if held > _BODY_AT_MOST:
                    break
            return response.status


class _CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Looks a host up, checks its addresses, and connects to one of those, by number."""

    def __init__(self, *, private: bool) -> None:
        self._private = private
        self._inner = cast(httpcore.AsyncNetworkBackend, httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to a checked address of the host."""
        tried: Exception | None = None
        for address in await addresses_of(Place(host, port), private=self._private):
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except httpcore.ConnectError as failed:
                tried = failed
        assert tried is not None
        raise tried

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


async def addresses_of(place: Place, *, private: bool) -> list[str]:
    """A host's addresses, looked up now and checked; raises `WebhookAddressRefused` or
    `WebhookHostUnknown`.
    """
    look_up = partial(socket.getaddrinfo, place.host, place.port, type=socket.SOCK_STREAM)
    try:
        found = await asyncio.get_running_loop().run_in_executor(_LOOK_UPS, look_up)
    except (OSError, UnicodeError):
        found = []
    return check_addresses(place.host, [str(at[0]) for *_, at in found], private=private)
