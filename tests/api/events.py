"""A reader of server-sent events, as a storefront's program has one."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx


class Event(NamedTuple):
    """One event: where it stands, what it is called, what it says."""

    id: str
    name: str
    data: Any


def events_in(lines: Iterator[str]) -> Iterator[Event]:
    """The events of a stream, as the standard has them read; the id stays until the next one."""
    place, name, data = "", "message", ""
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                yield Event(place, name, json.loads(data))
            name, data = "message", ""
        elif field == "id":
            place = value
        elif field == "event":
            name = value
        elif field == "data":
            data += value


@contextmanager
def reading(address: str, after: str | None = None, **more: Any) -> Iterator[Iterator[Event]]:
    """The events of a running server, from a place on."""
    headers = {} if after is None else {"Last-Event-ID": after}
    with httpx.stream("GET", address, headers=headers, timeout=20, **more) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield events_in(answer.iter_lines())
