"""Addresses edited by hand, in a real browser: answered kindly, and nothing in them is run."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.program import Program
from tests.console.browsing import Tab, tab

NASTY = "\"><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}${7*7}' OR 1=1 --"
LONG = "x" * 10_000
PATHS = (
    "sellers/{}",
    "sellers/{}/why",
    "sellers/s-1/violations/{}",
    "sellers/s-1/violations/{}/annul",
    "sellers/s-1/sanctions/{}/waive",
    "sellers/s-1/reputation/{}",
    "appeals/s-1/{}/1",
    "appeals/s-1/v-1-1/{}",
    "disputes/{}",
    "reports/{}",
    "enrolments/spring/{}",
    "log/facts/{}",
    "what-if/{}",
    "what-if/{}/sellers/s-1",
    "policies/{}",
    "policies/{}/draft",
    "policies/aliexpress/differences?from={}",
    "policies/aliexpress?at={}",
    "download/{}/sellers",
    "download/csv/{}",
    "{}",
)
QUERIES = (
    "sellers?q={}",
    "sellers?min_points={}",
    "sellers?sort={}",
    "sellers?page_token={}&page={}",
    "sellers?{}=1",
    "sellers/s-1?as_of={}",
    "sellers/s-1?known_at={}",
    "sellers/s-1?recorded={}",
    "sellers/s-1/violations?status={}",
    "sellers/s-1/violations?page_token={}",
    "sellers/s-1/timeline?of={}",
    "sellers/s-1/timeline?from={}",
    "sellers/s-17/promotion?campaign={}",
    "appeals?within_hours={}",
    "appeals?page_token={}",
    "appeals/s-14/v-14-5/1?recorded={}",
    "disputes/d-15-19?recorded={}",
    "disputes?status={}",
    "deadlines?kind={}",
    "reports?sort={}",
    "enrolments?campaign_id={}",
    "log?kind={}",
    "log?from={}",
    "log?page_token={}",
    "log/facts/seller-s-1.1?check={}",
    "what-if?state={}",
    "what-if?after={}",
    "what-if/new?like={}",
    "what-if/new?name={}",
    "what-if/new?policy.patch={}",
    "visitor?then={}",
)
BAD = (
    "", "-1", "0", "9" * 30, "2019-01-01", "9999-12-31T23:59:59Z", "0001-01-01", "%00", "%ff",
    "../../v1/docs", "a%2Fb", LONG,
)  # fmt: skip


@pytest.fixture(scope="module")
def window(browser: Browser, marketplace: Program) -> Iterator[Tab]:
    """One window for all of these."""
    with tab(browser, marketplace.base) as opened:
        yield opened


def kind(visit: Tab, place: str, *, loud: bool = False) -> Page:
    """Open an address: what comes is a page that says something, or the beginning of one."""
    visit.wrong.clear()
    answer = visit.page.goto(f"{visit.base}/console/{place}")
    assert answer is not None
    assert answer.status < 500, (place, answer.status)
    if loud:
        assert answer.status >= 400, place
    if "html" in answer.headers.get("content-type", ""):
        visit.faultless()
        visit.fits()
    return visit.page


@pytest.mark.parametrize("place", [*PATHS, *QUERIES])
def test_what_would_like_to_run_is_text(window: Tab, place: str) -> None:
    page = kind(window, place.replace("{}", quote(NASTY, "")))
    assert page.locator("img[src=x], img[onerror]").count() == 0
    assert "49" not in page.title()


@pytest.mark.parametrize("place", [*PATHS, *QUERIES])
def test_no_bad_word_brings_a_page_down(marketplace: Program, place: str) -> None:
    asked = [place.replace("{}", bad) for bad in BAD]
    name, given, words = place.partition("?")
    if given:
        name_of = words.partition("=")[0]
        asked += [f"{name}?{name_of}=a&{name_of}=b", f"{name}?{name_of}[]=1", f"{name}?&&=&="]
    for each in asked:
        answer = marketplace.client.get(f"/console/{each}", follow_redirects=True)
        assert answer.status_code < 500, each[:200]


@pytest.mark.parametrize(
    "place",
    [
        "{}", "sellers/{}", "sellers?q={}", "sellers?{}=1", "sellers/s-1?as_of={}",
        "sellers/s-1?recorded={}", "appeals/s-1/v-1-1/{}", "disputes/d-15-19?recorded={}",
        "policies/{}", "log?from={}", "what-if/new?name={}",
    ],
)  # fmt: skip
def test_ten_thousand_letters_stay_within_the_window(window: Tab, place: str) -> None:
    kind(window, place.replace("{}", LONG))


def test_a_seller_that_does_not_exist_is_said_to_be_unheard_of(window: Tab) -> None:
    page = kind(window, "sellers/nobody-has-heard-of-me")
    expect(page.locator(".empty-title").first).to_contain_text("Nobody has ever told anything")
    window.usable()
    kind(window, "sellers/nobody-has-heard-of-me/violations")
    kind(window, "sellers/nobody-has-heard-of-me/violations/v-1", loud=True)
    kind(window, "sellers/nobody-has-heard-of-me/timeline")


@pytest.mark.parametrize("words", ["as_of=2019-06-01", "known_at=2019-06-01", "as_of=-0001-01-01"])
def test_an_instant_before_the_first_fact_is_refused_where_it_was_typed(
    window: Tab, words: str
) -> None:
    page = kind(window, f"sellers/s-1?{words}", loud=True)
    name, _, value = words.partition("=")
    field = page.locator(f"#{name}")
    assert str(field.input_value()).startswith(value)
    assert field.get_attribute("aria-invalid") == "true"
    window.usable()
    field.fill("2026-10-01")
    page.keyboard.press("Enter")
    expect(page.get_by_role("note")).to_contain_text("This is not now")
