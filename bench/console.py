"""How long the console's pages take: `make bench-console SELLERS=100000`.

Two marketplaces are loaded, of the demonstration's size and of SELLERS, each served whole by a
process of its own. Every page is asked for over HTTP, sizes taking turns; beside it stands how
long the questions take alone that it asks under /v1, one after another over the same connection.
Then Chromium opens the main pages. With FOLDER the logs are kept there for another run, with ONLY
no page is asked for but those whose group or name holds that word.
"""

import os
import re
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import httpx
import msgspec
import psycopg

from api.opening import database, packs_of, system_now
from api.settings import Settings, read_settings
from bench.console_pages import NAME, SCENARIO, Page, pages
from bench.console_painted import painted
from bench.console_served import TELL, served
from bench.crowd import LONG, lines
from bench.long_import import Watch
from bench.processor import between_ms, family, used_by
from bench.table import machine
from ledger.facts.instants import DAY_US
from ledger.history import History
from ledger.store.server import running_dsn

TARGET_MS: Final = 200.0
TURNS: Final = 12
_TOKEN: Final = re.compile(r'name="token" value="([^"]+)"')
_RUN_S: Final = 600.0


class Marketplace(NamedTuple):
    """One that is served."""

    sellers: int
    base: str
    process: int
    client: httpx.Client
    pages: dict[tuple[str, str], Page]
    token: str


class Took(NamedTuple):
    """A page's times in a marketplace, in milliseconds."""

    p50: float
    p95: float
    processor: float
    """Of the server's processes, the database's among them."""
    alone: float
    """Of its questions, asked alone."""
    questions: int
    kib: float


def main() -> int:
    """Load what is not there yet, ask for every page, and print the tables."""
    sizes = (LONG, int(os.environ.get("SELLERS", "100000")))
    only, turns = os.environ.get("ONLY", ""), int(os.environ.get("TURNS", TURNS))
    with _folder() as folder, ExitStack() as stack:
        markets: list[Marketplace] = []
        for size in sizes:
            own = folder / str(size)
            _loaded(own, size)
            began = time.monotonic()
            base, process = stack.enter_context(served(own))
            _settled(own)
            markets.append(_known(size, base, process, stack))
            print(f"{size:,} sellers are served after {time.monotonic() - began:.0f} s", flush=True)
        cores, load = machine()["cores"], os.getloadavg()[0]
        print(f"{cores} cores, load {load:.1f}, medians of {turns} turns\n")
        _print_head(sizes)
        slow = 0
        for name in markets[0].pages:
            if only in " ".join(name) and all(name in market.pages for market in markets):
                slow += _measured(name, markets, turns)
        print(f"\n{slow} pages took {TARGET_MS:.0f} ms or more (p95) at {sizes[0]:,} sellers.\n")
        if not only:
            painted([(market.sellers, market.base) for market in markets])
    return 0


@contextmanager
def _folder() -> Generator[Path]:
    kept = os.environ.get("FOLDER")
    if kept:
        yield Path(kept)
        return
    with TemporaryDirectory(prefix="ledger console ") as name:
        yield Path(name)


def _loaded(folder: Path, sellers: int) -> None:
    """The marketplace in the log, told once; an import that was broken off goes on."""
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / "until"
    if not note.exists():
        note.write_text(str(system_now() // DAY_US * DAY_US))
    settings: Settings = read_settings(data_dir=folder, auth="off")
    pack, packs = packs_of(settings)
    with database(settings) as dsn:
        history = History(dsn, pack, system_now)
        try:
            done = history.open(f"crowd-{sellers}", "made by bench/crowd.py", packs)
            if not done.finished:
                print(f"{'lines':>11} {'facts':>11} {'lines/s':>9} {'MiB':>7}")
                history.run(lines(sellers, int(note.read_text())), done, Watch(float("inf")).take)
        finally:
            history.close()


def _settled(folder: Path) -> None:
    """Views that were just made are as they are after a while: the database does this by itself."""
    dsn = running_dsn(folder)
    assert dsn is not None
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")


def _known(sellers: int, base: str, process: int, stack: ExitStack) -> Marketplace:
    """A marketplace with its pages, and with a what-if that has ended."""
    client = stack.enter_context(httpx.Client(base_url=base, timeout=120))
    client.cookies.set("ledger-name", NAME)
    run = _run(client)
    found = {(page.group, page.name): page for page in pages(client, run)}
    token = _TOKEN.search(client.get("/console/visitor").text)
    assert token is not None
    return Marketplace(sellers, base, process, client, found, token[1])


def _run(client: httpx.Client) -> str:
    """The id of a run that is done; of a kept log the one it has."""
    before = client.get("/v1/what-if?state=done").json()["runs"]
    if before:
        return before[0]["id"]
    run = client.post("/v1/what-if", json=SCENARIO).json()["id"]
    until = time.monotonic() + _RUN_S
    while (state := client.get(f"/v1/what-if/{run}").json()["state"]) != "done":
        if state in ("failed", "cancelled") or time.monotonic() > until:
            raise RuntimeError(f"the what-if {run} is {state}")
        time.sleep(0.5)
    return run


def _measured(name: tuple[str, str], markets: list[Marketplace], turns: int) -> bool:
    """Print a page's row; whether it misses the target at the smaller size."""
    asked = [_questions(market, market.pages[name]) for market in markets]
    whole: list[list[float]] = [[] for _ in markets]
    alone: list[list[float]] = [[] for _ in markets]
    processor = [0.0 for _ in markets]
    families = [family(market.process) for market in markets]
    kib = 0.0
    for _ in range(turns):
        for nth, market in enumerate(markets):
            before, began = used_by(families[nth]), time.perf_counter()
            answer = _open(market, market.pages[name])
            whole[nth].append((time.perf_counter() - began) * 1_000)
            processor[nth] += between_ms(before, used_by(families[nth])) / turns
            kib = len(answer.content) / 1_024
            began = time.perf_counter()
            for method, path, body in asked[nth]:
                _ask(market.client, method, path, body)
            alone[nth].append((time.perf_counter() - began) * 1_000)
    took = [
        Took(_at(50, w), _at(95, w), p, _at(50, a), len(q), kib)
        for w, p, a, q in zip(whole, processor, alone, asked, strict=True)
    ]
    _print_row(name, took)
    return took[0].p95 >= TARGET_MS


def _open(market: Marketplace, page: Page, headers: dict[str, str] | None = None) -> httpx.Response:
    address = f"/console/{page.place}"
    if page.form is None:
        answer = market.client.get(address, headers=headers)
    else:
        told = {"token": market.token, **page.form}
        answer = market.client.post(address, data=told, headers=headers)
    assert answer.status_code == 200, (page, answer.status_code, answer.text[-2_000:])
    return answer


def _questions(market: Marketplace, page: Page) -> list[list[str]]:
    """What a page asks under /v1: each with its method, path and body."""
    told = _open(market, page, {TELL.decode(): "1"}).headers[TELL.decode()]
    return msgspec.json.decode(told)


def _ask(client: httpx.Client, method: str, path: str, body: str) -> None:
    kind = {"content-type": "application/json"} if body else {}
    client.request(method, path, content=body or None, headers=kind)


def _at(percent: int, times: list[float]) -> float:
    """The nearest rank."""
    return sorted(times)[min(len(times) - 1, len(times) * percent // 100)]


def _print_head(sizes: tuple[int, ...]) -> None:
    heads = "".join(
        f"{f'{size:,}':>9}{'p95':>7}{'cpu':>7}{'alone':>7}{'ratio':>7}" for size in sizes
    )
    print(f"{'page':<44}{heads}{'asks':>6}{'KiB':>6}{'growth':>8}")


def _print_row(name: tuple[str, str], took: list[Took]) -> None:
    told = "".join(
        f"{t.p50:>9.1f}{t.p95:>7.0f}{t.processor:>7.1f}{t.alone:>7.1f}"
        f"{f'{t.p50 / t.alone:.2f}' if t.questions else '-':>7}"
        for t in took
    )
    shown = f"{name[0]}: {name[1]}"
    last: Any = took[-1]
    growth = last.p50 / took[0].p50
    print(f"{shown[:43]:<44}{told}{last.questions:>6}{last.kib:>6.0f}{growth:>8.2f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
