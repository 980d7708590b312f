"""Three scenarios over a large marketplace, from the log to the report:
`make bench-what-if FACTS=10000000`.

A year of violations is imported as history, archived, and judged in three other worlds, each in
a process of its own as the command would be. Beside each stands DuckDB's window SQL over the same
files in the same run, and what DuckDB itself counts. With `FOLDER` the log is kept there, and a
second run begins with the archive.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import duckdb

from api.opening import database, packs_of, system_now
from api.settings import Settings, read_settings
from bench.long_import import Watch
from bench.market import FAULTY, Market
from bench.table import machine
from ledger.facts.instants import DAY_US, format_instant
from ledger.history import History
from ledger.store.clocks import SystemClock
from ledger.store.sql import queries
from projections.archive.manifest import read_manifest, reading
from projections.archive.names import all_names
from projections.what_if.knowing import known_now
from projections.what_if.laying import laid_out
from projections.what_if.reading import scenario_from_toml
from projections.what_if.report import answer
from projections.what_if.running import on_this_machine, run

SQL: Final = queries("bench", "what_if_shown.sql")
EXAMPLES: Final = Path(__file__).resolve().parents[1] / "docs" / "examples" / "what-if"
LIMIT, LIFE_US = 48, 365 * DAY_US


class Asked(NamedTuple):
    """A scenario, and the numbers with which DuckDB asks the same."""

    file: str
    limit: int = LIMIT
    life_us: int = LIFE_US
    detector: str = ""


ASKED: Final = (
    Asked("limit-of-36", limit=36),
    Asked("without-a-faulty-detector", detector=FAULTY),
    Asked("life-of-180-days", life_us=180 * DAY_US),
)


def main() -> int:
    """Make what is not there yet, run the three, and print them as a table."""
    facts = int(os.environ.get("FACTS", "10000000"))
    with _folder() as folder, database(_settings(folder)) as dsn:
        market = _imported(dsn, facts, folder)
        shutil.rmtree(folder / "archive", ignore_errors=True)
        done = _apart("archive", folder)
        manifest = read_manifest(folder / "archive")
        print(
            f"\n{manifest.position:,} facts of {sum(s.rows for s in manifest.sellers):,} sellers, "
            f"archived at {manifest.position / done['archiving']:,.0f} facts/s in "
            f"{done['mib']:,} MiB: {sum(s.bytes for s in manifest.segments) >> 20:,} MiB. "
            f"{machine()['cores']} cores, load {os.getloadavg()[0]:.1f}.\n"
        )
        _apart("no-change", folder)  # whatever is compiled is compiled by now
        print(
            "| scenario | command, s | judging, s | facts/s | DuckDB, one world, s | ratio | MiB "
            "| answer | as DuckDB counts |\n|---|---|---|---|---|---|---|---|---|"
        )
        for asked in ASKED:
            print(_row(asked, market, folder), flush=True)
    return 0


@contextmanager
def _folder() -> Generator[Path]:
    kept = os.environ.get("FOLDER")
    if kept:
        yield Path(kept)
        return
    with TemporaryDirectory(prefix="ledger shown ") as name:
        yield Path(name)


def _settings(folder: Path) -> Settings:
    return read_settings(data_dir=folder, auth="off")


def _imported(dsn: str, facts: int, folder: Path) -> Market:
    """The marketplace in the log, told once; an import that was broken off goes on."""
    note = folder / "until"
    if not note.exists():
        note.write_text(str(system_now() // DAY_US * DAY_US))
    market = Market(facts * 19 // 20, int(note.read_text()))
    pack, packs = packs_of(_settings(folder))
    history = History(dsn, pack, system_now)
    try:
        done = history.open(f"market-{facts}", "made by bench/market.py", packs)
        if not done.finished:
            print(f"{'lines':>11} {'facts':>11} {'lines/s':>9} {'MiB':>7}")
            history.run(market.lines(), done, Watch(float("inf")).take)
    finally:
        history.close()
    return market


def _row(asked: Asked, market: Market, folder: Path) -> str:
    file = _scenario(asked, market, folder)
    done = _apart(str(file), folder)
    result = done["result"]
    found = _Sql(folder / "archive", asked, market)
    began = time.perf_counter()
    found.one("windowed")
    sql_s = time.perf_counter() - began
    judging, facts = done["judging"], read_manifest(folder / "archive").position
    return (
        f"| {result['name']} | {done['seconds']:.1f} | {judging:.2f} | {facts / judging:,.0f} | "
        f"{sql_s:.2f} | {sql_s / judging:.2f} x | {done['mib']:,} | {done['answer']} | "
        f"{found.checked(result)} |"
    )


def _scenario(asked: Asked, market: Market, folder: Path) -> Path:
    """The documented example; the detector's days are those of this marketplace."""
    text = (EXAMPLES / f"{asked.file}.toml").read_text()
    for then, now in zip(("2026-03-02T00", "2026-03-16T00"), market.faulty, strict=True):
        text = text.replace(then, format_instant(now)[:13])
    file = folder / f"{asked.file}.toml"
    file.write_text(text.replace(" in March", ""))
    return file


class _Sql:
    """What DuckDB says of the same files."""

    def __init__(self, archive: Path, asked: Asked, market: Market) -> None:
        self._database = duckdb.connect()
        reporters = all_names(archive, read_manifest(archive).reporters).to_pylist()
        self._asked = {
            "log": str(archive / "log-*.parquet"), "replay": str(archive / "replay-*.parquet"),
            "limit": asked.limit, "life": asked.life_us, "usual": LIFE_US,
            "detector": asked.detector,
            "reporter": reporters.index(asked.detector) if asked.detector else -2,
            "since": market.faulty[0], "till": market.faulty[1],
        }  # fmt: skip

    def one(self, name: str) -> int:
        """The number that a query comes to."""
        text = SQL[name]
        asked = {key: value for key, value in self._asked.items() if f"${key}" in text}
        row = self._database.execute(text, asked).fetchone()
        assert row is not None
        return int(row[0])

    def checked(self, result: dict[str, Any]) -> str:
        """What DuckDB counts itself, where that is the same question."""
        summary = result["summary"]
        imposed = sum(both["baseline"] for both in summary["sanctions"].values())
        pairs = [
            ("suspended", summary["suspended"]["scenario"], self.one("suspended")),
            ("imposed as it was", imposed, self.one("imposed")),
        ]
        if result["matched"]:
            pairs.append(("matched", result["matched"][0]["violations"], self.one("matched")))
        return ", ".join(
            f"{what} {ours:,}" + ("" if ours == theirs else f" (DuckDB: {theirs:,})")
            for what, ours, theirs in pairs
        )


def _apart(what: str, folder: Path) -> dict[str, Any]:
    """Done by a process of its own; with its seconds and the most memory that it held."""
    command = [sys.executable, "-m", "bench.what_if_shown", what, str(folder)]
    began = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return {**json.loads(done.stdout), "seconds": time.perf_counter() - began}


def _part(what: str, folder: Path) -> dict[str, Any]:
    """What a process does: bring up the archive, or answer a scenario as the command does."""
    archive = folder / "archive"
    with database(_settings(folder)) as dsn:
        began = time.perf_counter()
        known = known_now(dsn, SystemClock(system_now), archive)
    if what == "archive":
        return {"archiving": time.perf_counter() - began, "mib": _most_mib()}
    file = EXAMPLES / "no-change.toml" if what == "no-change" else Path(what)
    began = time.perf_counter()
    with reading(archive) as manifest:
        scenario = scenario_from_toml(file.read_text(), known)
        laid = laid_out(scenario, known, archive, manifest)
        into = folder / "shown" / file.stem
        shutil.rmtree(into, ignore_errors=True)
        result = run(laid, known, on_this_machine(), into, lambda _done, _of: None)
    return {
        "result": json.loads((into / "result.json").read_bytes()), "answer": answer(result),
        "judging": time.perf_counter() - began, "mib": _most_mib(),
    }  # fmt: skip


def _most_mib() -> int:
    """The most memory that this process has held; `ru_maxrss` would have its parent's in it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) >> 10


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(_part(sys.argv[1], Path(sys.argv[2]))))
    else:
        sys.exit(main())
