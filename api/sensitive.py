"""What is sensitive to read, and the mark of a route that tells it.

A route says so beside its door, `dependencies=[require(…), recorded("appeal-texts")]`, and its
reads are recorded by `with_recording`. A test looks through the answers of all routes for the
fields named here, so that none is forgotten. Whether it hands out people's words, which makes a
fact of the read, an answer says itself.
"""

import re
from collections.abc import Iterable, Mapping
from copy import copy
from functools import partial
from typing import Any, Final, cast

import msgspec
from fastapi import Depends
from fastapi.routing import APIRoute, request_response
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api.access import actor_of
from api.lists.listing import Asked
from api.lists.sending import Counted, Streamed
from api.reads import OPERATOR, Read, record_end, record_read

SENSITIVE: Final = frozenset({
    # What people wrote, and what they brought.
    "evidence", "lifted_because", "reason", "reasons", "statement",
    # Who reported, decided, proposed, or acted for a seller.
    "asked_by", "filed_by", "imposed_by", "lifted_by", "placed_by", "proposed_by", "reported_by",
    "reporter_id", "reviewer", "reviewer_id", "waiver_proposed_by",
    # A fact as it stands, which holds any of these; and who read them.
    "data", "who",
})  # fmt: skip
"""Fields of answers, and what routes are asked by."""

_PAGING: Final = frozenset({"after", "limit", "min_position", "page_token"})
_LIKE_AN_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@~/-]{0,299}")


class Sensitive:
    """Marks a route, as a dependency of it."""

    def __init__(self, what: str) -> None:
        self.what = what

    async def __call__(self) -> None:
        """There is nothing to do before the answer is known."""


def recorded(what: str) -> Any:
    """The mark of a route whose reads are recorded under this name. A seller's own key is shown no
    names and its own words only: its reads are not.
    """
    return Depends(Sensitive(what))


def sensitive_of(route: APIRoute) -> Sensitive | None:
    """The mark of a route, if it has one."""
    for dependant in route.dependant.dependencies:
        if isinstance(dependant.call, Sensitive):
            return dependant.call
    return None


def with_recording(route: BaseRoute) -> BaseRoute:
    """The route as it is; one that is marked answers only what is recorded as read."""
    if not isinstance(route, APIRoute) or (mark := sensitive_of(route)) is None:
        return route
    handle = route.get_route_handler()

    async def answer(request: Request) -> Response:
        response = await handle(request)
        if response.status_code < 300 and actor_of(request).seller_id is None:
            await run_in_threadpool(_record, request, mark.what, response)
        return response

    marked = copy(route)
    marked.app = request_response(answer)
    return marked


def ids_asked(told: Iterable[tuple[str, object]]) -> dict[str, list[str]]:
    """Of the parameters of a question those that say what was asked for, written like ids."""
    asked: dict[str, list[str]] = {}
    for name, value in told:
        many = cast(list[object], value) if isinstance(value, list) else [value]
        for one in many:
            text = str(one)
            if one is not None and name not in _PAGING and _LIKE_AN_ID.fullmatch(text):
                asked.setdefault(name, []).append(text)
    return asked


def is_sensitive(asked: Asked[Any]) -> bool:
    """Whether a list tells of what is sensitive, or is asked for by it."""
    components = msgspec.json.schema_components([asked.of.shape])[1]
    by = {name for name, value in asked.filters.items() if value is not None}
    return bool(fields_in(components) | by & SENSITIVE)


def fields_in(components: Mapping[str, Any]) -> set[str]:
    """The sensitive fields of some shapes, as JSON Schema tells them. Where one of a few words is
    all that a field can say, nobody wrote it.
    """
    return {
        name
        for shape in components.values()
        for name, schema in shape.get("properties", {}).items()
        if name in SENSITIVE and not ("enum" in schema or "enum" in str(schema.get("anyOf")))
    }


def _record(request: Request, what: str, response: Response) -> None:
    log = request.app.state.parts.ledger
    who = actor_of(request).subject or OPERATOR
    asked = ids_asked([*request.path_params.items(), *request.query_params.multi_items()])
    if not isinstance(response, Streamed):
        counted = response if isinstance(response, Counted) else None
        rows, words = (1, False) if counted is None else (counted.rows, counted.words)
        record_read(log, Read(who, what, asked, rows, words))
        return
    try:
        number = record_read(log, Read(who, what, asked, None, response.words))
    except BaseException:
        response.give_up()
        raise
    response.when_ended(partial(record_end, log, number))
