"""Pages on paper: they say whose they are, and in which zone, when and of what they tell."""

import re

from playwright.sync_api import Page, expect

from tests.console.browsing import Tab

_PRINTED = re.compile(r"Printed \d{4}-\d\d-\d\d \d\d:\d\d\. Position \d+ of the log\.")


def _printed(visit: Tab, place: str) -> Page:
    page = visit.go(place)
    page.emulate_media(media="print")
    return page


def test_paper_says_its_zone_its_time_and_its_position(visit: Tab) -> None:
    page = _printed(visit, "sellers/s-1/violations")
    expect(page.get_by_text("Times are in Europe/Berlin.")).to_be_visible()
    expect(page.get_by_text(_PRINTED)).to_be_visible()
    expect(page.get_by_text("Violations of seller s-1")).to_be_visible()
    expect(page.get_by_text("UTC on hover")).to_be_hidden()
    page.emulate_media(media="screen")
    expect(page.get_by_text("UTC on hover")).to_be_visible()
    expect(page.get_by_text(_PRINTED)).to_be_hidden()


def test_what_only_a_click_explains_is_not_on_paper(visit: Tab) -> None:
    page = _printed(visit, "sellers/s-1")
    expect(page.get_by_text(": click it")).to_be_hidden()
    page = _printed(visit, "sellers/s-1/timeline")
    expect(page.get_by_text("as said then").first).to_be_hidden()


def test_a_timeline_says_by_what_it_is_filtered(visit: Tab) -> None:
    page = visit.go("sellers/s-1/timeline")
    expect(page.get_by_text("Filtered:")).to_have_count(0)
    page = visit.go("sellers/s-1/timeline?of=appeals&from=2025-01-01&to=2030-01-01 09:30")
    for media in ("screen", "print"):
        page.emulate_media(media=media)
        expect(page.get_by_text("Filtered:")).to_be_visible()
    said = page.locator("main p.notice")
    expect(said).to_contain_text("about appeals, recorded from 2025-01-01 01:00")
    expect(said).to_contain_text("recorded before 2030-01-01 10:30")


def test_instants_are_typed_in_utc_and_the_fields_say_so(visit: Tab) -> None:
    page = visit.go("sellers/s-3?as_of=2026-10-15T03:35:21.000000Z")
    expect(page.get_by_label("As of (UTC)")).to_have_value("2026-10-15 03:35:21")
    expect(page.get_by_label("Known at (UTC)")).to_have_value("")
    expect(page.get_by_text("Since", exact=True)).to_have_count(0)


def test_a_zone_that_is_utc_is_named_once(visit: Tab) -> None:
    browser = visit.page.context.browser
    assert browser is not None
    context = browser.new_context(timezone_id="UTC")
    try:
        page = context.new_page()
        page.goto(f"{visit.base}/console/sellers")
        expect(page.get_by_text("Times are in UTC.")).to_be_visible()
        expect(page.get_by_text("UTC on hover")).to_be_hidden()
    finally:
        context.close()
