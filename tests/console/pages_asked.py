"""Pages asked for without a browser: the form of a page sent as the page has it."""

import re
from html import unescape
from typing import Any

from httpx import Response

from tests.api.routes.world import World

_TOKEN = re.compile(r'name="token" value="([^"]+)"')


def text(world: World, place: str, status: int = 200) -> str:
    """A page, as people read it."""
    answer = world.client.get(f"/console/{place}")
    assert answer.status_code == status, answer.text
    return unescape(answer.text)


def send(world: World, place: str, **fields: Any) -> Response:
    """A form sent by a page of the console's own; where it goes on to is not followed."""
    token = _TOKEN.search(world.client.get("/console/sellers").text)
    assert token is not None
    names = {"from_": "from"}
    told = {names.get(name, name): value for name, value in fields.items()}
    return world.client.post(
        f"/console/{place}", data={"token": token[1], **told}, follow_redirects=False
    )
