"""When a browser has painted a page: Chromium opens the console's main pages, as people do."""

import shutil
from statistics import median
from typing import Any, Final

from playwright.sync_api import Page, sync_playwright

from bench.crowd import LONG

OPENED: Final = 5
_CALLED: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAIN: Final = (
    "sellers", "sellers?status=suspended&sort=-changed", "sellers/s-6", f"sellers/s-{LONG}",
    f"sellers/s-{LONG}/why", "appeals", "disputes", "deadlines", "what-if", "policies/aliexpress",
    "log",
)  # fmt: skip
_TIMES: Final = """
() => new Promise((done) => {
  const told = performance.getEntriesByType("navigation")[0];
  let largest = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) largest = entry.startTime;
  }).observe({ type: "largest-contentful-paint", buffered: true });
  setTimeout(() => {
    const first = performance.getEntriesByName("first-contentful-paint")[0];
    done([told.responseEnd, told.domContentLoadedEventEnd, first ? first.startTime : 0, largest]);
  }, 150);
})
"""


def painted(markets: list[tuple[int, str]]) -> None:
    """Print for each page and size: answer, document, first and largest paint, in milliseconds."""
    found = next(filter(None, map(shutil.which, _CALLED)), None)
    if found is None:
        print("No Chromium is on the path, so nothing was painted.")
        return
    heads = "".join(
        f"{f'{size:,}':>10}{'ready':>7}{'first':>7}{'largest':>8}" for size, _ in markets
    )
    print(f"{'in Chromium, ms':<44}{heads}")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1360, "height": 900})
        for place in MAIN:
            told = "".join(_told(_times(tab, base, place)) for _, base in markets)
            print(f"{place:<44}{told}", flush=True)
        browser.close()


def _times(tab: Page, base: str, place: str) -> list[float]:
    """Medians, with the console's files in the browser's cache."""
    turns: list[Any] = []
    for _ in range(OPENED + 1):
        tab.goto(f"{base}/console/{place}", wait_until="load")
        turns.append(tab.evaluate(_TIMES))
    return [median(times) for times in zip(*turns[1:], strict=True)]


def _told(times: list[float]) -> str:
    answer, ready, first, largest = times
    return f"{answer:>10.0f}{ready:>7.0f}{first:>7.0f}{largest:>8.0f}"
