"""Forms as a browser sends them, without one: found by what they decide, and filled in."""

import re
from html import unescape
from typing import Any

from httpx import Response

from tests.api.routes.world import World

_FORM = re.compile(r'<form method="post"(?: class="[^"]*")?>(.*?)</form>', re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def called(world: World, name: str) -> None:
    """From here on the visitor has a name, as it is without keys."""
    world.client.cookies.set("ledger-name", name)


def look(world: World, place: str, expected: int = 200, **query: Any) -> str:
    """A page behind /console/."""
    answer = world.client.get(f"/console/{place}", params=query)
    assert answer.status_code == expected, answer.text
    return answer.text


def hidden(page: str, what: str) -> dict[str, str]:
    """What the form for this deed brings along unseen."""
    for form in _FORM.findall(page):
        fields = {name: unescape(value) for name, value in _HIDDEN.findall(form)}
        if fields.get("what") == what:
            return fields
    raise AssertionError(f"the page has no form for {what}")


def send(world: World, place: str, page: str, what: str, **typed: str) -> Response:
    """Fill a page's form in and send it."""
    return world.client.post(
        f"/console/{place}", data=hidden(page, what) | typed, follow_redirects=False
    )


def facts(world: World) -> list[str]:
    """The kinds of facts that the log holds, but for those that say who read."""
    found = world.get("/v1/facts", limit=1000)["facts"]
    kinds = [fact["kind"].partition(".")[0] for fact in found]
    return [kind for kind in kinds if kind not in ("sensitive-record-read", "policy-published")]
