"""Forms in a real browser: forged, sent twice, sent too late, full of script; nothing half-done."""

import re
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from api.console.sessions import REMEMBERED_S
from tests.console.browsing import Tab
from tests.console.offices import Office

NASTY: Final = "\"><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}{% raw %}${7*7}'"
FORMS: Final = (
    ("rob", "sellers/s-1/record-violation"),
    ("ann", "sellers/s-1/violations/v-1/annul"),
    ("ann", "sellers/s-1/sanctions/SANCTION/waive"),
    ("ann", "appeals/s-1/v-2/1"),
    ("ann", "reports/r-1"),
    ("ina", "what-if/new"),
    ("ina", "policies/aliexpress/draft"),
    ("ann", "sellers"),
    ("ann", "log"),
    ("ann", "appeals"),
    ("ann", "deadlines"),
    ("ann", "sellers/s-1"),
)


@pytest.fixture(scope="module")
def told(office: Office) -> Office:
    """Seller s-1 is suspended and has appealed with words that would like to run."""
    for violation in ("v-1", "v-2"):
        office.record("s-1", violation, statement=NASTY, evidence=[NASTY])
    filing = {"reason": NASTY, "filed_by": "root"}
    office.tell("POST", "/v1/sellers/s-1/violations/v-2/appeals", filing)
    report = {
        "report_id": "r-1", "about": "listing", "seller_id": "s-1", "listing_id": "l-1",
        "reported_by": "root", "reporter": "buyer", "statement": NASTY, "suspected": "weapons",
    }  # fmt: skip
    office.tell("POST", "/v1/reports", report)
    return office


def sanction_of(office: Office, seller: str) -> str:
    found = office.tell("GET", f"/v1/sanctions?seller_id={seller}")
    return found["sanctions"][0]["sanction_id"]


def typed_everywhere(page: Page, words: str) -> int:
    """Type the same into every field for text that can be seen; how many they were."""
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    fields = page.locator("main form input:not([type]), main form input[type=text],"
                          "main form input[type=search], main form textarea")  # fmt: skip
    seen = [each for each in fields.all() if each.is_visible() and each.is_enabled()]
    for each in seen:
        each.fill(words)
    for each in page.locator("main form select[required]").all():
        each.select_option(index=1)
    for each in page.locator("main form input[type=radio][value=upheld], "
                             "main form input[type=radio][value=violation]").all():  # fmt: skip
        each.check()
    return len(seen)


def unharmed(visit: Tab) -> None:
    """Nothing that was typed became part of the page, or ran."""
    visit.faultless()
    visit.fits()
    assert visit.page.locator("img[src=x], img[onerror]").count() == 0


@pytest.mark.parametrize(("name", "place"), FORMS)
def test_script_in_every_field_is_shown_as_it_was_typed(
    told: Office, name: str, place: str
) -> None:
    before = told.facts(seller_id="s-1")
    visit = told.at_desk(name)
    page = visit.go(place.replace("SANCTION", sanction_of(told, "s-1")))
    unharmed(visit)
    assert typed_everywhere(page, NASTY)
    with page.expect_navigation():
        page.locator("main form").filter(
            has=page.locator("textarea, input:not([type=hidden])").and_(
                page.locator(":visible"))).locator("button").first.click()  # fmt: skip
    unharmed(visit)
    # In a field, or as text: but not a letter of it was lost, and `{{7*7}}` is not 49.
    fields = page.locator("textarea, input").evaluate_all("all => all.map(each => each.value)")
    assert any(NASTY in each for each in [*fields, page.inner_text("body")])
    assert told.facts(seller_id="s-1") == before


@pytest.mark.parametrize(
    "place", ["sellers/s-1/violations/v-1", "appeals/s-1/v-2/1", "reports/r-1"]
)
def test_what_others_wrote_is_shown_as_text(told: Office, place: str) -> None:
    visit = told.at_desk("ann")
    page = visit.go(place)
    assert NASTY in page.inner_text("main")
    unharmed(visit)


def filled_in(office: Office, seller: str) -> Tab:
    """Rob has filled in a violation of a seller, and not sent it."""
    visit = office.at_desk("rob")
    page = visit.go(f"sellers/{seller}/record-violation")
    page.get_by_label("File number").fill("v-1")
    page.get_by_label("Rule").select_option("seeds")
    page.get_by_label("Source").fill("inspection")
    page.get_by_label("Statement").fill("Seen by <i>rob</i>.")
    return visit


@pytest.mark.parametrize("token", ["", "guessed", "bo"])
def test_a_form_with_another_token_writes_nothing(told: Office, token: str) -> None:
    if token == "bo":
        token = str(told.at_desk("bo").go("visitor").locator("[name=token]").first.input_value())
    page = filled_in(told, "s-2").page
    page.evaluate(
        "token => { for (const each of document.querySelectorAll('[name=token]'))"
        " each.value = token; }",
        token,
    )
    page.get_by_role("button", name="Preview the effect").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Send this form?")
    expect(page.get_by_role("main")).to_contain_text("Seen by <i>rob</i>.")
    told.at_desk("rob").sound("bad-token")
    assert told.facts(seller_id="s-2") == []


def test_a_form_of_another_site_writes_nothing(told: Office) -> None:
    visit = filled_in(told, "s-2")
    fields = visit.page.locator("main form [name]").evaluate_all(
        "all => all.map(each => [each.name, each.value])"
    )
    fields.append(["step", "confirm"])
    visit.page.goto("data:text/html,<title>elsewhere</title>")
    with visit.page.expect_navigation():
        visit.page.evaluate(
            """([target, fields]) => {
              const form = document.createElement("form");
              form.method = "post"; form.action = target;
              for (const [name, value] of fields) {
                const field = document.createElement("input");
                field.name = name; field.value = value; form.append(field);
              }
              document.body.append(form); form.submit();
            }""",
            [f"{told.base}/console/sellers/s-2/record-violation", fields],
        )
    assert "Seen by" not in visit.page.inner_text("body")
    assert told.facts(seller_id="s-2") == []


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_two_clicks_and_a_way_back_write_one_fact(told: Office, *, scripts: bool) -> None:
    seller = f"s-twice-{scripts}"
    visit = told.stranger(java_script_enabled=scripts)
    page = visit.go(f"sellers/{seller}/record-violation")
    told.sign_in(page, "rob")
    page.get_by_label("File number").fill("v-1")
    page.get_by_label("Rule").select_option("seeds")
    page.get_by_label("Source").fill("inspection")
    page.get_by_label("Statement").fill("Seen.")
    page.get_by_role("button", name="Preview the effect").click()
    fields = page.locator("form.confirming input").evaluate_all(
        "all => Object.fromEntries(all.map(each => [each.name, each.value]))"
    )
    page.get_by_role("button", name="Confirm and record").dblclick()
    expect(page).to_have_url(re.compile(r"/violations/v-1\?recorded="))
    assert told.facts(seller_id=seller) == ["violation-recorded"]
    # Who goes back and has the browser send it again sends the same form.
    done = page.url
    for _ in range(2):
        again = page.request.post(
            f"{told.base}/console/sellers/{seller}/record-violation",
            form={**fields, "step": "confirm"}, headers={"Origin": told.base},
        )  # fmt: skip
        assert again.url == done
    assert told.facts(seller_id=seller) == ["violation-recorded"]
    visit.faultless()


def test_words_outlive_their_session(told: Office) -> None:
    late = filled_in(told, "s-3")
    other = told.stranger()
    page = other.go("visitor")
    told.sign_in(page, "rob")
    page.get_by_role("button", name="Sign out everywhere").click()
    late.page.wait_for_timeout(1000 * REMEMBERED_S)
    page = late.page
    page.get_by_role("button", name="Preview the effect").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to send this form")
    expect(page.get_by_role("main")).to_contain_text("Seen by <i>rob</i>.")
    late.sound("bad-session-ended")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in (new tab)").click()
    told.sign_in(opened.value, "rob")
    opened.value.wait_for_url("**/console/visitor")
    page.get_by_role("button", name="I am signed in").click()
    page.get_by_role("button", name="Send it now").click()
    page.get_by_role("button", name="Confirm and record").click()
    page.wait_for_url("**/violations/v-1?recorded=*")
    expect(page.get_by_role("main")).to_contain_text("Seen by <i>rob</i>.")
    assert told.facts(seller_id="s-3") == ["violation-recorded"]
