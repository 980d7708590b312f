"""Lists with scripts: filters swap what was found, views are kept, the log is followed."""

import json
import re
import urllib.request

from playwright.sync_api import expect

from tests.api.program import Program
from tests.console.browsing import Tab


def test_a_filter_swaps_what_was_found_and_back_brings_the_old(visit: Tab) -> None:
    page = visit.go("sellers?sort=-points")
    page.select_option("#status", "suspended")
    expect(page).to_have_url(re.compile(r"/console/sellers\?status=suspended&sort=-points$"))
    expect(page.get_by_role("link", name="status: suspended")).to_be_visible()
    expect(page.locator("[data-say]")).to_contain_text("sellers")
    expect(page.locator("td time[data-instant]")).to_have_count(0)
    page.fill("#q", "zzz")
    expect(page.locator(".empty-title")).to_have_text("No seller is like that")
    page.go_back()
    expect(page.locator("#q")).to_have_value("")
    expect(page.get_by_role("link", name="status: suspended")).to_be_visible()
    visit.faultless()


def test_a_view_is_kept_under_its_name_and_forgotten_again(visit: Tab) -> None:
    page = visit.go("sellers?status=suspended&sort=-points")
    name = "<b>mine</b>"
    page.get_by_label("Keep this view as").fill(name)
    page.get_by_role("button", name="Keep", exact=True).click()
    visit.go("sellers")
    page.get_by_role("link", name=name).click()
    expect(page).to_have_url(re.compile(r"status=suspended&sort=-points$"))
    page.get_by_role("button", name=f"Forget the view {name}").click()
    expect(page.get_by_role("link", name=name)).to_have_count(0)
    visit.faultless()


def test_the_log_is_followed_and_paused(visit: Tab, marketplace: Program) -> None:
    page = visit.go("log?actor=follower")
    state = page.locator("[data-state]")
    expect(state).to_have_text("following")
    record(marketplace, "followed-1")
    expect(page.locator("[data-facts] tr")).to_have_count(1, timeout=15_000)
    expect(page.locator("[data-count]")).to_contain_text("1 new")
    visit.sound()
    page.get_by_role("button", name="Pause").click()
    expect(state).to_have_text("paused")
    record(marketplace, "followed-2")
    page.wait_for_timeout(2_500)
    expect(page.locator("[data-facts] tr")).to_have_count(1)
    page.get_by_role("button", name="Follow").click()
    expect(page.locator("[data-facts] tr")).to_have_count(2, timeout=15_000)
    visit.faultless()


def record(marketplace: Program, violation_id: str) -> None:
    told = {"violation_id": violation_id, "rule": "seeds", "source": "platform",
            "statement": "Seen.", "reported_by": "follower"}  # fmt: skip
    asked = urllib.request.Request(
        f"{marketplace.base}/v1/sellers/followed/violations",
        json.dumps(told).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked) as answer:
        assert answer.status == 201
