"""Behind a proxy that puts the console under a path of its own, over https."""

import re
from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from tests.conftest import database
from tests.console.people import Desk, desk_of, hidden

PLACE = "/tools/ledger"
OUTSIDE = "https://intern.example"
SEEN = {"Origin": OUTSIDE, "Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module", params=["told", "kept"])
def proxied(request: pytest.FixtureRequest, postgres: str, template: str) -> Iterator[Desk]:
    """A ledger of which the operator told the address, or whose proxy keeps `Host`."""
    told = request.param == "told"
    address = {"console_address": f"{OUTSIDE}{PLACE}/console/"} if told else {}
    with database(postgres, template) as (_, dsn), desk_of(dsn, **address) as made:
        yield made


@pytest.fixture
def browser(proxied: Desk, request: pytest.FixtureRequest) -> TestClient:
    """A browser outside."""
    keeps_host = proxied.world.parts.console_address is None
    return TestClient(
        _proxy(proxied, keeps_host=keeps_host), base_url=OUTSIDE, follow_redirects=False
    )


def _proxy(desk: Desk, *, keeps_host: bool) -> Starlette:
    """A reverse proxy that takes its path away, as nginx does with `location /tools/ledger/`."""
    behind = desk.browser(base_url="http://127.0.0.1:8080")

    async def hand_on(request: Request) -> Response:
        headers = {k: v for k, v in request.headers.items() if k not in ("host", "content-length")}
        if keeps_host:
            headers |= {"host": request.headers["host"], "x-forwarded-proto": "https"}
        asked = behind.build_request(
            request.method,
            request.url.path.removeprefix(PLACE) + f"?{request.url.query}",
            headers=headers | {"x-forwarded-for": "192.0.2.9"},
            content=await request.body(),
        )
        asked.headers.pop("cookie", None)
        if "cookie" in request.headers:
            asked.headers["cookie"] = request.headers["cookie"]
        answer = behind.send(asked)
        behind.cookies.clear()
        told = Response(answer.content, answer.status_code)
        told.raw_headers = [
            (k, v) for k, v in answer.headers.raw if k.lower() != b"content-encoding"
        ]
        return told

    return Starlette(
        routes=[Route(PLACE + "/{rest:path}", hand_on, methods=["GET", "POST", "HEAD"])]
    )


def follow(browser: TestClient, answer: httpx.Response) -> httpx.Response:
    """Where a browser goes that is sent on: the address has to stand under the proxy's path."""
    target = answer.url.join(answer.headers["location"])
    assert target.path.startswith(f"{PLACE}/console/"), target
    return browser.get(str(target))


def test_everything_works_under_the_path(browser: TestClient, proxied: Desk) -> None:
    start = follow(browser, browser.get(f"{PLACE}/console"))
    page = follow(browser, start)
    assert page.status_code == 200 and "Sign in" in page.text, page.text
    form = {"key": proxied.keys["root"], "then": "visitor"}
    answer = browser.post(str(page.url.join("sign-in")), data=form, headers=SEEN)
    assert answer.status_code == 303, answer.text
    assert "Secure" in answer.headers["set-cookie"]
    assert "__Host-ledger-session" in answer.headers["set-cookie"]
    here = follow(browser, answer)
    assert here.status_code == 200 and "root" in here.text
    for address in re.findall(r'(?:src|href)="([^"#]+)"', here.text):
        target = here.url.join(address)
        assert target.path.startswith(f"{PLACE}/console/")
        if "static" in address:
            assert browser.get(str(target)).status_code == 200, address
    token = hidden(here.text)["token"]
    theme = browser.post(
        str(here.url.join("theme")),
        data={"token": token, "theme": "dark", "back": "visitor"}, headers=SEEN,
    )  # fmt: skip
    assert 'data-theme="dark"' in follow(browser, theme).text
    deeper = str(here.url.join("visitor/end-session"))
    ended = browser.post(deeper, data={"token": token, "session": "x"}, headers=SEEN)
    assert follow(browser, ended).status_code == 200
    file = browser.get(str(here.url.join("download/csv/sellers")))
    assert file.status_code == 200 and file.headers["content-type"].startswith("text/csv")
    elsewhere = SEEN | {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    refused = browser.post(deeper, data={"token": token, "session": "x"}, headers=elsewhere)
    assert refused.status_code == 403
    # A browser too old for Sec-Fetch-Site says its origin.
    old = {"Origin": OUTSIDE}
    assert browser.post(deeper, data={"token": token}, headers=old).status_code == 303
    gone = browser.post(str(here.url.join("sign-out")), data={"token": token}, headers=SEEN)
    assert "You are signed out" in follow(browser, gone).text
    assert browser.get(str(here.url)).status_code == 303
