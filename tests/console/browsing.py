"""A real browser before a real server, and what every page has to hold in it."""

import os
import shutil
import time
from collections.abc import Callable, Generator
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
_SOON_S: Final = 3.0
_CALLED: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PARTS: Final = frozenset({"script", "stylesheet", "image", "font"})
_STILL_AT_MOST: Final = 0.05
"""The layout shift that a page may have while it comes, as browsers add it up."""


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
        self.page.on("response", self._came)
        self.page.on("dialog", self._asked)

    def _heard(self, message: Any) -> None:
        # What a page answers on purpose (404, 409, 422) is no fault of its scripts.
        if (
            message.type == "error"
            and "the server responded with a status of 4" not in message.text
        ):
            self.wrong.append(message.text)

    def _came(self, response: Any) -> None:
        if response.status >= 400 and response.request.resource_type in _PARTS:
            self.wrong.append(f"{response.status} for {response.url}")

    def _asked(self, dialog: Any) -> None:
        # The console opens none: whatever does was somebody else's script.
        self.wrong.append(f"a dialog says {dialog.message}")
        dialog.dismiss()

    def go(self, place: str) -> Page:
        """Open a place of the console, as `sellers?status=suspended`."""
        self.page.goto(f"{self.base}/console/{place}")
        return self.page

    def look(self, theme: Theme, size: tuple[int, int]) -> None:
        """Have the page as it is, in another theme and window."""
        self.page.emulate_media(color_scheme=theme, media="screen")
        self.page.set_viewport_size(ViewportSize(width=size[0], height=size[1]))

    def shot(self, name: str) -> None:
        """Keep a picture of the whole page, to be looked at."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    def heading(self) -> str:
        """What the page calls itself."""
        return self.page.get_by_role("heading", level=1).inner_text()

    def sound(self, shot: str | None = None) -> None:
        """Nothing went wrong, nothing stands out of the window, and everybody can use it."""
        if shot:
            self.shot(shot)
        self.faultless()
        self.fits()
        self.usable()

    def faultless(self) -> None:
        """No script failed, nothing was kept out by the page's policy, and every part came."""
        assert not self.wrong, self.wrong
        assert self.page.locator("h1").count() == 1

    def usable(self, kinds: dict[str, Any] | None = None) -> None:
        """Everybody can use the page, as far as a program can tell."""
        found = barriers(self.page, kinds or _TAGS)
        assert not found, "\n".join(found)

    def fits(self) -> None:
        """Nothing stands out of the window, once charts have taken its width."""
        fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        assert self.soon(lambda: self.page.evaluate(fits)), "the page scrolls sideways"

    def soon(self, holds: Callable[[], bool]) -> bool:
        """Whether something holds within seconds; pages let no text be run that could wait."""
        until = time.monotonic() + _SOON_S
        while not (held := holds()) and time.monotonic() < until:
            self.page.wait_for_timeout(50)
        return held

    def stood_still(self) -> None:
        """Nothing moved while the page came."""
        assert self.page.evaluate(_MOVED) < _STILL_AT_MOST, "the page moves while it comes"

    def all_looks(self, name: str) -> None:
        """The page as it stands in both themes, wide and narrow, from one loading."""
        for theme, size in LOOKS:
            self.look(theme, size)
            self.fits()
            self.shot(f"{name}-{theme}-{size[0]}")
            # Structure is the same in the dark; what may differ there is colours.
            if (theme, size) != ("dark", NARROW):
                self.usable(_COLOURS if theme == "dark" else _TAGS)
        self.faultless()


LOOKS: Final[tuple[tuple[Theme, tuple[int, int]], ...]] = (
    ("light", WIDE), ("dark", WIDE), ("dark", NARROW), ("light", NARROW),
)  # fmt: skip
_AXE: Final = (Path(__file__).parent / "axe" / "axe.min.js").read_text() + "; undefined"
_TAGS: Final = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
_COLOURS: Final = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
_CHECKED: Final = """
async (kinds) => {
  // What stands within a chart is one picture to a reader, and named by its frame.
  const within = { exclude: [["[data-chart] > *"]] };
  const found = await axe.run(within, { runOnly: kinds, resultTypes: ["violations"] });
  const words = (node) => `${node.target.join(" ")}: ${node.failureSummary.replace(/\\s+/g, " ")}`;
  return found.violations.flatMap((each) => each.nodes.map((node) => `${each.id}: ${words(node)}`));
}
"""
_MOVED: Final = """
() => new Promise((told) => {
  let moved = 0;
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) if (!each.hadRecentInput) moved += each.value;
  }).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => told(moved), 30)));
})
"""


def barriers(page: Page, kinds: dict[str, Any]) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA, in its words."""
    if not page.evaluate("() => typeof axe === 'object'"):
        # By evaluation and not as an element: the page's own policy stays in force.
        page.evaluate(_AXE)
    return page.evaluate(_CHECKED, kinds)


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
