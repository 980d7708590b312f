"""Every page, in both themes, wide and narrow: sound, and usable by everybody."""

import pytest
from playwright.sync_api import Browser

from tests.api.program import Program
from tests.console.browsing import Tab, Theme, tab

PAGES = [
    "sellers",
    "sellers?status=suspended&sort=-points",
    "sellers?q=nobody-begins-so",
    "sellers?sort=sideways",
    "there-is-no-such-page",
]


@pytest.mark.parametrize("place", PAGES)
def test_a_page_is_sound(
    browser: Browser, marketplace: Program, place: str, theme: Theme, size: tuple[int, int]
) -> None:
    with tab(browser, marketplace.base, theme, size) as opened:
        opened.go(place)
        name = place.replace("?", "-").replace("&", "-").replace("=", "-")
        opened.shot(f"{name}-{theme}-{size[0]}")
        opened.sound()


def test_instants_are_in_the_readers_zone_with_utc_on_hover(visit: Tab) -> None:
    page = visit.go("sellers")
    time = page.locator("td time").first
    assert str(time.get_attribute("title")).endswith("UTC")
    assert time.inner_text() != str(time.get_attribute("title")).removesuffix(" UTC")
    assert page.locator("[data-zone]").inner_text() == "Europe/Berlin"
