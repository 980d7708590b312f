"""Asking the ledger over HTTP, each time with a deadline for everything from connecting to the last
byte. Lives on one event loop.
"""

import asyncio
import re
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple, TypeVar

import httpcore
import msgspec

from api.client.failures import KeyRefused, Unanswered
from api.client.standing import Copy, Unreadable, read_standing, read_standings

MOST_AT_ONCE: Final = 1_000
"""Sellers of one request, as the ledger takes them."""
REST_AFTER: Final = 3
"""So many requests in a row without an answer, and the ledger is let be for a moment: else every
caller would wait for its whole deadline while it is away.
"""
REST_S: Final = 1.0
_CONNECTIONS: Final = 50
_KEPT_OPEN_S: Final = 20.0
_BROKEN: Final = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException)
_SELLER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@~-]{0,127}")

T = TypeVar("T")
Header = tuple[bytes, bytes]


class Answer(NamedTuple):
    """Standings as of a request, and how far the server had read its log."""

    copies: list[Copy]
    asked_at: float
    read_to: int


class Ledger:
    """Where the ledger is, and what is shown to it: never part of any text made here."""

    def __init__(self, base: str, key: str | None, tls: ssl.SSLContext | None) -> None:
        self.base = base.rstrip("/")
        url = httpcore.URL(self.base)
        if url.scheme not in (b"http", b"https") or not url.host or "@" in self.base:
            raise ValueError("the ledger's address is one such as https://ledger.example")
        if key is not None and not re.fullmatch(r"[\x21-\x7e]+", key):
            raise ValueError("a key is printable ASCII without blanks, such as sl_…")
        self._key: list[Header] = []
        if key is not None:
            self._key = [(b"authorization", b"Bearer " + key.encode())]
        self._tls = tls

    def pool(self) -> httpcore.AsyncConnectionPool:
        """Connections to it."""
        context = self._tls
        if context is None and self.base.startswith("https:"):
            context = ssl.create_default_context()
        return httpcore.AsyncConnectionPool(
            ssl_context=context, max_connections=_CONNECTIONS, keepalive_expiry=_KEPT_OPEN_S
        )

    def headers(self, *more: Header) -> list[Header]:
        """What goes with every request."""
        return [(b"user-agent", b"seller-ledger-client"), *self._key, *more]


class Asker:
    """Asks for standings. Two that want the same seller at one time share a request."""

    def __init__(self, ledger: Ledger, deadline_s: float) -> None:
        self._ledger = ledger
        self._deadline_s = deadline_s
        self._pool = ledger.pool()
        self._running: dict[str, asyncio.Task[Answer]] = {}
        self._silent = 0
        self._rest_until = 0.0

    async def one(self, seller_id: str, behind: Copy | None) -> Answer:
        """One standing, from a server that has read as far as what is known here. Raises
        `Unanswered`.
        """
        task = self._running.get(seller_id)
        if task is None:
            task = asyncio.create_task(self._one(seller_id, behind))
            self._running[seller_id] = task
            task.add_done_callback(lambda done: self._ended(seller_id, done))
        return await asyncio.shield(task)

    async def many(self, seller_ids: Sequence[str]) -> Answer:
        """Many standings, up to `MOST_AT_ONCE`. Raises `Unanswered`."""
        body = msgspec.json.encode({"seller_ids": seller_ids})
        return await self._asked("POST", "/v1/standings", body, read_standings)

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.aclose()

    def _ended(self, seller_id: str, task: "asyncio.Task[Answer]") -> None:
        self._running.pop(seller_id, None)
        if not task.cancelled():
            # Asked here, so that nobody is told of it where all who waited went away.
            task.exception()

    async def _one(self, seller_id: str, behind: Copy | None) -> Answer:
        path = f"/v1/sellers/{seller_id}/standing"
        if behind is not None:
            path += f"?min_position={behind.standing.position}"
        return await self._asked("GET", path, None, lambda body: [read_standing(body, seller_id)])

    async def _asked(
        self, method: str, path: str, body: bytes | None, read: Callable[[bytes], list[Copy]]
    ) -> Answer:
        asked_at = time.monotonic()
        if asked_at < self._rest_until:
            raise Unanswered("the ledger did not answer a moment ago; it is asked again in 1 s")
        try:
            async with asyncio.timeout(self._deadline_s):
                answer = await _twice(lambda: self._sent(method, path, body))
        except (TimeoutError, *_BROKEN) as broken:
            self._no_answer()
            raise Unanswered(self._why(broken)) from None
        self._silent = 0
        if answer.status != 200:
            raise refused(answer)
        try:
            return Answer(read(answer.content), asked_at, _read_to(answer))
        except Unreadable as broken:
            raise Unanswered(f"the ledger's answer is no standing: {broken}") from None

    async def _sent(self, method: str, path: str, body: bytes | None) -> httpcore.Response:
        more: list[Header] = [] if body is None else [(b"content-type", b"application/json")]
        return await self._pool.request(
            method, self._ledger.base + path, headers=self._ledger.headers(*more), content=body
        )

    def _no_answer(self) -> None:
        self._silent += 1
        if self._silent >= REST_AFTER:
            self._silent, self._rest_until = 0, time.monotonic() + REST_S

    def _why(self, broken: Exception) -> str:
        if isinstance(broken, TimeoutError):
            return f"the ledger did not answer within {self._deadline_s:g} s"
        return f"the ledger cannot be asked: {type(broken).__name__}"


def check_seller(seller_id: str) -> None:
    """Raise `ValueError` for what can be no seller's id, before it gets into an address."""
    if not _SELLER.fullmatch(seller_id):
        raise ValueError(
            "a seller id is 1 to 128 letters, digits or . _ : @ ~ - and begins with a letter or "
            f"digit, not {seller_id[:40]!r}"
        )


async def _twice(send: Callable[[], Awaitable[T]]) -> T:
    """Once more where a connection that was kept open had been closed by the other side."""
    try:
        return await send()
    except (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError):
        return await send()


def refused(answer: httpcore.Response) -> Unanswered:
    """Why an answer that was read is none, without anything that was sent."""
    if answer.status in (401, 403):
        return KeyRefused(
            f"the ledger answered {answer.status}: it wants a key with the scope standing:read"
        )
    try:
        title = msgspec.json.decode(answer.content, type=dict[str, object]).get("title", "")
    except ValueError:
        title = "without a reason"
    return Unanswered(f"the ledger answered {answer.status}: {title}")


def _read_to(answer: httpcore.Response) -> int:
    """How far its log was read; 0 where it does not say."""
    for name, value in answer.headers:
        if name.lower() == b"ledger-position" and value.isdigit():
            return int(value)
    return 0
