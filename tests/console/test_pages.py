"""Every page, in both themes, wide and narrow: sound, and usable by everybody."""

import re

import pytest
from playwright.sync_api import Browser

from tests.api.program import Program
from tests.console.browsing import Tab, Theme, tab

PAGES = [
    "sellers",
    "sellers?status=suspended&sort=-points",
    "sellers?q=nobody-begins-so",
    "sellers?sort=sideways",
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
    "there-is-no-such-page",
    "what-if",
    "what-if/new",
    "what-if/new?policy.patch.freeze.days=9&facts.leave_out[0].rule=seeds&facts.change[0].set.points=3",
    "policies",
    "policies/aliexpress-ladder",
    "policies/aliexpress/differences?from=aliexpress-ladder@2020-01-01",
    "policies/aliexpress/draft",
]


@pytest.mark.parametrize("place", PAGES)
def test_a_page_is_sound(
    browser: Browser, marketplace: Program, place: str, theme: Theme, size: tuple[int, int]
) -> None:
    with tab(browser, marketplace.base, theme, size) as opened:
        opened.go(place)
        name = re.sub(r"[^a-z0-9-]", "-", place)
        opened.shot(f"{name}-{theme}-{size[0]}")
        opened.sound()


def test_instants_are_in_the_readers_zone_with_utc_on_hover(visit: Tab) -> None:
    page = visit.go("sellers")
    time = page.locator("td time").first
    assert str(time.get_attribute("title")).endswith("UTC")
    assert time.inner_text() != str(time.get_attribute("title")).removesuffix(" UTC")
    assert page.locator("[data-zone]").inner_text() == "Europe/Berlin"
