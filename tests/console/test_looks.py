"""How pages look in a browser: they stand still, print on light paper, and say what is going on."""

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.api.program import Program
from tests.console.browsing import NARROW, WIDE, Tab, tab

_MOST_MOVED = 0.02
_WATCHED = """
window.moved = 0;
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) window.moved += each.value;
}).observe({ type: "layout-shift", buffered: true });
"""
_COLOURS = """
() => [...document.querySelectorAll("[data-chart] svg [stroke], [data-chart] svg [fill]")]
  .flatMap((each) => [each.getAttribute("stroke"), each.getAttribute("fill")])
"""
_LIGHT, _DARK = "#0b4f8f", "#86bdf7"


def still(page: Page) -> float:
    """How far things have moved by themselves since the page was opened."""
    page.wait_for_timeout(400)
    return page.evaluate("window.moved")


@pytest.mark.parametrize("width", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("place", ["sellers/s-1", "sellers", "log", "policies", "appeals"])
def test_nothing_moves_while_a_page_comes(
    browser: Browser, marketplace: Program, place: str, width: tuple[int, int]
) -> None:
    with tab(browser, marketplace.base, size=width) as opened:
        opened.page.add_init_script(_WATCHED)
        assert still(opened.go(place)) < _MOST_MOVED


@pytest.mark.parametrize("place", ["sellers/s-1", "policies"])
def test_paper_is_light_whatever_the_theme(
    browser: Browser, marketplace: Program, place: str
) -> None:
    with tab(browser, marketplace.base, "dark") as opened:
        page = opened.go(place)
        expect(page.locator("[data-chart] svg")).to_be_visible()
        assert _DARK in page.evaluate(_COLOURS)
        page.emulate_media(media="print")
        page.wait_for_timeout(300)
        printed = page.evaluate(_COLOURS)
        assert _LIGHT in printed
        assert _DARK not in printed
        whole = "document.querySelector('main').clientWidth"
        picture = "document.querySelector('[data-chart] svg').getBoundingClientRect().width"
        assert 0 < page.evaluate(picture) <= page.evaluate(whole)
        assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
        opened.shot(f"print-{place.replace('/', '-')}")
        page.emulate_media(media="screen")
        page.wait_for_timeout(300)
        assert _DARK in page.evaluate(_COLOURS)


def test_a_waiver_by_two_people_says_so_before_it_is_confirmed(visit: Tab) -> None:
    page = visit.go("sellers/s-1/sanctions/sanction-4/waive")
    page.get_by_role("link", name="Say who you are").last.click()
    page.get_by_label("Name").fill("ana")
    page.get_by_role("button", name="Keep this name").click()
    page.get_by_label("Reason").fill("The shop was sold.")
    page.get_by_role("button", name="Preview the effect").click()
    expect(page.locator(".notice")).to_contain_text("This takes two people")
    visit.shot("two-people")
    visit.sound()


def test_a_file_that_takes_its_time_is_said_to_be_prepared(visit: Tab) -> None:
    page = visit.go("sellers?q=s-1")
    with page.expect_download():
        page.get_by_role("link", name="CSV").click()
        expect(page.locator("[data-prepared]")).to_contain_text("being prepared")


def test_an_answer_that_is_refused_leaves_the_progress_as_it_was(visit: Tab) -> None:
    page = visit.go("what-if/new")
    page.get_by_label("Name", exact=True).fill("Suspension at 36")
    page.locator('[id="policy.patch.buckets.points.limit"]').fill("36")

    def broken(route: Route) -> None:
        route.fulfill(status=503, body="<h1>Not now</h1>", content_type="text/html")

    page.route("**/progress", broken)
    page.get_by_role("button", name="Run", exact=True).first.click()
    with page.expect_response("**/progress"):
        pass
    page.wait_for_timeout(300)
    expect(page.locator("#progress")).to_be_visible()
    assert page.locator("h1").all_inner_texts() == ["Suspension at 36"]
    page.unroute("**/progress", broken)
    expect(page.locator("#figures")).to_be_visible(timeout=120_000)
    page.locator("#sellers ~ .scroll tbody th a").first.click()
    page.locator("dl.facts a.id").first.click()
    expect(page.locator("#violation")).to_be_visible()
