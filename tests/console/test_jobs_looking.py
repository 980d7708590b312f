"""An analyst's jobs in a real browser: find a seller, understand, look back, prove, export."""

import zipfile

import pytest
from playwright.sync_api import Page, expect

from tests.console.offices import Office


@pytest.fixture(scope="module")
def told(office: Office) -> Office:
    """Seller s-1 is suspended by two knives, the second found later and dated back."""
    office.record("s-1", "v-1", listing_id="l-1")
    office.record("s-2", "v-1", rule="seeds")
    office.move("2026-02-01T00:00:00Z")
    office.record("s-1", "v-2", effective_at="2026-01-15T00:00:00Z")
    office.move("2026-03-01T00:00:00Z")
    return office


def main_of(page: Page) -> str:
    return page.get_by_role("main").inner_text()


def test_somebody_signs_in_finds_a_seller_and_understands_why_it_is_suspended(
    told: Office,
) -> None:
    visit = told.stranger()
    page = visit.go("sellers")
    told.sign_in(page, "ann")
    page.wait_for_url("**/console/sellers")
    visit.sound("job-find-1-all")
    page.get_by_label("Status").select_option("suspended")
    expect(page.get_by_role("link", name="s-2", exact=True)).to_have_count(0)
    visit.sound("job-find-2-filtered")
    page.get_by_role("link", name="s-1", exact=True).click()
    expect(page.locator(".mays")).to_contain_text("may not sell")
    visit.sound("job-why-1-seller")
    page.get_by_role("link", name="what would lift it").first.click()
    tree = main_of(page)
    assert "annulling v-1, alone" in tree and "annulling v-2, alone" in tree
    assert "points would be 24, and the seller active" in " ".join(tree.split())
    visit.sound("job-why-2-tree")
    page.get_by_role("navigation", name="About this seller").get_by_text("Violations").click()
    page.get_by_role("rowheader").get_by_role("link", name="v-2").click()
    expect(page.get_by_role("heading", name="Without it")).to_be_visible()
    visit.sound("job-why-3-violation")
    assert told.facts(kind="violation-annulled") == []


def test_what_was_believed_then_is_sent_to_a_colleague_by_its_address(told: Office) -> None:
    visit = told.at_desk("ann")
    page = visit.go("sellers/s-1")
    page.get_by_label("As of").fill("2026-01-20")
    page.get_by_label("Known at").fill("2026-01-20 12:00")
    page.keyboard.press("Enter")
    expect(page.get_by_role("note")).to_contain_text("This is not now")
    points = page.locator("tr.differs").filter(has_text="Points")
    expect(points.get_by_role("cell").nth(0)).to_have_text("24")
    expect(points.get_by_role("cell").nth(1)).to_contain_text("48")
    visit.sound("job-past-belief")
    other = told.at_desk("bo")
    other.page.goto(page.url)
    assert main_of(other.page) == main_of(page)
    other.faultless()


def test_a_fact_is_found_in_the_log_with_its_proof_which_holds(told: Office) -> None:
    visit = told.at_desk("ann")
    page = visit.go("log")
    page.get_by_label("Kind of fact").select_option("sanction-imposed")
    page.locator("#seller_id").fill("s-1")
    page.keyboard.press("Enter")
    expect(page.locator("[data-facts] tr")).to_have_count(1)
    visit.sound("job-log-1-found")
    page.locator("[data-facts] th").get_by_role("link").click()
    page.wait_for_url("**/log/facts/*")
    for _ in range(40):
        if page.get_by_role("link", name="Look again").count() == 0:
            break
        page.wait_for_timeout(250)
        page.get_by_role("link", name="Look again").click()
    with page.expect_download() as file:
        page.get_by_role("link", name="Download proof").click()
    assert "c2sp.org/tlog-proof" in file.value.path().read_text()
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_role("heading", name="It holds")).to_be_visible()
    visit.sound("job-log-2-proved")


def test_a_list_and_an_audit_bundle_are_taken_along(told: Office) -> None:
    visit = told.at_desk("ann")
    page = visit.go("sellers?status=suspended")
    with page.expect_download() as file:
        page.get_by_role("link", name="CSV").click()
    lines = file.value.path().read_text().splitlines()
    assert lines[0].startswith("seller_id,") and [row[:4] for row in lines[1:]] == ["s-1,"]
    page = visit.go("sellers/s-1/records")
    page.get_by_label("Standing at").fill("2026-01-20")
    visit.sound("job-bundle")
    with page.expect_download() as file:
        page.get_by_role("button", name="Download the bundle").click()
    with zipfile.ZipFile(file.value.path()) as bundle:
        assert any(name.endswith(".json") for name in bundle.namelist())
    visit.faultless()


def test_who_signs_out_leaves_nothing_on_the_screen_to_go_back_to(told: Office) -> None:
    visit = told.stranger()
    page = visit.go("sellers/s-1")
    told.sign_in(page, "bo")
    expect(page.get_by_role("heading", level=1)).to_have_text("s-1")
    page.get_by_role("banner").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
    visit.sound("job-signed-out")
    page.go_back()
    expect(page.get_by_label("Key")).to_be_visible()
    assert "s-1" not in main_of(page)
