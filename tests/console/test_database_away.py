"""The database goes away while a page is open, and comes back."""

import re
from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, expect
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from tests.conftest import database
from tests.console.offices import Office, office_of

AWAY = re.compile("status of 503")


class Far:
    """An office whose database can be shut."""

    def __init__(self, office: Office, server: str, dsn: str) -> None:
        self.office = office
        self._server = server
        self._name = str(conninfo_to_dict(dsn)["dbname"])

    def open(self, *, given: bool) -> None:
        """Let connections to the database in, or end them all and let none in."""
        allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        with psycopg.connect(self._server, autocommit=True) as connection:
            name = sql.Identifier(self._name)
            connection.execute(allow.format(name, sql.SQL("true" if given else "false")))
            if not given:
                connection.execute(end, [self._name])


@pytest.fixture
def far(postgres: str, template: str, browser: Browser) -> Iterator[Far]:
    with database(postgres, template) as (_, dsn), office_of(dsn, browser) as office:
        made = Far(office, postgres, dsn)
        yield made
        made.open(given=True)


def test_a_page_says_so_keeps_what_was_typed_and_goes_on_afterwards(far: Far) -> None:
    visit = far.office.at_desk("rob")
    page = visit.go("sellers/s-1/record-violation")
    page.get_by_label("File number").fill("v-1")
    page.get_by_label("Rule").select_option("seeds")
    page.get_by_label("Source").fill("inspection")
    page.get_by_label("Statement").fill("Seen by rob.")
    far.open(given=False)
    page.get_by_role("button", name="Preview the effect").click()
    title = page.get_by_role("heading", level=1)
    expect(title).to_have_text("The ledger cannot be reached", timeout=30_000)
    shown = page.get_by_role("main").inner_text()
    assert "Seen by rob." in shown and "psycopg" not in shown
    visit.shot("database-away-form")
    visit.usable()
    other = visit.page.context.new_page()
    other.goto(f"{far.office.base}/console/sellers?status=suspended")
    expect(other.get_by_role("link", name="Try again")).to_have_attribute(
        "href", "./sellers?status=suspended"
    )
    assert [wrong for wrong in visit.wrong if not AWAY.search(wrong)] == []
    far.open(given=True)
    for _ in range(60):
        if page.get_by_role("button", name="Confirm and record").count():
            break
        page.wait_for_timeout(500)
        page.get_by_role("button", name="Send it again").click()
    page.get_by_role("button", name="Confirm and record").click()
    page.wait_for_url("**/violations/v-1?recorded=*")
    assert far.office.facts(seller_id="s-1") == ["violation-recorded"]
