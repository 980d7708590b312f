"""Signing in and out in a real browser, with every page on the way."""

from collections.abc import Iterator
from typing import NamedTuple

import psycopg
import pytest
from playwright.sync_api import Browser

from api.console.sessions import REMEMBERED_S
from api.keys import create_key
from tests.api.program import Program, program
from tests.conftest import database
from tests.console.browsing import tab


class Guarded(NamedTuple):
    """A server behind keys, and one of them."""

    served: Program
    key: str


@pytest.fixture(scope="module")
def guarded(postgres: str, template: str) -> Iterator[Guarded]:
    with database(postgres, template) as (_, dsn):
        with psycopg.connect(dsn, autocommit=True) as connection:
            scopes = ["audit:read", "cases:decide"]
            key = create_key(connection, subject="ann", scopes=scopes, created_by="test")
        with program(dsn, auth="keys") as served:
            yield Guarded(served, key)


def test_the_way_in_and_out(browser: Browser, guarded: Guarded) -> None:
    with tab(browser, guarded.served.base) as visit:
        page = visit.go("sellers?min_points=3")
        visit.all_looks("sign-in")
        page.get_by_label("Key").fill("sl_no_key")
        page.get_by_role("button", name="Sign in").click()
        assert page.evaluate("document.activeElement.className") == "problem"
        visit.all_looks("sign-in-refused")
        page.get_by_label("Key").fill(guarded.key)
        page.get_by_role("button", name="Sign in").click()
        assert page.url.endswith("/console/sellers?min_points=3")
        page.get_by_role("link", name="ann").click()
        assert visit.heading() == "Who you are"
        visit.all_looks("visitor-with-a-key")
        page.get_by_role("main").get_by_role("button", name="Sign out", exact=True).click()
        assert visit.heading() == "You are signed out"
        visit.all_looks("signed-out")


def test_a_form_that_is_sent_too_late_is_sent_again(browser: Browser, guarded: Guarded) -> None:
    base = guarded.served.base
    with tab(browser, base) as late, tab(browser, base) as other:
        for visit in (late, other):
            page = visit.go("visitor")
            page.get_by_label("Key").fill(guarded.key)
            page.get_by_role("button", name="Sign in").click()
        page = late.go("visitor")
        other.go("visitor").get_by_role("button", name="Sign out everywhere").click()
        page.wait_for_timeout(1000 * REMEMBERED_S)
        page.get_by_role("cell").get_by_role("button", name="Sign out").click()
        late.sound()
        with page.context.expect_page() as opened:
            page.get_by_role("link", name="Sign in (new tab)").click()
        opened.value.get_by_label("Key").fill(guarded.key)
        opened.value.get_by_role("button", name="Sign in").click()
        opened.value.wait_for_url("**/console/visitor")
        page.get_by_role("button", name="I am signed in").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Send this form?"
        late.sound()
        page.get_by_role("button", name="Send it now").click()
        assert "That session has ended." in page.get_by_role("main").inner_text()
