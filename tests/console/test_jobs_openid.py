"""Signing in with the organisation's account, in a real browser, at a real provider."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import database
from tests.console.offices import Office, free_port, office_of
from tests.console.providing import provider


@pytest.fixture(scope="module")
def office(postgres: str, template: str, browser: Browser) -> Iterator[Office]:
    """An office whose people sign in at a provider; both know each other's address."""
    port = free_port()
    console = f"http://127.0.0.1:{port}/console/"
    with (
        provider(REDIRECT=f"{console}openid", SIGNED_OUT=f"{console}signed-out") as issuer,
        database(postgres, template) as (_, dsn),
        office_of(
            dsn, browser, port, console_address=console, openid_issuer=issuer,
            openid_client_id="console", openid_client_secret="planted-client-secret",
            openid_roles="analyst=audit:read",
        ) as made,
    ):  # fmt: skip
        yield made


def test_somebody_comes_with_their_account_and_leaves_again(office: Office) -> None:
    visit = office.stranger()
    page = visit.go("sellers?min_points=3")
    visit.sound("job-openid-1-door")
    page.get_by_role("link", name="account").click()
    page.locator("[name=login]").fill("ann")
    page.locator("[name=password]").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/console/sellers?min_points=3")
    visit.wrong.clear()
    page.reload()
    visit.sound("job-openid-2-arrived")
    page.get_by_role("link", name="ann", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("your organisation's account")
    visit.sound("job-openid-3-visitor")
    page.get_by_role("banner").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign out there too")).to_be_visible()
    visit.sound("job-openid-4-left")
    visit.go("sellers")
    expect(page.get_by_label("Key")).to_be_visible()
