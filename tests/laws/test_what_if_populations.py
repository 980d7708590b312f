"""The law of whole populations: an archive of drawn histories, judged again under a patched policy,
says of every seller what the slow reference model says.

Waivers are left aside: one of what a world never imposed has no reference.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

os.environ.setdefault("NUMBA_BOUNDSCHECK", "1")

import numpy as np
import pyarrow as pa

from ledger.facts.instants import DAY_US, parse_instant
from ledger.policy.check import policy_from
from ledger.policy.patch import patched
from ledger.policy.policy import Policy
from ledger.standing.rulebook import Rulebook
from projections.archive import files
from projections.archive.manifest import Manifest
from projections.archive.merging import group_of, whole_sellers
from projections.archive.names import Names
from projections.archive.replay_columns import SCHEMA
from projections.what_if.laying import Judge, laid_out
from projections.what_if.reading import scenario_from
from projections.what_if.world_rules import Known
from tests.laws.reference import (
    BucketRules,
    Edition,
    History,
    Row,
    Rung,
    Violation,
    Void,
    judge,
    value,
)
from tests.projections.what_if.archived import Log, known

PACK = "aliexpress-ladder"
REF = f"{PACK}@2020-01-01"
START = parse_instant("2024-01-01T00:00:00Z")
END = parse_instant("2026-06-01T00:00:00Z")
RULES = ("weapons", "false-delivery", "medicines", "wrong-category", "seeds", "copyright")
WORLDS = ("baseline", "scenario")


class Step(NamedTuple):
    """Something recorded: a violation, or one that is overturned."""

    days: int
    microseconds: int
    seller: int
    rule: int
    """-1: one of the seller's violations is overturned."""
    backdated_days: int
    which: int
    """The points that a person gave, or which violation it is about."""


# Lapses meet recordings at the microsecond: days are of those that add up to a life.
days = st.sampled_from((0, 0, 0, 1, 5, 29, 30, 149, 180, 185))
populations = st.lists(
    st.builds(
        Step,
        days=days,
        microseconds=st.sampled_from((0, 0, 0, 1)),
        seller=st.integers(0, 4),
        rule=st.sampled_from((-1, 0, 0, 1, 1, 2, 3, 4, 5)),
        backdated_days=st.sampled_from((0, 0, 0, 1, 30, 180, 365)),
        which=st.integers(0, 9),
    ),
    min_size=1,
    max_size=50,
)
patches = st.fixed_dictionaries(
    {},
    optional={
        "buckets.points.limit": st.sampled_from((13, 37, 60)),
        "buckets.points.life_days": st.sampled_from((30, 180, 400)),
        "rules.weapons.points": st.sampled_from((6, 48)),
        "rules.false-delivery.points": st.sampled_from((0, 24)),
        "buckets.points.daily_cap": st.sampled_from((12, 30)),
        "options.crossing_several": st.just("all"),
    },
).filter(bool)


def logged(population: list[Step]) -> Log:
    """The log of a population."""
    log, at = Log(), START
    log.rulebook = Rulebook(known().book, PACK)
    standing: dict[int, list[int]] = {}
    for number, step in enumerate(population):
        at += step.days * DAY_US + step.microseconds
        if at >= END:
            break
        own = standing.setdefault(step.seller, [])
        if step.rule < 0:
            if own:
                log.void(own.pop(step.which % len(own)), at)
            continue
        rule = RULES[step.rule]
        told: dict[str, Any] = {"effective": at - step.backdated_days * DAY_US}
        if rule == "copyright":
            told["severity"] = "serious" if step.which % 3 else "general"
        elif step.which == 9:
            told["points"] = 7
        own.append(log.violation(f"s-{step.seller}", f"v-{number}", at, rule, **told))
    return log


def archived(log: Log, folder: Path) -> Manifest:
    """The log as an archive, in several groups of sellers."""
    facts, position = log.rows()
    columns = facts._asdict() | {"position": position}
    columns["seller"] = np.repeat(facts.sellers, np.diff(facts.bounds))
    table = pa.Table.from_arrays(
        [pa.array(columns[f.name].astype(f.type.to_pandas_dtype())) for f in SCHEMA], schema=SCHEMA
    )
    (piece,) = log.log(1)
    named = [Names(folder, kind, ()) for kind in ("sellers", "reporters")]
    named[0].learn(log.sellers())
    named[1].learn(log.reporters())
    last = len(log.told)
    return Manifest(
        position=last,
        recorded_at=log.told[-1].recorded,
        log=(
            files.write(folder, "log", piece.schema, [piece], first=1, last=last,
                        compression="zstd"),
        ),
        replay=(
            files.write(folder, "replay", SCHEMA, whole_sellers(table), first=1, last=last,
                        compression="lz4", groups=group_of),
        ),
        sellers=named[0].written(),
        reporters=named[1].written(),
        terms=tuple(log.terms()),
    )  # fmt: skip


# -- the reference ---------------------------------------------------------------------------


def edition_of(policy: Policy) -> Edition:
    return Edition(
        buckets=tuple(
            BucketRules(
                tuple(Rung(m.name, m.threshold, m.every, m.duration_us) for m in b.milestones)
            )
            for b in policy.buckets
        ),
        several=policy.crossing_several,
        again_after_falling=policy.fires_again_after_falling,
        refire_after_waiver=policy.refire_after_waiver,
    )


def history_of(log: Log, seller: str, policy: Policy, was: Policy) -> tuple[History, list[int]]:
    """A seller's history as a policy decides it, and the positions of its rows."""
    rows: list[Row] = []
    place: dict[int, int] = {}
    buckets = [bucket.name for bucket in policy.buckets]
    for number, told in enumerate(log.told):
        if told.seller != seller:
            continue
        place[number] = len(rows)
        if not told.kind.startswith("violation-recorded"):
            rows.append(Void(told.recorded, place[told.about]))
            continue
        severity = told.terms.severity
        before, now = (p.rule(told.terms.rule).weigh(severity, None) for p in (was, policy))
        bucket = policy.bucket(now.bucket)
        rows.append(
            Violation(
                recorded=told.recorded,
                bucket=buckets.index(now.bucket),
                weight=told.about if before == now else now.points or now.strikes,
                effective=told.effective,
                lapse=policy.lapse(policy.rule(told.terms.rule), now.bucket, told.effective),
                day=told.effective // DAY_US,
                cap=bucket.daily_cap,
                merge_days=bucket.merge_days,
                edition=0,
            )
        )
    return ((edition_of(policy),), tuple(rows)), [number + 1 for number in place]


class Expected(NamedTuple):
    """What the reference model says of a seller in one world."""

    sanctions: list[tuple[Any, ...]]
    totals: dict[str, int]


def expected(log: Log, seller: str, policy: Policy, was: Policy) -> Expected:
    history, positions = history_of(log, seller, policy, was)
    found: list[tuple[Any, ...]] = []
    for s in judge(history).sanctions:
        bucket = policy.buckets[s.bucket]
        milestone = next(m for m in bucket.milestones if m.name == s.rung)
        label = milestone.label(bucket.name, s.multiple)
        ends = [at for at in (s.until, s.ended) if at is not None]
        lifted = "lifted" if s.ended_by == "lift" else ""
        end = min(ends) if ends else None
        found.append((s.from_, milestone.sanction, label, end, lifted, positions[s.row]))
    size = len(history[1])
    totals = {b.name: value(history, size, n, END) for n, b in enumerate(policy.buckets)}
    return Expected(sorted(found, key=str), totals)


def judged(row: dict[str, Any], world: str, policy: Policy) -> Expected:
    """What was kept of a seller, in the same words."""
    found = [
        (_us(s["starts_at"]), s["sanction"], s["milestone"], _us(s["ends_at"]), s["ended"],
         s["because_of"])
        for s in row[f"sanctions_{world}"]
    ]  # fmt: skip
    return Expected(
        sorted(found, key=str), {b.name: row[f"{b.name}_{world}"] for b in policy.buckets}
    )


def _us(instant: Any) -> int | None:
    return None if instant is None else int(instant)


# -- the law -----------------------------------------------------------------------------------


def differing(log: Log, patch: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The sellers that differ, each as the row that is kept of it."""
    ours = Known(known().book, PACK, known().documents, END)
    asked = scenario_from({"name": "patched", "policy": {"patch": patch}}, ours)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        judge_ = Judge(laid_out(asked, ours, folder, archived(log, folder)))
        return {row["seller_id"]: row for row in _rows(judge_)}


def _rows(judge_: Judge) -> Iterator[dict[str, Any]]:
    for place in range(judge_.ranges):
        table = judge_.part(place).differing
        whole = pa.list_(
            pa.struct(
                [
                    pa.field(f.name, pa.int64() if pa.types.is_timestamp(f.type) else f.type)
                    for f in table.schema.field("sanctions_baseline").type.value_type
                ]
            )
        )
        for world in WORLDS:
            column = table.schema.get_field_index(f"sanctions_{world}")
            told = table.column(column).cast(whole)
            table = table.set_column(column, f"sanctions_{world}", told)
        yield from table.to_pylist()


@settings(max_examples=120, deadline=None)
@given(population=populations, patch=patches)
def test_a_patched_population_is_the_reference_models(
    population: list[Step], patch: dict[str, Any]
) -> None:
    log = logged(population)
    if not log.told:
        return
    was = policy_from(known().documents[REF])
    now = policy_from(patched(known().documents[REF], patch))
    with pytest.MonkeyPatch.context() as smaller:
        smaller.setattr(files, "GROUP_ROWS", 8)
        found = differing(log, patch)
    for seller in log.sellers():
        worlds = [expected(log, seller, policy, was) for policy in (was, now)]
        row = found.pop(seller, None)
        if row is None:
            one, other = ([s[:2] + s[3:4] for s in world.sanctions] for world in worlds)
            assert (one, worlds[0].totals) == (other, worlds[1].totals)
            continue
        assert [judged(row, w, p) for w, p in zip(WORLDS, (was, now), strict=True)] == worlds
    assert found == {}
