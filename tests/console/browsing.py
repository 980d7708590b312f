"""A real browser before a real server, and what every page has to hold in it."""

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from tests.conftest import ROOT

Theme: TypeAlias = Literal["light", "dark"]
WIDE: Final = (1360, 900)
NARROW: Final = (360, 740)
SCREENSHOTS: Final = ROOT / ".data" / "screenshots"
MANDATORY: Final = os.environ.get("CONSOLE_TESTS") == "must"
_CALLED: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_AXE: Final = Path(__file__).parent / "axe" / "axe.min.js"
_TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_CHECKED: Final = """
async (tags) => {
  const found = await axe.run(document, { runOnly: tags });
  const words = (node) => `${node.target.join(" ")}: ${node.failureSummary.replace(/\\s+/g, " ")}`;
  return found.violations.flatMap((each) => each.nodes.map((node) => `${each.id}: ${words(node)}`));
}
"""


@contextmanager
def browser() -> Generator[Browser]:
    """The machine's own Chromium, found by its name; nothing is downloaded."""
    found = next(filter(None, map(shutil.which, _CALLED)), None)
    if found is None:
        why = "no Chromium is on the path (on Debian: apt-get install chromium)"
        pytest.fail(why) if MANDATORY else pytest.skip(why)
    with sync_playwright() as play:
        yield play.chromium.launch(executable_path=found, args=["--no-sandbox"])


class Tab:
    """A page of the browser that keeps what went wrong in it."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.page: Page = context.new_page()
        self.base = base
        self.wrong: list[str] = []
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", self._heard)

    def _heard(self, message: Any) -> None:
        # What a page answers on purpose (404, 409, 422) is no fault of its scripts.
        if (
            message.type == "error"
            and "the server responded with a status of 4" not in message.text
        ):
            self.wrong.append(message.text)

    def go(self, place: str) -> Page:
        """Open a place of the console, as `sellers?status=suspended`."""
        self.page.goto(f"{self.base}/console/{place}")
        return self.page

    def shot(self, name: str) -> None:
        """Keep a picture of the whole page, to be looked at."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    def sound(self) -> None:
        """Nothing went wrong, nothing stands out of the window, and everybody can use it."""
        assert self.wrong == []
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert self.page.evaluate(wider) <= 0, "the page scrolls sideways"
        assert self.page.locator("h1").count() == 1
        assert barriers(self.page) == []


def barriers(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA, in its words."""
    if not page.evaluate("() => typeof axe === 'object'"):
        # By evaluation and not as an element: the page's own policy stays in force.
        page.evaluate(_AXE.read_text() + "; undefined")
    return page.evaluate(_CHECKED, _TAGS)


@contextmanager
def tab(
    browser: Browser, base: str, theme: Theme = "light", size: tuple[int, int] = WIDE, **more: Any
) -> Generator[Tab]:
    """A visitor of their own: no cookie of another's is there."""
    viewport = ViewportSize(width=size[0], height=size[1])
    context = browser.new_context(
        viewport=viewport, color_scheme=theme, timezone_id="Europe/Berlin", **more
    )
    try:
        yield Tab(context, base)
    finally:
        context.close()
