"""A reviewer's jobs in a real browser: appeals, disputes, violations; undone by new facts."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.console.browsing import Tab
from tests.console.offices import Office

EUR: dict[str, Any] = {"amount": "20.00", "currency": "EUR"}
REASONS = "A cook's <b>knife</b>, and no weapon."


def suspended(office: Office, seller: str) -> str:
    """Two knives suspend a seller; the path of its second violation."""
    for violation in ("v-1", "v-2"):
        office.record(seller, violation, evidence=["photograph/2.jpg"])
    assert office.status(seller) == "suspended"
    return f"/v1/sellers/{seller}/violations/v-2"


def appealed(office: Office, seller: str) -> None:
    """The seller has appealed against the second."""
    filing = {"reason": "It is for <i>vegetables</i>.", "filed_by": "root"}
    office.tell("POST", f"{suspended(office, seller)}/appeals", filing)


def confirmed(visit: Tab, shot: str) -> None:
    """The preview is read and confirmed."""
    page = visit.page
    expect(page.get_by_role("heading", name="What this would do")).to_be_focused()
    visit.sound(f"{shot}-preview")
    page.get_by_role("button", name="Confirm and record").click()


def recorded(page: Page) -> str:
    return page.get_by_role("status").filter(has_text="ecorded").first.inner_text()


def test_an_appeal_is_upheld_and_a_new_fact_undoes_it(office: Office) -> None:
    appealed(office, "s-1")
    before = office.facts(seller_id="s-1")
    visit = office.at_desk("ann")
    page = visit.go("appeals")
    visit.sound("job-appeal-1-queue")
    page.get_by_role("row", name="s-1").get_by_role("link", name="v-2").click()
    visit.sound("job-appeal-2-case")
    page.get_by_label("upheld: the violation never was").check()
    page.get_by_label("Reasons").fill(REASONS)
    page.get_by_role("button", name="Preview the effect").click()
    expect(page.locator(".row-changed").filter(has_text="Status")).to_contain_text("active")
    assert office.facts(seller_id="s-1") == before
    confirmed(visit, "job-appeal-3")
    assert "appeal upheld" in recorded(page)
    visit.sound("job-appeal-4-done")
    assert office.status("s-1") == "active"
    rob = office.at_desk("rob")
    page = rob.go("sellers/s-1/record-violation")
    page.get_by_label("File number").fill("v-3")
    page.get_by_label("Rule").select_option("weapons")
    page.get_by_label("Source").fill("inspection")
    page.get_by_label("Statement").fill("It was a weapon after all.")
    page.get_by_role("button", name="Preview the effect").click()
    confirmed(rob, "job-appeal-5-undone")
    assert office.status("s-1") == "suspended"
    brought = office.facts(seller_id="s-1")[len(before) :]
    assert brought[:2] == ["appeal-upheld", "violation-cancelled"]
    assert "violation-recorded" in brought and brought.count("sanction-imposed") == 1


def test_who_recorded_a_violation_may_not_decide_on_it(office: Office) -> None:
    appealed(office, "s-2")
    before = office.facts(seller_id="s-2")
    visit = office.at_desk("rob")
    page = visit.go("appeals/s-2/v-2/1")
    expect(page.locator("#barred")).to_contain_text("You cannot decide this")
    expect(page.get_by_label("Reasons")).to_be_disabled()
    visit.sound("job-conflict-1-told")
    page.evaluate("document.querySelector('fieldset.plain').disabled = false")
    page.get_by_label("rejected: the violation stands").check()
    page.get_by_label("Reasons").fill(REASONS)
    page.get_by_role("button", name="Preview the effect").click()
    expect(page.locator(".problem")).to_be_focused()
    expect(page.get_by_label("Reasons")).to_have_value(REASONS)
    visit.sound("job-conflict-2-refused")
    assert office.facts(seller_id="s-2") == before


def test_a_waiver_is_proposed_by_one_and_confirmed_by_another(office: Office) -> None:
    suspended(office, "s-3")
    for name, shot in (("ann", "job-waiver-1"), ("bo", "job-waiver-3")):
        visit = office.at_desk(name)
        page = visit.go("sellers/s-3/sanctions")
        page.get_by_role("link", name="aive").click()
        page.get_by_label("Reason").fill("A last chance.")
        visit.sound(f"{shot}-form")
        page.get_by_role("button", name="Preview the effect").click()
        confirmed(visit, shot)
        assert "recorded" in recorded(page)
        visit.sound(f"{shot}-done")
        if name == "ann":
            assert office.status("s-3") == "suspended"
            page.get_by_role("link", name="Confirm the waiver").click()
            expect(page.get_by_role("main")).to_contain_text("You proposed it yourself")
            expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)
            visit.sound("job-waiver-2-own")
    assert office.status("s-3") == "active"


def test_a_dispute_is_ruled(office: Office) -> None:
    office.move("2026-01-10T00:00:00Z")
    claim = {
        "dispute_id": "d-1", "order_id": "o-1", "seller_id": "s-4", "buyer_id": "b-1",
        "reason": "not-as-described", "order_amount": EUR,
        "shipped_at": "2026-01-01T00:00:00Z", "receipt_confirmed_at": "2026-01-08T00:00:00Z",
        "requested": {"refund": EUR, "return": False},
    }  # fmt: skip
    office.tell("POST", "/v1/disputes", claim)
    office.tell("POST", "/v1/disputes/d-1/escalation", {"by": "buyer"})
    visit = office.at_desk("ann")
    page = visit.go("disputes")
    visit.sound("job-dispute-1-queue")
    page.get_by_role("link", name="d-1").click()
    visit.sound("job-dispute-2-case")
    page.get_by_label("Refund to the buyer").fill("25")
    page.get_by_label("the seller", exact=True).first.check()
    page.get_by_label("Reasons").fill(REASONS)
    page.get_by_role("button", name="Preview the effect").click()
    expect(page.get_by_label("Refund to the buyer")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Reasons")).to_have_value(REASONS)
    visit.sound("job-dispute-3-too-much")
    page.get_by_label("Refund to the buyer").fill("12.50")
    page.get_by_role("button", name="Preview the effect").click()
    confirmed(visit, "job-dispute-4")
    assert "dispute ruled" in recorded(page)
    visit.sound("job-dispute-5-done")
    ruling = office.tell("GET", "/v1/disputes/d-1")["dispute"]["ruling"]
    assert (ruling["refund"]["amount"], ruling["reviewer"]) == ("12.50", "ann")


def test_a_violation_is_recorded_and_annulled(office: Office) -> None:
    visit = office.at_desk("rob")
    page = visit.go("sellers/s-5/violations")
    page.get_by_role("link", name="Record a violation").click()
    page.get_by_label("File number").fill("v-1")
    page.get_by_label("Rule").select_option("explosives")
    page.get_by_label("Source").fill("inspection")
    page.get_by_label("Statement").fill(REASONS)
    visit.sound("job-violation-1-form")
    page.get_by_role("button", name="Preview the effect").click()
    page.get_by_role("button", name="Change it").click()
    expect(page.get_by_label("Statement")).to_have_value(REASONS)
    page.get_by_label("Rule").select_option("seeds")
    page.get_by_role("button", name="Preview the effect").click()
    confirmed(visit, "job-violation-2")
    page.wait_for_url("**/violations/v-1?recorded=*")
    assert REASONS in page.get_by_role("main").inner_text()
    visit.sound("job-violation-3-recorded")
    ann = office.at_desk("ann")
    page = ann.go("sellers/s-5/violations/v-1")
    page.get_by_role("link", name="Annul it").click()
    page.get_by_label("Reason").fill("It was another shop.")
    page.get_by_role("button", name="Preview the effect").click()
    confirmed(ann, "job-violation-4-annulment")
    expect(page.get_by_role("heading", level=2).first).to_contain_text("cancelled")
    ann.sound("job-violation-5-annulled")
    assert office.facts(seller_id="s-5") == ["violation-recorded", "violation-annulled"]
