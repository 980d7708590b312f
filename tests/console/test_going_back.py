"""The browser's own buttons, back and forward, among forms that were sent."""

from tests.console.browsing import Tab
from tests.console.people import Desk

PLACE = "sellers/s-12/record-violation"


def test_going_back_to_a_sent_form_finds_what_was_typed(visit: Tab) -> None:
    page = visit.page
    page.goto(f"{visit.base}/console/{PLACE}")
    page.select_option("select[name=rule]", "seeds")
    page.fill("textarea[name=statement]", "Seeds, in the third picture.")
    page.fill("input[name=effective_at]", "tomorrow perhaps")
    page.click("button[value=preview]")
    page.wait_for_selector("[role=alert]")
    page.goto(f"{visit.base}/console/log")
    page.go_back()
    assert page.input_value("textarea[name=statement]") == "Seeds, in the third picture."
    assert page.input_value("input[name=effective_at]") == "tomorrow perhaps"


def test_who_signs_out_leaves_no_sent_form_behind(desk: Desk) -> None:
    client = desk.signed_in("platform")
    place = f"/console/{PLACE}"
    assert client.get(place).headers["cache-control"] == "no-store"
    token = client.get(place).text.partition('name="token" value="')[2].partition('"')[0]
    here = {"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"}
    sent = client.post(place, data={"token": token, "statement": "Seeds."}, headers=here)
    assert sent.headers["cache-control"] == "private, no-cache"
    gone = client.post("/console/sign-out", data={"token": token}, headers=here)
    assert gone.headers["clear-site-data"] == '"cache"'
