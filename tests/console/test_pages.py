"""Every page, in both themes, wide and narrow: sound, still while it comes, fit to be printed.

The pages are the console's own routes: one without an example address here fails a test.
"""

import re
import time
from collections.abc import Iterator
from typing import Final

import pytest
from fastapi.routing import APIRoute
from playwright.sync_api import Browser, expect
from starlette.routing import Match

from api.console.pages import CONSOLE
from tests.api.program import Program
from tests.console.browsing import Tab, tab

PAGES: Final = (
    "sellers",
    "sellers?status=suspended&min_points=2&sort=-points",
    "sellers?q=nobody-begins-so",
    "sellers?min_points=many&status=suspended",
    "sellers?sort=sideways",
    "sellers/s-1",
    "sellers/s-3?as_of=2026-10-15&known_at=2026-10-15",
    "sellers/s-3?as_of=sometime",
    "sellers/nobody",
    "sellers/s-1/why",
    "sellers/s-14/violations",
    "sellers/s-14/violations/v-14-4",
    "sellers/s-3/sanctions",
    "sellers/s-15/cases",
    "sellers/s-17/promotion?campaign=autumn",
    "sellers/s-17/reputation",
    "sellers/s-17/reputation/nothing",
    "sellers/s-3/timeline?of=everything",
    "sellers/s-9/records",
    "sellers/s-1/record-violation",
    "sellers/s-1/violations/v-1-1/annul",
    "sellers/s-1/sanctions/sanction-4/waive",
    "appeals",
    "appeals?status=&seller_id=s-14",
    "appeals?status=sideways",
    "appeals/s-14/v-14-5/1",
    "appeals/s-14/v-14-4/3",
    "disputes?status=",
    "disputes/d-15-19",
    "deadlines",
    "reports?status=",
    "reports/r-19-5",
    "enrolments?status=",
    "enrolments/spring/p-17-1",
    "what-if",
    "what-if/new",
    "what-if/new?policy.patch.freeze.days=9&facts.leave_out[0].rule=seeds&facts.add[0].points=3",
    "what-if/RUN",
    "what-if/RUN?suspended=sideways",
    "what-if/RUN/sellers/SELLER",
    "policies",
    "policies/aliexpress-ladder",
    "policies/aliexpress/differences?from=aliexpress-ladder@2020-01-01",
    "policies/aliexpress/draft",
    "log",
    "log?kind=violation-recorded&seller_id=s-1&sort=recorded",
    "log?from=tomorrow",
    "log/facts/seller-s-1.1?check=now",
    "visitor",
    "keys",
    "there-is-no-such-page",
)
SEEN_ELSEWHERE: Final = {
    "/console/sign-in": "test_signing_in.py",
    "/console/signed-out": "test_signing_in.py",
}
"""Pages that a server without keys does not have."""
NO_PAGES: Final = {
    "/console": "leads to the beginning",
    "/console/": "leads to the first place",
    "/console/sign-in-openid": "leads to the provider",
    "/console/openid": "leads where the visitor was going",
    "/console/log/newest": "rows for a page that follows",
    "/console/what-if/{run_id}/progress": "a part of the run's page",
    "/console/what-if/{run_id}/files/{name}": "a file",
    "/console/log/facts/{fact_id}/{what}": "a file",
    "/console/policies/{pack}/text": "a file",
    "/console/sellers/{seller_id}/audit-bundle": "a file",
    "/console/download/{file_format}/{place:path}": "a file",
    "/console/static/{file:path}": "a file",
}
DRAWN: Final = ("sellers/s-1", "what-if/RUN", "what-if/RUN/sellers/SELLER", "policies")
ROUTES: Final = [
    route
    for router in CONSOLE
    for route in router.routes
    if isinstance(route, APIRoute) and "GET" in route.methods
]
_RUN_AT_MOST_S: Final = 180


def route_of(place: str) -> str:
    """The route that answers at an address."""
    scope = {"type": "http", "method": "GET", "path": f"/console/{place.partition('?')[0]}"}
    return next(route.path for route in ROUTES if route.matches(scope)[0] == Match.FULL)


def named(place: str) -> str:
    """What its pictures are called."""
    return re.sub(r"\W+", "-", place)


def test_every_route_of_a_page_has_an_example() -> None:
    tried = {route_of(place) for place in PAGES}
    for route in ROUTES:
        known = {route.path} & (tried | SEEN_ELSEWHERE.keys() | NO_PAGES.keys())
        assert known, f"{route.path} is tried nowhere: add an address of it to PAGES"
    assert not tried & NO_PAGES.keys()
    assert {route.path for route in ROUTES} >= NO_PAGES.keys()


@pytest.fixture(scope="module")
def known(marketplace: Program) -> dict[str, str]:
    """What the addresses call RUN and SELLER: a what-if that has ended, and whom it would meet."""
    scenario = {"name": "36 points", "policy": {"patch": {"buckets.points.limit": 36}}}
    run = marketplace.post("/v1/what-if", scenario)["id"]
    until = time.monotonic() + _RUN_AT_MOST_S
    while (state := marketplace.client.get(f"/v1/what-if/{run}").json()["state"]) != "done":
        assert state in ("queued", "running") and time.monotonic() < until, state
        time.sleep(0.2)
    (seller, *_) = marketplace.client.get(f"/v1/what-if/{run}/sellers").json()["sellers"]
    return {"RUN": run, "SELLER": seller["seller_id"]}


@pytest.fixture(scope="module")
def window(browser: Browser, marketplace: Program) -> Iterator[Tab]:
    """One window for all pages: they leave nothing behind in it."""
    with tab(browser, marketplace.base) as opened:
        yield opened


@pytest.fixture
def places(request: pytest.FixtureRequest, place: str) -> str:
    """The address, with what only this marketplace knows filled in."""
    if "RUN" not in place:
        return place
    for name, meant in request.getfixturevalue("known").items():
        place = place.replace(name, meant)
    return place


@pytest.mark.parametrize("place", PAGES)
def test_a_page_is_sound(window: Tab, place: str, places: str) -> None:
    window.wrong.clear()
    window.look("light", (1360, 900))
    page = window.go(places)
    window.stood_still()
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    window.all_looks(named(place))


@pytest.mark.parametrize("place", DRAWN)
def test_a_chart_is_printed_and_buttons_are_not(window: Tab, place: str, places: str) -> None:
    window.wrong.clear()
    window.look("dark", (1360, 900))
    page = window.go(places)
    chart = page.locator("[data-chart]").first
    expect(chart.locator("svg")).to_be_visible()
    dark = chart.inner_html()
    page.emulate_media(media="print")
    expect(chart.locator("svg")).to_be_visible()
    anew = window.soon(lambda: chart.inner_html() != dark)
    assert anew, "the chart is printed in the colours of the dark"
    paper = "getComputedStyle(document.querySelector('.panel, .scroll')).backgroundColor"
    assert page.evaluate(paper) == "rgb(255, 255, 255)"
    for unwanted in (".rail", ".skip", "button", "a.button", "input", "select"):
        for each in page.locator(unwanted).all():
            expect(each).to_be_hidden()
    window.shot(f"{named(place)}-print")
    window.faultless()


def test_what_moves_is_noticed(window: Tab) -> None:
    page = window.go("sellers")
    page.evaluate(
        """() => { const pushes = document.createElement("div");
        pushes.style.height = "300px"; document.querySelector("main").prepend(pushes); }"""
    )
    with pytest.raises(AssertionError, match="moves"):
        window.stood_still()


def test_instants_are_in_the_readers_zone_with_utc_on_hover(visit: Tab) -> None:
    page = visit.go("sellers")
    instant = page.locator("td time").first
    assert str(instant.get_attribute("title")).endswith("UTC")
    assert instant.inner_text() != str(instant.get_attribute("title")).removesuffix(" UTC")
    assert page.locator("[data-zone]").inner_text() == "Europe/Berlin"
