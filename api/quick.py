"""Routes whose answer is ready in memory, and that are asked more often than all others.

FastAPI spends more on solving a route's parameters than the ledger on a standing. A quick
route is declared like any other, so that the document and the door know it, but its
parameters are only ids from the path and texts from the query, handed over as they are.
"""

import inspect
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final, cast
from urllib.parse import parse_qsl

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.access import Door, door_of
from api.refusals import MalformedParameter, RepeatedParameter, UnknownParameter
from ledger.facts.ids import ID_ACCEPTED, ID_PATTERN

_ID: Final = re.compile(ID_PATTERN)


class QuickRoute(APIRoute):
    """For `APIRouter(route_class=QuickRoute)`: asynchronous routes of ids, texts and `request`."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **given: Any) -> None:
        super().__init__(path, endpoint, **given)
        door = door_of(self)
        if door is None or not inspect.iscoroutinefunction(endpoint):
            raise TypeError(f"{path} needs a door and an asynchronous function")
        if any(field.alias not in self.param_convertors for field in self.dependant.path_params):
            raise TypeError(f"{path} does not name every id that it takes")
        self.app = _Quick(door, endpoint, self)


class _Quick:
    def __init__(
        self, door: Door, endpoint: Callable[..., Awaitable[Response]], route: APIRoute
    ) -> None:
        self._door = door
        self._endpoint = endpoint
        self._query = frozenset(field.alias for field in route.dependant.query_params)
        self._request = route.dependant.request_param_name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        await self._door.admit(request)
        given: dict[str, Any] = {}
        for name, value in cast(dict[str, str], scope["path_params"]).items():
            if not _ID.fullmatch(value):
                raise MalformedParameter(f"{name} is not an id", field=name, accepted=ID_ACCEPTED)
            given[name] = value
        if scope["query_string"]:
            self._read_query(scope["query_string"], given)
        if self._request is not None:
            given[self._request] = request
        response = await self._endpoint(**given)
        await response(scope, receive, send)

    def _read_query(self, query: bytes, given: dict[str, Any]) -> None:
        for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
            if name not in self._query:
                raise UnknownParameter(name, self._query)
            if name in given:
                raise RepeatedParameter(name)
            given[name] = value
