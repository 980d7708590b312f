"""P5: a whole population in two worlds, on all cores, against DuckDB's window SQL for the
thresholds of one; and P5a, against loading seller after seller.
"""

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import duckdb
import msgspec
import numpy as np
import pyarrow as pa
from eventsourcing.application import AggregateNotFoundError

from api.opening import open_ledger
from api.settings import Settings
from bench.bulk import record
from bench.ground import fresh_database, violation_lines
from bench.kernel import population, rulebook
from bench.table import Row
from ledger.facts.instants import parse_instant
from ledger.policy.book import Book, PublishedEdition
from ledger.policy.check import policy_from
from ledger.policy.document import read
from ledger.policy.patch import PatchValue
from ledger.policy.shipped import load_pack
from ledger.standing import kernel
from ledger.standing.rulebook import Rulebook
from ledger.store.application import LedgerApplication, environment
from projections.archive import files
from projections.archive.manifest import Manifest, Terms, reading, replace_manifest
from projections.archive.merging import group_of, whole_sellers
from projections.archive.names import AT_ONCE
from projections.archive.names import SCHEMA as NAMES
from projections.archive.replay_columns import SCHEMA
from projections.what_if.laying import laid_out
from projections.what_if.reading import scenario_from
from projections.what_if.result import Result
from projections.what_if.running import on_this_machine, run
from projections.what_if.world_rules import Known

Asked: TypeAlias = tuple[str, str, dict[str, PatchValue], float]
"""Which SQL it is held against, the pack, what is changed, and the target."""

array: Any = np
arrow: Any = pa
BEGIN = parse_instant("2020-01-01T00:00:00Z")
"""The first instant of the population: when the shipped packs take effect."""
LIFE_US = 365 * 86_400_000_000
RULE_OF = {2: "harassment", 6: "medicines", 12: "false-delivery", 24: "weapons"}
THRESHOLDS = """
SELECT count(*) FILTER (WHERE total >= 2 AND total - about < 2),
       count(*) FILTER (WHERE total >= 6 AND total - about < 6),
       count(*) FILTER (WHERE total >= 12 AND total - about < 12),
       count(*) FILTER (WHERE total >= 24 AND total - about < 24),
       count(*) FILTER (WHERE total >= 36 AND total - about < 36),
       count(*) FILTER (WHERE total >= 48 AND total - about < 48)
FROM (
    SELECT about, sum(about) OVER (
        PARTITION BY seller ORDER BY effective RANGE BETWEEN {before} PRECEDING AND CURRENT ROW
    ) AS total
    FROM read_parquet('{folder}/replay-*.parquet') WHERE kind = 0
)
"""
THRESHOLD = """
SELECT count(DISTINCT seller) FROM (
    SELECT seller, sum(about) OVER (
        PARTITION BY seller ORDER BY effective RANGE BETWEEN {before} PRECEDING AND CURRENT ROW
    ) AS total
    FROM read_parquet('{folder}/replay-*.parquet') WHERE kind = 0
) WHERE total >= 48
"""


def write_archive(folder: Path, rows: int) -> Manifest:
    """An archive as a log of so many facts would leave it once its segments are merged."""
    columns, bounds = population(rows)
    kind, weight = array.asarray(columns.kind), array.asarray(columns.weight)
    recorded, effective, lapse = (
        array.asarray(column) for column in (columns.recorded, columns.effective, columns.lapse)
    )
    seller = array.repeat(array.arange(len(bounds) - 1), array.diff(bounds))
    about = array.where(kind == kernel.VIOLATION, weight, columns.target - bounds[seller])
    values = sorted(RULE_OF)
    of_weight = array.searchsorted(values, weight)
    data = {
        "seller": seller,
        "position": array.argsort(array.argsort(recorded, kind="stable")) + 1,
        "kind": kind,
        "recorded": recorded + BEGIN,
        "effective": effective + BEGIN,
        "lapse": array.where(kind == kernel.VIOLATION, lapse + BEGIN, lapse),
        "about": about,
        "terms": array.where(kind == kernel.VIOLATION, of_weight, len(values)),
        "day": columns.day,
        "reporter": seller % 10,
    }
    table = arrow.table(
        {field.name: array.asarray(data[field.name]).astype(field.type.to_pandas_dtype())
         for field in SCHEMA},
        schema=SCHEMA,
    )  # fmt: skip
    segment = files.write(
        folder, "replay", SCHEMA, whole_sellers(table), first=1, last=rows, compression="lz4",
        groups=group_of,
    )  # fmt: skip
    ids = arrow.table({"id": [f"s-{number:07d}" for number in range(len(bounds) - 1)]}, NAMES)
    pieces = [ids.slice(first, AT_ONCE) for first in range(0, ids.num_rows, AT_ONCE)]
    names = files.write(
        folder, "sellers", NAMES, pieces, first=0, last=ids.num_rows - 1, compression="zstd"
    )
    manifest = Manifest(
        position=rows, recorded_at=int(array.max(columns.recorded)) + BEGIN, replay=(segment,),
        sellers=(names,),
    )  # fmt: skip
    replace_manifest(folder, manifest)
    return manifest


def terms_of(pack: Rulebook) -> list[Terms]:
    """The terms of the rows, under the one edition of a pack."""
    policy = pack.editions[0]
    found = [
        Terms(
            rule=rule, family=policy.rules[rule].family, source="platform",
            bucket=policy.rules[rule].bucket, policy=policy.ref, judged_by=policy.ref,
        )
        for _, rule in sorted(RULE_OF.items())
    ]  # fmt: skip
    return [*found, Terms()]


def what_if(folder: Path, pack: str, patch: dict[str, PatchValue]) -> Result:
    """Load, both worlds, differences, report: on every core, kept in a folder."""
    with reading(folder) as archived, TemporaryDirectory(dir=folder) as into:
        known = known_of(pack, archived.recorded_at)
        scenario = scenario_from(
            {"name": "bench", "from": "2020-01-01T00:00:00Z", "policy": {"patch": patch}}, known
        )
        manifest = msgspec.structs.replace(archived, terms=tuple(terms_of(rulebook(pack, {}))))
        laid = laid_out(scenario, known, folder, manifest)
        return run(laid, known, on_this_machine(), Path(into) / "run", lambda _done, _of: None)


def known_of(pack: str, end: int) -> Known:
    """A ledger that has published one edition of a pack, and ends at an instant."""
    document = read(load_pack(pack))
    policy = policy_from(document)
    book = Book().with_edition(PublishedEdition(policy, policy.published_at, 1))
    return Known(book, pack, {policy.ref: document}, end)


def one_by_one(dsn: str, *, quick: bool) -> float:
    """Facts a second when each seller is loaded through the library's repository and folded."""
    sellers = 200 if quick else 2_000
    database = fresh_database(dsn, "one_by_one")
    with open_ledger(database, Settings(auth="off")) as ledger:
        record(ledger, violation_lines(20 * sellers, sellers))
    application = LedgerApplication(environment(database))
    try:
        for number in range(20):
            application.seller(f"s-{number:07d}")
        began, facts = time.perf_counter(), 0
        for number in range(sellers):
            try:
                facts += application.seller(f"s-{number:07d}").version
            except AggregateNotFoundError:
                continue  # no violation was drawn for it
        return facts / (time.perf_counter() - began)
    finally:
        application.close()


def measure(dsn: str, *, quick: bool) -> list[Row]:
    """The rows of P5."""
    count, rounds = (500_000, 1) if quick else (10_000_000, 3)
    cores = os.cpu_count() or 1
    with TemporaryDirectory(prefix="ledger bench ") as name:
        folder = Path(name)
        write_archive(folder, count)
        database = duckdb.connect()
        database.execute(f"SET threads = {cores}")
        asked = {"folder": folder, "before": LIFE_US - 1}
        jobs: dict[str, Callable[[], object]] = {
            "sql default": lambda: database.execute(THRESHOLD.format(**asked)).fetchall(),
            "sql ladder": lambda: database.execute(THRESHOLDS.format(**asked)).fetchall(),
        }
        worlds: dict[str, Asked] = {
            "P5 default": ("default", "aliexpress", {"buckets.points.limit": 36}, 3.0),
            "P5 default, life": ("default", "aliexpress", {"buckets.points.life_days": 180}, 3.0),
            "P5 ladder": ("ladder", "aliexpress-ladder", {"buckets.points.limit": 40}, 1.5),
            "P5 ladder, life": (
                "ladder", "aliexpress-ladder", {"buckets.points.life_days": 180}, 1.5
            ),
        }  # fmt: skip
        for id_, (_, pack, patch, _) in worlds.items():
            jobs[id_] = partial(what_if, folder, pack, patch)
        seconds: dict[str, list[float]] = {}
        for turn in range(rounds + 1):
            for job, work in jobs.items():
                began = time.perf_counter()
                work()
                if turn:
                    seconds.setdefault(job, []).append(time.perf_counter() - began)
    took = {job: median(found) for job, found in seconds.items()}
    single = one_by_one(dsn, quick=quick)
    return [
        *_rows(took, worlds, count, rounds, cores),
        Row("P5a", "the same, against seller after seller through the library",
            count / took["P5 default"], single, "facts/s", 300,
            note="the library loads and folds a sample of sellers once each, one world alone"),
    ]  # fmt: skip


def _rows(
    took: dict[str, float], worlds: dict[str, Asked], count: int, rounds: int, cores: int
) -> list[Row]:
    return [
        Row(
            id_, f"two worlds of a population, {_told(patch)}, {pack}", count / took[id_] / 1e6,
            count / took[f"sql {against}"] / 1e6, "M facts/s", target,
            note=f"{count:,} facts, {cores} cores, medians of {rounds}: {took[id_]:.2f} s against "
            f"{took[f'sql {against}']:.2f} s",
        )
        for id_, (against, pack, patch, target) in worlds.items()
    ]  # fmt: skip


def _told(patch: dict[str, PatchValue]) -> str:
    return ", ".join(f"{path} = {value}" for path, value in patch.items())
