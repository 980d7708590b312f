"""Takes pictures of parts of a page, for documents."""

from pathlib import Path
from typing import Final

from playwright.sync_api import FloatRect, Locator, Page

from tests.conftest import ROOT

KEPT: Final = ROOT / "docs" / "images" / "console"
SIZE: Final = (1160, 820)
ABOVE: Final = FloatRect(x=0, y=0, width=SIZE[0], height=560)
DRAWN_MS: Final = 500
MARGIN: Final = 12
LOW: Final = 620
"""No picture is higher: what matters stands in its upper part."""


class Camera:
    """A page, and pictures of its parts."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.console = f"{base}/console"

    def go(self, place: str) -> Page:
        """Open a place of the console."""
        self.page.goto(f"{self.console}/{place}")
        return self.page

    def drawn(self, chart: str) -> Locator:
        """A chart, once it stands still."""
        found = self.page.locator(chart)
        found.locator("svg").first.wait_for()
        self.page.wait_for_timeout(DRAWN_MS)
        return found

    def top(self, name: str) -> None:
        """A picture of the upper part of the window, with the rail."""
        self.page.screenshot(path=_file(name), clip=ABOVE)

    def take(
        self, name: str, first: Locator, last: Locator | None = None, before: Locator | None = None
    ) -> None:
        """A picture as wide as the page, from the top of one part to the bottom of another, or to
        what stands just `before` a third."""
        self.page.mouse.move(0, 0)
        self.page.wait_for_load_state("networkidle")
        self.page.evaluate("document.activeElement?.blur()")
        begin = max(0.0, _box(first)["y"] - MARGIN)
        if before is None:
            bottom = _box(last or first)
            end = bottom["y"] + bottom["height"] + MARGIN
        else:
            end = _box(before)["y"] - MARGIN
        left = _box(self.page.locator("main"))["x"]
        self.page.screenshot(
            path=_file(name),
            full_page=True,
            animations="disabled",
            clip={"x": left, "y": begin, "width": SIZE[0] - left, "height": min(LOW, end - begin)},
        )


def _file(name: str) -> Path:
    return KEPT / f"{name}.png"


def _box(part: Locator) -> dict[str, float]:
    """Where a part stands on the page."""
    return part.evaluate(
        "e => { const r = e.getBoundingClientRect();"
        " return { x: r.x, y: r.y + window.scrollY, height: r.height } }"
    )


def title_of(page: Page) -> Locator:
    """The page's title, where what it is about begins."""
    return page.locator("h1")
