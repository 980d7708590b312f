"""The keys of the console: what each does, where none does, and how they are switched off."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.api.program import Program
from tests.api.routes.world import World
from tests.console.browsing import Tab, Theme, tab
from tests.console.pages_asked import text
from tests.console.people import Desk, hidden, send

_FILE = "/static/keys.js"


def address(page: Page, place: str) -> None:
    """Wait until the browser stands at a place of the console."""
    expect(page).to_have_url(re.compile(rf"/console/{place}"))


def test_the_page_names_the_keys_and_the_places(live: World) -> None:
    page = text(live, "keys")
    assert "<kbd>g</kbd> <kbd>s</kbd>" in page
    assert "Switch single keys off" in page
    for place in ("Sellers", "Reports", "Enrolments", "Log"):
        assert f'<th scope="row">{place}</th>' in page


def test_places_are_those_of_the_visitor(desk: Desk) -> None:
    writer = desk.signed_in("platform").get("/console/keys").text
    assert "To a place" not in writer
    reviewer = desk.signed_in("reviewer").get("/console/keys").text
    assert '<th scope="row">Appeals</th>' in reviewer
    assert '<th scope="row">Log</th>' not in reviewer
    investigator = desk.signed_in("investigator").get("/console/keys").text
    assert re.findall(r'<th scope="row">([A-Z][a-z ]+)</th>', investigator) == [
        "What if",
        "Policies",
    ]


def test_who_is_not_signed_in_reads_it_and_switches_too(desk: Desk) -> None:
    client = desk.browser()
    page = client.get("/console/keys")
    assert page.status_code == 200
    assert "To a place" not in page.text
    answer = client.post(
        "/console/keys", data={"keys": "off"}, headers={"Origin": "https://else.where"}
    )
    assert answer.status_code == 403
    assert "ledger-keys" not in client.cookies


def test_the_switch_needs_no_script_and_takes_the_file_away(live: World) -> None:
    assert _FILE in text(live, "sellers")
    answer = send(live.client, "/console/keys", keys="off")
    cookie = (answer.history or [answer])[0].headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    off = text(live, "keys?switched=off")
    assert "Single keys are switched off" in off
    assert _FILE not in off
    assert "Switch single keys on" in off
    send(live.client, "/console/keys", keys="on")
    assert _FILE in text(live, "sellers")


def test_a_forged_switch_changes_nothing(desk: Desk) -> None:
    client = desk.signed_in("analyst")
    answer = client.post(
        "/console/keys",
        data={"keys": "off", "token": hidden(client.get("/console/visitor").text)["token"]},
        headers={"Origin": "https://else.where", "Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403
    assert _FILE in client.get("/console/visitor").text
    assert send(client, "/console/keys", keys="off").status_code == 303
    assert _FILE not in client.get("/console/visitor").text


def test_two_keys_lead_to_a_place_and_one_to_the_keys(visit: Tab) -> None:
    page = visit.go("sellers")
    for keys, place in (
        ("gr", "reports"),
        ("ge", "enrolments"),
        ("gw", "what-if"),
        ("gs", "sellers"),
    ):
        page.keyboard.type(keys)
        address(page, f"{place}$")
    page.keyboard.press("?")
    address(page, "keys$")
    page.keyboard.press("g")
    page.wait_for_timeout(1_700)
    page.keyboard.press("l")
    address(page, "keys$")
    visit.sound()


def test_rows_are_gone_through_and_opened(visit: Tab) -> None:
    page = visit.go("sellers?sort=-points")
    links = page.locator("tbody th a")
    page.keyboard.press("j")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.type("jjk")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.type("kkk")
    expect(links.nth(0)).to_be_focused()
    visit.sound()
    page.keyboard.press("j")
    name = links.nth(1).inner_text()
    page.keyboard.press("Enter")
    address(page, f"sellers/{name}$")
    page.keyboard.press("u")
    address(page, "sellers$")


def test_typing_is_typing(visit: Tab) -> None:
    page = visit.go("sellers")
    page.keyboard.press("/")
    field = page.locator("#q")
    expect(field).to_be_focused()
    page.keyboard.type("gs?/j")
    expect(field).to_have_value("gs?/j")
    field.fill("s-2")
    expect(page.locator("tbody th a").first).to_have_text("s-2")
    page.keyboard.press("Escape")
    expect(field).not_to_be_focused()
    expect(field).to_have_value("s-2")
    page.keyboard.press("j")
    # Leaving a field may have the list asked for anew: who went to a row stays on it.
    page.wait_for_timeout(800)
    expect(page.locator("tbody th a").first).to_be_focused()
    # As an event of the page's own: the browser itself does something at most of these.
    for chord in ("ctrlKey", "altKey", "metaKey"):
        page.evaluate(
            "chord => document.activeElement.dispatchEvent("
            "new KeyboardEvent('keydown', { key: '?', bubbles: true, [chord]: true }))",
            chord,
        )
    address(page, "sellers")
    expect(page.locator("tbody th a").first).to_be_focused()
    page.locator("#status").focus()
    page.keyboard.press("j")
    expect(page.locator("#status")).to_be_focused()
    assert visit.wrong == []


def test_a_row_is_kept_when_its_list_comes_anew(visit: Tab) -> None:
    page = visit.go("sellers?status=suspended")
    page.keyboard.type("jj")
    link = page.locator("tbody th a").nth(1)
    name = link.inner_text()
    with page.expect_response("**/console/sellers?*"):
        page.evaluate("document.querySelector('form.filters').requestSubmit()")
    page.wait_for_timeout(400)
    expect(link).to_be_focused()
    expect(link).to_have_text(name)


def test_pages_of_a_list_are_turned(visit: Tab) -> None:
    page = visit.go("log")
    page.keyboard.press("n")
    address(page, "log\\?page_token=.*page=2")
    page.keyboard.press("b")
    address(page, "log\\??$")


def test_switched_off_no_key_does_anything(visit: Tab) -> None:
    page = visit.go("keys")
    page.get_by_role("button", name="Switch single keys off").click()
    expect(page.get_by_role("status")).to_contain_text("switched off")
    visit.go("sellers")
    page.keyboard.type("gl?j/")
    page.wait_for_timeout(300)
    address(page, "sellers$")
    expect(page.locator("#q")).not_to_be_focused()
    visit.go("keys").get_by_role("button", name="Switch single keys on").click()
    expect(page.get_by_role("status")).to_contain_text("switched on")
    page.keyboard.type("gl")
    address(page, "log$")


def test_the_page_is_sound(
    browser: Browser, marketplace: Program, theme: Theme, size: tuple[int, int]
) -> None:
    with tab(browser, marketplace.base, theme, size) as opened:
        opened.go("keys")
        opened.shot(f"keys-{theme}-{size[0]}")
        opened.sound()
