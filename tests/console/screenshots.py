"""The pictures of docs/console.md: its ten jobs, done in a browser before a fresh marketplace.

`make screenshots` takes them anew into docs/images/console. A step that no longer works stops it.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.sync_api import Page

from tests.conftest import ROOT
from tests.console.browsing import browser, tab
from tests.console.camera import KEPT, SIZE, Camera, title_of

JUDGED_MS: Final = 400_000
"""The first what-if after an installation has the judge compiled, on a busy machine slowly."""
READY: Final = re.compile(r"ready at (http://[\d.]+:\d+)")


def named(camera: Camera, name: str) -> Page:
    """Say who one is: decisions carry a name."""
    page = camera.go("visitor")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Keep this name").click()
    return page


def a_seller(camera: Camera) -> None:
    """The console at a glance: a seller's own page."""
    camera.go("sellers/s-1")
    camera.drawn("#standing")
    camera.top("seller")


def list_and_export(camera: Camera) -> None:
    """Job 1: suspended sellers whose money is withheld, as a spreadsheet."""
    page = camera.go("sellers")
    page.get_by_role("link", name="Suspended now").click()
    page.get_by_text("More filters").click()
    page.get_by_label("May withdraw").select_option("no")
    page.get_by_label("Order").select_option("most points first")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**can_withdraw=false**")
    with page.expect_download() as kept:
        page.get_by_role("link", name="CSV").click()
    lines = Path(kept.value.path()).read_text().splitlines()
    assert any(line.startswith("s-1,") for line in lines), "s-1 is suspended, its money withheld"
    camera.take("job-01", page.locator(".chips"), page.locator("#found tbody tr:nth-child(6)"))


def why_suspended(camera: Camera) -> None:
    """Job 2: why s-1 is suspended, and what would lift it."""
    page = camera.go("sellers/s-1")
    page.get_by_role("link", name="what would lift it").click()
    assert "points would be 26, and the seller active" in page.locator("main").inner_text()
    sanctions = page.get_by_role("heading", name="Sanctions, and what would lift them")
    next_one = page.get_by_role("heading", name="What time alone")
    camera.take("job-02", sanctions, before=next_one)


def believed_then(camera: Camera) -> None:
    """Job 3: s-3 thirty days ago, as said then."""
    page = camera.go("sellers/s-3")
    page.locator("li", has_text="a month ago").get_by_role("link", name="as said then").click()
    assert "This is not now" in page.locator("main").inner_text()
    page.locator("tr.differs", has_text="Points").wait_for()
    then = page.get_by_role("heading", name="What we believed then")
    camera.take("job-03", then, page.locator("section[aria-labelledby=beliefs] li").last)
    course = page.get_by_role("heading", name="Points over time")
    camera.take("points", course, camera.drawn("#standing"))


def decide_appeal(camera: Camera) -> None:
    """Job 4: the open appeal of s-14, with its preview."""
    page = named(camera, "buyer-care")
    _open_appeal(camera)
    page.get_by_text("You cannot decide this").wait_for()
    camera.take("job-04-conflict", page.get_by_role("heading", name="Decide"),
                page.locator("#barred"))  # fmt: skip
    named(camera, "ana")
    _open_appeal(camera)
    page.get_by_label("upheld: the violation never was").check()
    page.get_by_label("Reasons").fill("The photographs were licensed.")
    page.get_by_role("button", name="Preview the effect").click()
    page.get_by_role("heading", name="What this would do").wait_for()
    camera.take("job-04", page.locator(".preview"))
    page.get_by_role("button", name="Confirm and record").click()
    page.get_by_text("Done, and recorded:", exact=True).wait_for()


def _open_appeal(camera: Camera) -> None:
    page = camera.go("appeals?seller_id=s-14")
    page.get_by_role("link", name="v-14-5").click()


def rule_dispute(camera: Camera) -> None:
    """Job 5: a dispute of s-15 that waits for a ruling."""
    named(camera, "ana")
    page = camera.go("disputes")
    page.get_by_label("Seller", exact=False).first.fill("s-15")
    page.get_by_label("Status").select_option("waiting for the platform")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="d-15-19").click()
    page.get_by_label("Refund to the buyer").fill("45.00")
    page.get_by_role("radio", name="the seller").check()
    page.get_by_label("Reasons").fill("Used goods were sold as new; half their price is fair.")
    page.get_by_role("button", name="Preview the effect").click()
    page.get_by_role("button", name="Confirm and record").click()
    page.get_by_text("Done, and recorded:", exact=True).wait_for()
    claim = page.locator("section[aria-labelledby=claim]")
    camera.take("job-05", claim, page.locator("section[aria-labelledby=outcome]"))


def record_and_annul(camera: Camera) -> None:
    """Job 6: a violation of s-3 that suspends, and its annulment."""
    named(camera, "ana")
    page = camera.go("sellers/s-3/violations")
    page.get_by_role("link", name="Record a violation").click()
    page.get_by_label("Rule").select_option("weapons")
    page.get_by_label("Source").fill("inspection")
    page.get_by_label("Statement").fill("A folding knife was offered as a kitchen tool.")
    page.get_by_role("button", name="Preview the effect").click()
    page.get_by_role("heading", name="What this would do").wait_for()
    camera.take("job-06", page.locator(".preview"))
    page.get_by_role("button", name="Confirm and record").click()
    page.get_by_text("Done, and recorded").wait_for()
    page.get_by_role("link", name="Annul it").click()
    page.get_by_label("Reason").fill("It was a butter knife.")
    page.get_by_role("button", name="Preview the effect").click()
    page.get_by_role("button", name="Confirm and record").click()
    page.get_by_text("Done, and recorded").wait_for()
    page.get_by_text("cancelled", exact=True).first.wait_for()


def another_world(camera: Camera) -> None:
    """Job 7: suspension at 60 points, and what it withholds for a year."""
    page = camera.go("what-if")
    page.get_by_role("link", name="Build a scenario").click()
    page.get_by_label("Name", exact=True).fill("Suspended at 60, frozen for a year")
    page.locator("details", has_text="Bucket points").locator("input").first.fill("60")
    page.locator("summary", has_text="Money withheld").click()
    page.locator("details", has_text="Money withheld").locator("input").first.fill("365")
    page.get_by_role("button", name="Check").first.click()
    page.get_by_text("This can be run").wait_for()
    page.get_by_role("button", name="Run", exact=True).first.click()
    page.get_by_role("heading", name="Newly suspended").wait_for(timeout=JUDGED_MS)
    camera.take("job-07", title_of(page), before=page.get_by_role("heading", name="In figures"))
    page.get_by_label("Suspended", exact=True).select_option("only as it was")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("region", name="Sellers found").get_by_role("link").first.click()
    page.get_by_text("Only in the baseline: suspension at points-48").wait_for()
    camera.drawn("#worlds")
    camera.take(
        "job-07-both", title_of(page), before=page.get_by_role("heading", name="Sanctions over")
    )


def two_editions(camera: Camera) -> None:
    """Job 8: what two packs say otherwise, and whom a draft would meet."""
    page = camera.go("policies/aliexpress/differences")
    page.get_by_label("To").select_option("aliexpress-ladder@2020-01-01")
    page.get_by_role("button", name="Compare").click()
    page.get_by_text("53 places differ").wait_for()
    camera.go("policies")
    page.locator("a[href$='/aliexpress/draft']").click()
    box = page.get_by_label("As TOML")
    box.fill(_stricter(box.input_value()))
    page.get_by_role("button", name="Check the draft").click()
    page.get_by_text("could be published").wait_for()
    camera.take(
        "job-08", page.locator(".told"), before=page.get_by_role("heading", name="The draft")
    )
    page.get_by_role("button", name="Whom would it meet?").click()
    page.get_by_role("button", name="Run", exact=True).first.click()
    page.get_by_role("heading", name="Newly suspended").wait_for(timeout=JUDGED_MS)


def _stricter(text: str) -> str:
    """The pack with a limit of 36 points, under a name that says so."""
    text = re.sub(r'^edition = ".*"$', 'edition = "stricter"', text, count=1, flags=re.MULTILINE)
    return text.replace('commission", value = 48', 'commission", value = 36', 1)


def fact_and_proof(camera: Camera) -> None:
    """Job 9: the suspension of s-3 in the log, and its proof."""
    page = camera.go("log")
    page.get_by_label("Seller", exact=False).first.fill("s-3")
    page.get_by_label("Kind of fact").select_option("sanction imposed")
    page.get_by_role("button", name="Show").click()
    page.wait_for_load_state("networkidle")
    page.locator("main tbody th a").last.click()
    page.get_by_role("button", name="Check now").click()
    page.get_by_role("heading", name="It holds").wait_for()
    camera.take("job-09", page.locator("#proof"), page.locator("#checked"))


def hand_over(camera: Camera) -> None:
    """Job 10: the file of s-3, for a court."""
    page = camera.go("sellers/s-3/records")
    end = page.get_by_role("heading", name="What people wrote")
    camera.take("job-10", title_of(page), before=end)
    with page.expect_download() as kept:
        page.get_by_role("button", name="Download the bundle").click()
    assert kept.value.suggested_filename.endswith(".zip")


JOBS: Final[tuple[Callable[[Camera], None], ...]] = (
    a_seller,
    list_and_export,
    why_suspended,
    believed_then,
    decide_appeal,
    rule_dispute,
    record_and_annul,
    another_world,
    two_editions,
    fact_and_proof,
    hand_over,
)


@contextmanager
def marketplace() -> Generator[str]:
    """A marketplace that was loaded just now, in a folder of its own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LEDGER_")}
    with TemporaryDirectory() as folder:
        asked = [sys.executable, "-m", "api.cli", "demo", "--data-dir", folder, "--port", "8180"]
        with subprocess.Popen(
            asked, cwd=ROOT, env=kept, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            assert process.stdout is not None
            try:
                found = next(filter(None, map(READY.search, process.stdout)))
                yield found[1]
            finally:
                process.terminate()


def take_all(base: str, *only: str) -> None:
    """Do every job at an address, and keep the pictures."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with browser() as found, tab(found, base, size=SIZE, accept_downloads=True) as opened:
        camera = Camera(opened.page, base)
        for job in JOBS:
            if only and job.__name__ not in only:
                continue
            job(camera)
            print(f"{job.__name__.replace('_', ' ')}: done")
        assert opened.wrong == []


if __name__ == "__main__":
    if len(sys.argv) > 1:
        take_all(*sys.argv[1:])
    else:
        with marketplace() as fresh:
            take_all(fresh)
