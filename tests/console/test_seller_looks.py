"""Every page about a seller in a real browser, in both themes, wide and narrow."""

import pytest
from playwright.sync_api import Browser, expect

from tests.api.program import Program
from tests.console.browsing import Tab, Theme, tab

PAGES = [
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
    "sellers/s-3/timeline?of=everything",
    "sellers/s-9/records",
    "sellers/s-1/record-violation",
    "sellers/s-1/violations/v-1-1/annul",
    "sellers/s-1/sanctions/sanction-4/waive",
]


@pytest.mark.parametrize("place", PAGES)
def test_a_page_about_a_seller_is_sound(
    browser: Browser, marketplace: Program, place: str, theme: Theme, size: tuple[int, int]
) -> None:
    with tab(browser, marketplace.base, theme, size) as opened:
        opened.go(place)
        opened.shot(f"{place.replace('/', '-').replace('?', '-')}-{theme}-{size[0]}")
        opened.sound()


def test_the_chart_is_drawn_and_a_violation_in_it_can_be_clicked(visit: Tab) -> None:
    page = visit.go("sellers/s-1")
    chart = page.locator("[data-chart=standing]")
    expect(chart.locator("svg")).to_be_visible()
    # ECharts tells of a point by its place: the last dot is the violation that suspended.
    spot = page.evaluate(
        """() => {
          const chart = echarts.getInstanceByDom(document.getElementById("standing"));
          const dots = chart.getOption().series.findIndex((each) => each.type === "scatter");
          const last = chart.getOption().series[dots].data.at(-1);
          const [x, y] = chart.convertToPixel({ seriesIndex: dots }, last.value);
          return { x, y };
        }"""
    )
    chart.click(position=spot)
    expect(page.get_by_role("heading", level=2).first).to_contain_text("v-1-3")


def test_time_is_chosen_and_left_by_the_keyboard_alone(visit: Tab) -> None:
    page = visit.go("sellers/s-3")
    page.get_by_label("As of").fill("2026-10-15")
    page.get_by_label("Known at").fill("2026-10-15 12:00")
    page.keyboard.press("Enter")
    expect(page.get_by_role("note")).to_contain_text("This is not now")
    expect(page.locator("tr.differs")).to_contain_text("Points")
    page.get_by_role("link", name="Back to now").press("Enter")
    expect(page.get_by_role("note")).to_have_count(0)
