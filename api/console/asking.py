"""The console asks the application's own routes, inside this process, as who is signed in.

So a page can show nothing that the same person could not ask with a key, reads of sensitive
records are recorded as ever, and there is one answer to each question.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Final, NamedTuple, TypeAlias
from urllib.parse import quote, urlencode

import msgspec
from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access import VISITOR, Actor

Words: TypeAlias = Mapping[str, Any] | Iterable[tuple[str, Any]]
"""Query parameters; those that are None or empty are left out, lists are told several times."""


_MOST: Final = 1_000
"""Rows that a list tells at once."""
SILENT: Final[dict[str, Any]] = dict.fromkeys(
    ("title", "detail", "accepted", "field", "instance", "mistakes")
)
"""A problem that says nothing yet."""


class Answer(NamedTuple):
    """What a route answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        """The body read as JSON; None where there is none."""
        return msgspec.json.decode(self.body) if self.body else None


class Refused(Exception):
    """A route said no: its problem, as /v1 tells it, with the status. What the problem leaves
    out is None in it, so that every page can look for it.
    """

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(problem.get("detail", ""))
        self.status = status
        self.problem: dict[str, Any] = {**SILENT, **problem}


class Asking:
    """Asks as one visitor."""

    def __init__(self, app: ASGIApp, actor: Actor) -> None:
        self._app = app
        self._actor = actor

    async def get(self, path: str, words: Words = ()) -> Any:
        """What the route at `path` answers, read as JSON. Raises `Refused`."""
        return (await self.answer("GET", path, words)).data

    async def every(self, path: str, what: str, words: Words = ()) -> list[Any]:
        """All rows of a list, page after page: for lists that people look through as a whole, such
        as editions and campaigns. Raises `Refused`.
        """
        rows: list[Any] = []
        after: str | None = None
        while True:
            asked = [*told(words), ("limit", _MOST), ("after", after)]
            found = await self.get(path, asked)
            rows += found[what]
            after = found["next"]
            if after is None:
                return rows

    async def send(
        self, method: str, path: str, body: Mapping[str, Any], *, key: str | None = None
    ) -> Any:
        """Write something; `key` makes the same form, sent twice, one and the same write."""
        headers = {"content-type": "application/json"}
        if key is not None:
            headers["idempotency-key"] = key
        answer = await self.answer(method, path, (), msgspec.json.encode(body), headers)
        return answer.data

    async def answer(
        self,
        method: str,
        path: str,
        words: Words = (),
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The whole answer of a route. Raises `Refused` where it is a problem."""
        scope = self._scope(method, path, words, headers or {})
        answer = await _collected(self._app, scope, body)
        if answer.status >= 400:
            raise Refused(answer.status, answer.data or {"detail": "The ledger said no."})
        return answer

    def passing(
        self, path: str, words: Words = (), headers: Mapping[str, str] | None = None
    ) -> Response:
        """An answer handed on as it comes, however long: downloads and streams."""
        return Passed(self._app, self._scope("GET", path, words, headers or {}))

    def _scope(self, method: str, path: str, words: Words, headers: Mapping[str, str]) -> Scope:
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": quote(path).encode(),
            "query_string": urlencode(told(words), doseq=True).encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "server": ("console", None),
            "client": None,
            VISITOR: self._actor,
        }


def told(words: Words) -> list[tuple[str, Any]]:
    """Parameters that say something."""
    given: Any = words
    pairs: Iterable[tuple[str, Any]] = given.items() if isinstance(words, Mapping) else given
    return [(name, value) for name, value in pairs if value not in (None, "", [])]


class Passed(Response):
    """The answer of another route, with that route's own headers; `told` makes a page of a problem
    that it answers instead.
    """

    def __init__(self, app: ASGIApp, inner: Scope) -> None:
        super().__init__()
        self.told: Callable[[Refused], Response] | None = None
        self._app = app
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand it on, message by message."""
        status, problem = 200, list[bytes]()

        async def send_on(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            if status < 400 or self.told is None:
                await send(message)
            else:
                problem.append(message.get("body", b""))

        await self._app(self._inner, receive, send_on)
        if problem and self.told is not None:
            refused = Refused(status, Answer(status, {}, b"".join(problem)).data or {})
            await self.told(refused)(scope, receive, send)


async def _collected(app: ASGIApp, scope: Scope, body: bytes) -> Answer:
    status, headers, parts = 500, dict[str, str](), list[bytes]()
    asked = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return asked.pop() if asked else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            headers.update(
                (k.decode("latin-1"), v.decode("latin-1")) for k, v in message["headers"]
            )
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    return Answer(status, headers, b"".join(parts))


async def _asking(request: Request) -> Asking:
    return Asking(request.app, request.scope[VISITOR])


Asked = Annotated[Asking, Depends(_asking)]
"""A page's parameter: asks the routes under /v1 as who looks at it. Only behind `signed_in`."""
