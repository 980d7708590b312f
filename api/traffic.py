"""What surrounds every request: its ids, security headers, numbers for metrics, the log line.

The line names the route's template and never the path: what a line may hold is in logs.py.
"""

import asyncio
import itertools
import re
import secrets
import time
from contextlib import suppress
from typing import Final

import msgspec
import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.logs import REQUESTS, where
from api.metrics import Metrics
from api.problems import BROKEN, as_response, refused
from api.refusals import BodyCutOff
from ledger.facts.ids import ID_PATTERN

REQUEST_ID: Final = "ledger.request_id"
CORRELATION_ID: Final = "ledger.correlation_id"

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_ID: Final = re.compile(ID_PATTERN)
_ALWAYS: Final = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_UNLESS_SAID: Final = [
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
_GIVEN_ANEW: Final = frozenset({b"request-id", b"x-request-id", *(name for name, _ in _ALWAYS)})
"""An answer that the console hands on went through this layer before. Told twice, some of these
mean nothing to a browser.
"""

LEFT_BYTES: Final = 32 << 20
LEFT_S: Final = 2.0
"""How much of a refused body is still taken, and for how long, so that its sender reads why."""

_log: Final = structlog.get_logger("seller-ledger")


class _Body:
    """Hands a request's body on, and knows whether its end was reached."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._ended = False

    async def __call__(self) -> Message:
        message = await self._receive()
        if not message.get("more_body", False):
            self._ended = True
        return message

    async def take_the_rest(self) -> None:
        """Let go of what the client still sends: who is answered in mid-body is cut off by the
        network before the answer is read. A body without end is cut off all the same.
        """
        left = LEFT_BYTES
        with suppress(TimeoutError):
            async with asyncio.timeout(LEFT_S):
                while not self._ended and left > 0:
                    left -= len((await self()).get("body", b""))


class Traffic:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._start = secrets.token_hex(5)
        self._count = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id, correlation = _told(scope)
        if request_id is None:
            request_id = f"{self._start}-{next(self._count):x}"
        scope[REQUEST_ID] = request_id
        scope[CORRELATION_ID] = correlation
        status = 0
        body = None if scope["method"] in _READING else _Body(receive)

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _complete(message, request_id, correlation)
                if status >= 400 and body is not None:
                    await body.take_the_rest()
            await send(message)

        try:
            await self._app(scope, receive if body is None else body, send_on)
        except ClientDisconnect:
            if status == 0:  # who only closed its own half can still read this
                await refused(BodyCutOff(), request_id)(scope, receive, send_on)
        except Exception as failure:  # noqa: BLE001
            _log.error("request failed", request_id=request_id, **where(failure))
            if status == 0:
                broken = msgspec.structs.replace(BROKEN, instance=request_id)
                await as_response(broken)(scope, receive, send_on)
        finally:
            self._note(scope, status, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = route_of(scope)
        self._metrics.count(method, route, status, seconds)
        REQUESTS.note(scope[REQUEST_ID], scope[CORRELATION_ID], method, route, status, seconds)


def route_of(scope: Scope) -> str:
    """The template of the route that answered, as the document has it."""
    route = scope.get("route")
    return getattr(route, "path_format", getattr(route, "path", "unmatched"))


def _told(scope: Scope) -> tuple[str | None, str | None]:
    """What the asking system calls this request and the matter, where it said so readably."""
    request_id = correlation = None
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            request_id = _id_in(value)
        elif name == b"correlation-id":
            correlation = _id_in(value)
    return request_id, correlation


def _id_in(value: bytes) -> str | None:
    told = value.decode("latin-1")
    return told if _ID.fullmatch(told) else None


def _complete(message: Message, request_id: str, correlation: str | None) -> None:
    headers: list[tuple[bytes, bytes]] = list(message.get("headers", ()))
    said = {name for name, _ in headers}
    if not said.isdisjoint(_GIVEN_ANEW):
        headers = [pair for pair in headers if pair[0] not in _GIVEN_ANEW]
    headers += _ALWAYS
    headers += [pair for pair in _UNLESS_SAID if pair[0] not in said]
    named = request_id.encode()
    headers += ((b"request-id", named), (b"x-request-id", named))
    if correlation is not None:
        headers.append((b"correlation-id", correlation.encode()))
    message["headers"] = headers
