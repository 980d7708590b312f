"""Routes that are asked more often than all others: a standing, and one violation to record.

FastAPI spends more on solving a route's parameters than the ledger on a standing. A quick
route is declared like any other, so that the document and the door know it, but its
parameters are only ids from the path and texts from the query, handed over as they are,
headers, and what is made of the request alone: its body, who asks, the ledger.
"""

import inspect
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final, cast
from urllib.parse import parse_qsl

from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.access import Door, door_of
from api.refusals import MalformedParameter, RepeatedParameter, UnknownParameter
from ledger.facts.ids import ID_ACCEPTED, ID_PATTERN

_ID: Final = re.compile(ID_PATTERN)


class QuickRoute(APIRoute):
    """For `APIRouter(route_class=QuickRoute)`: asynchronous routes whose parameters are ids from
    the path, texts from the query, headers, `request`, and asynchronous dependencies on that alone.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **given: Any) -> None:
        super().__init__(path, endpoint, **given)
        door = door_of(self)
        if door is None or not inspect.iscoroutinefunction(endpoint):
            raise TypeError(f"{path} needs a door and an asynchronous function")
        if any(field.alias not in self.param_convertors for field in self.dependant.path_params):
            raise TypeError(f"{path} does not name every id that it takes")
        if any(not _asks_the_request_alone(d) for d in self.dependant.dependencies):
            raise TypeError(f"{path} depends on more than the request")
        self.app = _Quick(door, endpoint, self)


class _Quick:
    def __init__(
        self, door: Door, endpoint: Callable[..., Awaitable[Response]], route: APIRoute
    ) -> None:
        self._door = door
        self._endpoint = endpoint
        self._query = frozenset(field.alias for field in route.dependant.query_params)
        self._request = route.dependant.request_param_name
        self._headers = [
            (field.alias.lower().encode(), field) for field in route.dependant.header_params
        ]
        self._made = [
            (d.name, cast(Callable[[Request], Awaitable[Any]], d.call))
            for d in route.dependant.dependencies
            if d.call is not door and d.name is not None
        ]

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
        if self._headers:
            self._read_headers(scope, given)
        for name, make in self._made:
            given[name] = await make(request)
        response = await self._endpoint(**given)
        await response(scope, receive, send)

    def _read_headers(self, scope: Scope, given: dict[str, Any]) -> None:
        for wanted, field in self._headers:
            for name, value in scope["headers"]:
                if name == wanted:
                    place = ("header", field.alias)
                    told, wrong = field.validate(value.decode("latin-1"), {}, loc=place)
                    if wrong:
                        raise RequestValidationError(wrong)
                    given[field.name] = told
                    break

    def _read_query(self, query: bytes, given: dict[str, Any]) -> None:
        for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
            if name not in self._query:
                raise UnknownParameter(name, self._query)
            if name in given:
                raise RepeatedParameter(name)
            given[name] = value


def _asks_the_request_alone(dependant: Dependant) -> bool:
    others = (
        dependant.path_params, dependant.query_params, dependant.header_params,
        dependant.cookie_params, dependant.body_params, dependant.dependencies,
    )  # fmt: skip
    call = dependant.call
    asynchronous = inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(
        getattr(call, "__call__", None)  # noqa: B004 - an object's own, to see its colour
    )
    return asynchronous and dependant.request_param_name == "request" and not any(others)
