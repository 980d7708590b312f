"""The laws of replay: the live pack gives the live standings, and the reference model agrees."""

import os
import tempfile
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

os.environ.setdefault("NUMBA_BOUNDSCHECK", "1")

import numpy as np

from ledger.facts.instants import DAY_US
from ledger.standing import kernel
from ledger.standing.compiled import ladders_as_arrays
from ledger.standing.standing import Standing, standing
from projections.archive.archive import writing
from projections.archive.names import all_names
from projections.archive.verifying import findings
from projections.what_if.columns import (
    ENDED,
    ERROR,
    HOW,
    MULTIPLE,
    ROW,
    RUNG,
    START,
    UNTIL,
    Compared,
    Facts,
    InBoth,
    Outcome,
    Rules,
    Rungs,
    Span,
)
from projections.what_if.differing import BARRED_BY, STATUS
from projections.what_if.judging import World, compare
from projections.what_if.laying import hand_of
from projections.what_if.loading import Replayable
from projections.what_if.rules import baseline_world
from tests.laws.columns_of import ladders_of, rows_of
from tests.laws.histories import histories
from tests.laws.reference import Edition, History, Row, Sanction, Violation, Void, Waive, judge
from tests.laws.stories import PACKS, Step, stories, stories_told, told
from tests.laws.test_engine import in_order
from tests.laws.test_live import in_kernels_words

FOREVER = kernel.FOREVER
LATE = 1 << 40


def imposed(outcome: Outcome, k: int, world: World) -> list[tuple[int, ...]]:
    """A seller's sanctions in the kernel's words."""
    ladders = world.ladders
    slots = np.asarray(ladders.first)
    found = []
    for line in outcome.sanctions[outcome.first[k] : outcome.first[k + 1]]:
        rung = int(line[RUNG])
        slot = int(np.searchsorted(slots, rung, side="right")) - 1
        found.append(
            (slot % ladders.buckets, int(ladders.milestone[rung]), int(line[MULTIPLE]),
             int(line[START]), int(line[UNTIL]), int(line[ENDED]), int(line[HOW]),
             int(line[ERROR]))
        )  # fmt: skip
    return sorted(found)


def may(outcome: Outcome, k: int) -> tuple[object, ...]:
    """What a seller may do in a world: as a run keeps it."""
    bits = int(outcome.standing[k])
    free = [not bits & barring for barring in BARRED_BY.values()]
    return (STATUS[bits & 3], *free)


def may_live(live: Standing) -> tuple[object, ...]:
    return live.status, live.can_sell, live.can_promote, live.can_withdraw


# -- on the real log ---------------------------------------------------------------------


@pytest.mark.parametrize("pack", PACKS)
@stories_told(examples=6)
@given(story=stories, at_once=st.integers(1, 40), days_ago=st.integers(0, 40))
def test_what_if_of_the_live_pack_is_the_live_standing(
    dsn: str, pack: str, story: list[Step], at_once: int, days_ago: int
) -> None:
    with (
        told(dsn, pack) as telling,
        tempfile.TemporaryDirectory() as name,
        psycopg.connect(dsn) as connection,
        connection.cursor() as cursor,
    ):
        folder, ledger = Path(name), telling.ledger
        for number, step in enumerate(story):
            telling.tell(step)
            if number % 8 == 7:
                with writing(folder) as archivist:
                    archivist.catch_up(cursor, at_once)
                connection.rollback()
        with writing(folder) as archivist:
            manifest = archivist.catch_up(cursor, at_once)
        assert list(findings(folder, cursor)) == []
        if not manifest.replay:
            return
        now, rulebook = ledger.now(), ledger.rulebook
        world = baseline_world(rulebook, manifest.terms)
        hand = hand_of(manifest.terms)
        names = all_names(folder, manifest.sellers).to_pylist()
        archive, span = Replayable(folder), Span(0, now, now)
        for place in range(len(archive.ranges)):
            both_ = InBoth.alike(archive.facts(place)[0])
            then = now - days_ago * DAY_US
            earlier = compare(both_, world, world, Span(0, then, now), hand)
            found = compare(both_, world, world, span, hand)
            assert not found.differs.any()
            for k, number in enumerate(found.sellers):
                seller = ledger.reader.seller(names[number])
                live = standing(seller, rulebook, now, now)
                assert may(earlier.baseline, k) == may_live(standing(seller, rulebook, then, now))
                assert may(found.baseline, k) == may_live(live)
                lived = [in_kernels_words(s, rulebook) for s in seller.sanctions if not s.by_hand]
                assert imposed(found.baseline, k, world) == sorted(lived)
                for bucket, slot in rulebook.bucket_number.items():
                    assert found.baseline.values[k, slot] == seller.value(bucket, now)
                    assert found.scenario.values[k, slot] == seller.value(bucket, now)
                assert found.baseline.imposed[k].sum() == len(lived)


# -- on drawn histories ------------------------------------------------------------------


def facts_of(history: History, copies: int = 3) -> tuple[Facts, World, list[str]]:
    """The same history of several sellers, with rules that leave it as it is."""
    ladders, names = ladders_of(history[0])
    rows = rows_of(history, names, ladders)
    size = len(rows.kind)
    column = {
        name: np.array(getattr(rows, name), dtype=np.int64)
        for name in ("kind", "recorded", "lapse", "weight", "target", "day", "effective")
    }
    about = np.where(column["kind"] == kernel.VIOLATION, column["weight"], column["target"])

    def again(values: np.ndarray, kind: type) -> np.ndarray:
        return np.tile(values.astype(kind), copies)

    facts = Facts(
        sellers=np.arange(copies, dtype=np.int32),
        bounds=np.arange(copies + 1, dtype=np.int64) * size,
        kind=again(column["kind"], np.int8),
        recorded=again(column["recorded"], np.int64),
        effective=again(column["effective"], np.int64),
        lapse=again(column["lapse"], np.int64),
        about=again(about, np.int32),
        terms=again(np.arange(size), np.int32),
        day=again(column["day"], np.int32),
        reporter=np.zeros(0, np.int32),
    )
    line = (1, size)
    rules = Rules(
        bucket=np.array(rows.bucket, np.int8).reshape(line),
        weight=np.full(line, -1, np.int32),
        life=np.full(line, -1, np.int64),
        cap=np.array(rows.cap, np.int32).reshape(line),
        merge_days=np.array(rows.merge_days, np.int32).reshape(line),
        edition=np.array(rows.edition, np.int16).reshape(line),
        milestone=np.array(rows.milestone, np.int32),
        multiple=np.array(rows.multiple, np.int32),
        since=np.zeros(size, np.int64),
        judged_since=np.zeros(size, np.int64),
        added_from=np.zeros(0, np.int64),
        added_known=np.zeros(0, np.int64),
        caps=np.array(rows.caps, np.int64),
        merges=np.array(rows.merges, np.int64),
        decides=False,
    )
    size_ = len(ladders.threshold)
    rungs = Rungs(np.zeros(size_, np.int8), np.full(size_, -1, np.int64), np.zeros(size_, np.int8))
    return facts, World(rules, ladders_as_arrays(ladders), rungs), names


def sanctions_told(outcome: Outcome, k: int, lo: int, world: World, names: list[str]) -> list:
    how = {kernel.RUNNING: None, kernel.LIFTED: "lift", kernel.WAIVED: "waiver"}
    slots = np.asarray(world.ladders.first)
    return [
        Sanction(
            row=int(line[ROW]) - lo,
            bucket=(int(np.searchsorted(slots, line[RUNG], side="right")) - 1)
            % world.ladders.buckets,
            rung=names[world.ladders.milestone[line[RUNG]]],
            multiple=int(line[MULTIPLE]),
            from_=int(line[START]),
            until=None if line[UNTIL] == FOREVER else int(line[UNTIL]),
            ended=None if line[ENDED] == FOREVER else int(line[ENDED]),
            ended_by=how[line[HOW]],  # type: ignore[arg-type]
            found_in_error_us=int(line[ERROR]),
        )
        for line in outcome.sanctions[outcome.first[k] : outcome.first[k + 1]]
    ]


def without(history: History, gone: int) -> History:
    """The history without a violation and what is about it alone."""
    editions, rows = history
    kept = [
        place
        for place, row in enumerate(rows)
        if place != gone and not (isinstance(row, Void) and row.target == gone)
    ]
    number = {place: n for n, place in enumerate(kept)}

    def moved(row: Row) -> Row:
        match row:
            case Void():
                return Void(row.recorded, number[row.target])
            case Waive():
                return Waive(row.recorded, number[row.target], row.rung, row.multiple)
            case _:
                return row

    return editions, tuple(moved(rows[place]) for place in kept)


def both(history: History, gone: int | None = None) -> tuple[Compared, Facts, World, list[str]]:
    """The history in two worlds of the same rules, of which one does not have a row."""
    facts, world, names = facts_of(history)
    worlds = InBoth.alike(facts)
    if gone is not None:
        left_out = np.zeros(len(facts.kind), np.bool_)
        left_out[gone] = True
        touched = (facts.bounds[:-1] <= gone) & (gone < facts.bounds[1:])
        worlds = worlds._replace(scenario_out=left_out, touched=touched)
    span = Span(0, LATE, LATE)
    found = compare(worlds, world, world, span, np.zeros(len(facts.terms), np.int8))
    return found, facts, world, names


@settings(max_examples=150, deadline=None)
@given(histories())
def test_both_worlds_of_the_same_rules_are_the_reference_models(history: History) -> None:
    if not history[1]:
        return
    found, facts, world, names = both(history)
    assert not found.differs.any()
    for k, lo in enumerate(facts.bounds[:-1]):
        told_ = sanctions_told(found.baseline, k, lo, world, names)
        assert in_order(told_) == in_order(judge(history).sanctions)


@settings(max_examples=150, deadline=None)
@given(histories(), st.integers(0, 4), st.booleans())
def test_other_thresholds_are_the_reference_model_with_them(
    history: History, by: int, milder: bool
) -> None:
    """Whichever world is stricter, and whoever is judged only once."""
    editions, rows = history
    rows = tuple(r for r in rows if isinstance(r, Violation))
    if not rows:
        return
    moved = tuple(_moved(edition, by) for edition in editions)
    if milder:
        editions, moved = moved, editions
    facts, world, names = facts_of((editions, rows))
    other = world._replace(ladders=ladders_as_arrays(ladders_of(moved)[0]))
    hand = np.zeros(len(facts.terms), np.int8)
    found = compare(InBoth.alike(facts), world, other, Span(0, LATE, LATE), hand)
    for outcome, judged, of in (
        (found.baseline, world, (editions, rows)),
        (found.scenario, other, (moved, rows)),
    ):
        for k, lo in enumerate(facts.bounds[:-1]):
            told_ = sanctions_told(outcome, k, lo, judged, names)
            assert in_order(told_) == in_order(judge(of).sanctions)


def _moved(edition: Edition, by: int) -> Edition:
    """The edition with all its thresholds raised."""
    return replace(
        edition,
        buckets=tuple(
            replace(b, rungs=tuple(replace(r, threshold=r.threshold + by) for r in b.rungs))
            for b in edition.buckets
        ),
    )


@settings(max_examples=150, deadline=None)
@given(histories(), st.integers(0, 11))
def test_leaving_a_violation_out_is_the_reference_model_without_it(
    history: History, which: int
) -> None:
    """Where nothing was waived: a waiver of what was never imposed has no reference."""
    violations = [place for place, row in enumerate(history[1]) if isinstance(row, Violation)]
    if not violations or any(isinstance(row, Waive) for row in history[1]):
        return
    gone = violations[which % len(violations)]
    size = len(history[1])
    found, facts, world, names = both(history, size + gone)
    shorter = without(history, gone)
    kept = [
        place for place, row in enumerate(history[1])
        if place != gone and not (isinstance(row, Void) and row.target == gone)
    ]  # fmt: skip
    wanted = judge(shorter).sanctions
    told_ = sanctions_told(found.scenario, 1, int(facts.bounds[1]), world, names)
    renumbered = [(kept.index(s.row), s.rung, s.multiple, s.from_, s.until, s.ended) for s in told_]
    assert sorted(renumbered, key=str) == sorted(
        [(s.row, s.rung, s.multiple, s.from_, s.until, s.ended) for s in wanted], key=str
    )
    # The other sellers are what they were, and were judged once.
    assert not found.differs[[0, 2]].any()


@settings(max_examples=150, deadline=None)
@given(histories(), st.integers(0, 11))
def test_leaving_a_violation_out_is_annulling_it_at_the_instant_of_its_recording(
    history: History, which: int
) -> None:
    """For what runs any time. A violation that was annulled has judged its bucket all the same,
    so editions that lower a limit are left aside; and so are waivers, which need a sanction.
    """
    editions, rows = history[0][:1], history[1]
    rows = tuple(r if not isinstance(r, Violation) else _by_first(r) for r in rows)
    violations = [place for place, row in enumerate(rows) if isinstance(row, Violation)]
    if not violations or any(isinstance(row, Waive) for row in rows):
        return
    gone = violations[which % len(violations)]
    apart = without((editions, rows), gone)
    annulled: list[Row] = []
    number: dict[int, int] = {}
    for place, row in enumerate(rows):
        if isinstance(row, Void):
            if row.target != gone:
                annulled.append(Void(row.recorded, number[row.target]))
            continue
        number[place] = len(annulled)
        annulled.append(row)
        if place == gone:
            annulled.append(Void(row.recorded, len(annulled) - 1))
    one = _spans(both((editions, tuple(annulled))))
    if apart[1]:
        assert one == _spans(both(apart))
    else:
        assert one == []


def _by_first(row: Violation) -> Violation:
    return Violation(**{**row.__dict__, "edition": 0})


def _spans(told_: tuple[Compared, Facts, World, list[str]]) -> list[tuple[object, ...]]:
    found, _, world, names = told_
    sanctions = sanctions_told(found.baseline, 0, 0, world, names)
    return sorted(
        (s.bucket, s.rung, s.multiple, s.from_, s.end) for s in sanctions if s.end > s.from_
    )
