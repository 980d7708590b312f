"""An investigator's jobs in a real browser: a what-if from its form to its end, and policies."""

from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.console.offices import Office

LIMIT: Final = '[id="policy.patch.buckets.points.limit"]'
_RUN_AT_MOST_MS: Final = 180_000


@pytest.fixture(scope="module")
def told(office: Office) -> Office:
    """Two sellers with 24 points each, and one with 2."""
    office.record("s-1", "v-1")
    office.record("s-2", "v-1")
    office.record("s-3", "v-1", rule="seeds")
    office.move("2026-02-01T00:00:00Z")
    return office


def saved(page: Page, name: str) -> Path:
    with page.expect_download() as file:
        page.get_by_role("link", name=name, exact=True).first.click()
    return file.value.path()


def ended(page: Page) -> None:
    """The run's page has become its result's, by itself."""
    expect(page.get_by_role("heading", name="In figures")).to_be_visible(timeout=_RUN_AT_MOST_MS)


def test_a_what_if_is_built_watched_read_and_shared(told: Office) -> None:
    visit = told.at_desk("ina")
    page = visit.go("what-if")
    visit.sound("job-what-if-1-runs")
    page.get_by_role("link", name="Build a scenario").click()
    page.get_by_label("Name", exact=True).fill("24 points suspend")
    page.locator(LIMIT).fill("many")
    page.get_by_role("button", name="Check").first.click()
    expect(page.locator(LIMIT)).to_have_attribute("aria-invalid", "true")
    visit.sound("job-what-if-2-mistaken")
    page.locator(LIMIT).fill("24")
    page.get_by_role("button", name="Check").first.click()
    expect(page.get_by_role("status")).to_contain_text("This can be run.")
    visit.sound("job-what-if-3-checked")
    page.get_by_role("button", name="Run", exact=True).first.click()
    page.wait_for_url("**/what-if/*")
    visit.faultless()
    visit.shot("job-what-if-4-progress")
    ended(page)
    assert "Newly suspended\n2" in page.get_by_role("main").inner_text().replace("\n\n", "\n")
    visit.sound("job-what-if-5-result")
    assert saved(page, "result.json").read_text().startswith("{")
    assert saved(page, "sellers.parquet").read_bytes()[:4] == b"PAR1"
    address = page.url
    page.get_by_role("rowheader").get_by_role("link", name="s-1").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("s-1 in both worlds")
    expect(page.get_by_role("region", name="As it was")).to_contain_text("active")
    expect(page.get_by_role("region", name="In the scenario")).to_contain_text("suspended")
    visit.sound("job-what-if-6-seller")
    other = told.at_desk("ann")
    other.page.goto(address)
    ended(other.page)
    other.faultless()
    assert told.status("s-1") == "active"


def test_versions_of_a_policy_are_compared_and_a_drafts_impact_is_asked(told: Office) -> None:
    visit = told.at_desk("ina")
    page = visit.go("policies")
    page.locator('a[href$="policies/aliexpress/draft"]').click()
    draft = page.get_by_label("As TOML")
    text = draft.input_value()
    assert "value = 48 }" in text
    draft.fill(text.replace("value = 48 }", "value = }"))
    page.get_by_role("button", name="Check the draft").click()
    expect(page.locator(".problem")).to_be_focused()
    visit.sound("job-policy-1-mistaken")
    later = text.replace("2020-01-01", "2026-06-01")
    draft.fill(later.replace("value = 48 }", "value = 20 }", 1))
    page.get_by_role("button", name="Check the draft").click()
    expect(page.get_by_role("main")).to_contain_text("falls from 48 to 20")
    visit.sound("job-policy-2-compared")
    page.get_by_role("button", name="Whom would it meet?").click()
    page.get_by_role("button", name="Run", exact=True).first.click()
    ended(page)
    expect(page.get_by_role("rowheader").get_by_role("link", name="s-2")).to_be_visible()
    visit.sound("job-policy-3-impact")
    page = visit.go("policies/aliexpress/differences")
    page.get_by_label("From").select_option("aliexpress-ladder@2020-01-01")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="In words")).to_be_visible()
    visit.sound("job-policy-4-versions")
