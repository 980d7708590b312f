"""P5b: the compiled kernel alone on one core, against a bare sliding sum over the same rows."""

import time
from statistics import median
from typing import Any

import numba
import numpy as np

from bench.table import Row
from ledger.facts.instants import DAY_US
from ledger.policy.book import Book, PublishedEdition
from ledger.policy.check import policy_from
from ledger.policy.document import read
from ledger.policy.patch import PatchValue, patched
from ledger.policy.shipped import load_pack
from ledger.standing import kernel
from ledger.standing.columns import Rows
from ledger.standing.compiled import array_world, judge_population, ladders_as_arrays
from ledger.standing.rulebook import Rulebook

array: Any = np
"""Arrays are no Sequences to the types, though they are to the kernel."""
ROWS_A_SELLER = 20
YEARS_DAYS = 3 * 365


@numba.njit(nogil=True)
def sliding_sums(recorded: Any, lapse: Any, weight: Any, by_lapse: Any, bounds: Any) -> int:
    """The most that any seller's running total reaches: sums alone, no rules."""
    most = 0
    for k in range(len(bounds) - 1):
        total, place = 0, bounds[k]
        for i in range(bounds[k], bounds[k + 1]):
            while lapse[by_lapse[place]] <= recorded[i]:
                total -= weight[by_lapse[place]]
                place += 1
            total += weight[i]
            most = max(most, total)
    return most


def population(rows: int, seed: int = 7) -> tuple[Rows, Any]:
    """Sellers with about 20 rows each: 5 % voids, 20 % backdated, points from the pack's values."""
    draw: Any = array.random.default_rng(seed)
    sellers = rows // ROWS_A_SELLER
    seller = array.sort(draw.integers(0, sellers, rows))
    recorded = draw.integers(0, YEARS_DAYS * DAY_US, rows)
    recorded = recorded[array.lexsort((recorded, seller))]
    back = array.where(draw.random(rows) < 0.2, draw.integers(0, 60 * DAY_US, rows), 0)
    weight = draw.choice([2, 6, 12, 24], rows, p=[0.7, 0.2, 0.08, 0.02]).astype(array.int64)
    bounds = array.searchsorted(seller, array.arange(sellers + 1))
    kind = array.zeros(rows, dtype=array.int64)
    target = array.zeros(rows, dtype=array.int64)
    voided_by = array.full(rows, kernel.FOREVER)
    for v in array.flatnonzero(draw.random(rows) < 0.05):
        low = bounds[seller[v]]
        found = int(draw.integers(low, v)) if v > low else v
        if found < v and kind[found] == kernel.VIOLATION and voided_by[found] == kernel.FOREVER:
            kind[v], target[v], voided_by[found] = kernel.VOID, found, v
    effective = recorded - back
    lapse = array.where(kind == kernel.VIOLATION, effective + 365 * DAY_US, kernel.FOREVER)
    weight[kind == kernel.VOID] = 0
    by_lapse = array.lexsort((lapse, seller))
    zeros = array.zeros(rows, dtype=array.int64)
    columns = Rows(
        kind, recorded, effective, lapse, zeros, weight, effective // DAY_US, zeros - 1, zeros,
        zeros, voided_by, target, zeros, zeros, by_lapse, caps=zeros[:9], merges=zeros[:9],
    )  # fmt: skip
    return columns, bounds


def rulebook(pack: str, patch: dict[str, PatchValue]) -> Rulebook:
    """One edition, judged by alone."""
    policy = policy_from(patched(read(load_pack(pack)), patch))
    return Rulebook(Book().with_edition(PublishedEdition(policy, 0, 1)), policy.name)


def measure(*, quick: bool) -> list[Row]:
    """The three rows of P5b."""
    count = 400_000 if quick else 2_000_000
    rows, bounds = population(count)
    rounds = 3 if quick else 5
    ones = array.ones(9, dtype=array.int64)
    capped = rows._replace(
        cap=array.full(count, 12), merge_days=array.full(count, 3), caps=ones, merges=ones
    )
    kinds = (
        ("P5b default", "aliexpress", rows, 0.4),
        ("P5b ladder", "aliexpress-ladder", rows, 0.1),
        ("P5b cap+merge", "aliexpress-ladder", capped, 0.05),
    )
    longest = int(array.diff(bounds).max())
    judged: dict[str, list[float]] = {}
    bare: list[float] = []
    for turn in range(rounds + 1):
        began = time.perf_counter()
        sliding_sums(rows.recorded, rows.lapse, rows.weight, rows.by_lapse, bounds)
        if turn:
            bare.append(count / (time.perf_counter() - began) / 1e6)
        for name, pack, columns, _ in kinds:
            seconds = _judge(pack, columns, bounds, longest)
            if turn:
                judged.setdefault(name, []).append(count / seconds / 1e6)
    return [
        Row(name, f"the kernel alone, one core, {pack}", median(judged[name]), median(bare),
            "M facts/s", target, note=f"{count:,} rows" if name == "P5b default" else "")
        for name, pack, _, target in kinds
    ]  # fmt: skip


def _judge(pack: str, rows: Rows, bounds: Any, longest: int) -> float:
    book = rulebook(pack, {})
    ladders = ladders_as_arrays(book.ladders)
    bucket = book.bucket_number["points"]
    # As a replay holds them: small columns, and what a row is about beside its weight.
    about = array.where(
        array.asarray(rows.kind) == kernel.VIOLATION, rows.weight, rows.target
    ).astype("int32")
    rows = rows._replace(
        kind=array.asarray(rows.kind).astype("int8"),
        bucket=array.full(len(rows.kind), bucket).astype("int8"),
        edition=array.asarray(rows.edition).astype("int16"),
        voided_by=array.minimum(rows.voided_by, 2**31 - 1).astype("int32"),
        by_lapse=array.asarray(rows.by_lapse).astype("int32"),
        weight=about,
        target=about,
    )
    world = array_world(len(rows.kind), ladders.buckets, longest, longest)
    second = array_world(len(rows.kind), ladders.buckets, longest, longest)
    found = array.zeros((0, 9), dtype=array.int64)
    nobody = array.zeros(0, dtype=array.int64)
    began = time.perf_counter()
    judge_population(rows, ladders, world, second, bounds, nobody, found)
    return time.perf_counter() - began
