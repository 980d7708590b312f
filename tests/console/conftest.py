"""A marketplace that is served, and a browser to look at it."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.api.program import Program, program
from tests.api.routes.world import World, world_of
from tests.conftest import ROOT, database
from tests.console import browsing
from tests.console.browsing import Tab, Theme, tab
from tests.console.offices import Office, office_of
from tests.console.people import Desk, desk_of

_SELLERS = "40"


@pytest.fixture(scope="session")
def marketplace_dsn(
    postgres: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A database that holds the demonstration's named sellers, and few others."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LEDGER_")}
    with database(postgres, template) as (_, dsn):
        folder = str(tmp_path_factory.mktemp("marketplace"))
        subprocess.run(
            [sys.executable, "-m", "api.cli", "demo", "--load-only", "--sellers", _SELLERS],
            cwd=ROOT,
            env={**kept, "LEDGER_DATABASE_URL": dsn, "LEDGER_DATA_DIR": folder},
            check=True,
            capture_output=True,
        )
        yield dsn


@pytest.fixture(scope="session")
def marketplace(marketplace_dsn: str) -> Iterator[Program]:
    """The marketplace as `make run` serves it; tests that write use sellers of their own."""
    with program(marketplace_dsn) as served:
        yield served


@pytest.fixture(scope="module")
def desk(postgres: str, template: str) -> Iterator[Desk]:
    """A ledger behind keys, one for the tests of a module; nobody is signed in."""
    with database(postgres, template) as (_, dsn), desk_of(dsn) as made:
        yield made


@pytest.fixture(scope="module")
def live(postgres: str, template: str) -> Iterator[World]:
    """An empty ledger without keys, for the tests of a module."""
    with database(postgres, template) as (_, dsn), world_of(dsn) as world:
        yield world


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's Chromium."""
    with browsing.browser() as found:
        yield found


@pytest.fixture(scope="module")
def office(postgres: str, template: str, browser: Browser) -> Iterator[Office]:
    """People at work behind keys, on the sandbox's clock, for the tests of a module."""
    with database(postgres, template) as (_, dsn), office_of(dsn, browser, clock="test") as made:
        made.move("2026-01-01T00:00:00Z")
        yield made


@pytest.fixture
def visit(browser: Browser, marketplace: Program) -> Iterator[Tab]:
    """A visitor before the marketplace, light and wide."""
    with tab(browser, marketplace.base) as opened:
        yield opened


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> Theme:
    """Both themes."""
    return request.param


@pytest.fixture(params=[browsing.WIDE, browsing.NARROW], ids=["wide", "narrow"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """A desk's window and a phone's."""
    return request.param
