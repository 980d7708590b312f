"""The law: the engine, plain and compiled, says what the slow reference model says."""

import os
from collections.abc import Iterable

import pytest
from hypothesis import given, settings

os.environ.setdefault("NUMBA_BOUNDSCHECK", "1")

from ledger.standing import kernel
from tests.laws.columns_of import ladders_of, rows_of, sanctions_of, scratch
from tests.laws.histories import histories
from tests.laws.reference import History, Sanction, counted, judge


def in_order(sanctions: Iterable[Sanction]) -> list[Sanction]:
    """One violation may impose several: their order among themselves means nothing."""
    return sorted(sanctions, key=lambda s: (s.row, s.rung, s.multiple))


@settings(max_examples=400, deadline=None)
@given(histories())
def test_the_plain_engine_judges_as_the_reference_model(history: History) -> None:
    ladders, names = ladders_of(history[0])
    rows = rows_of(history, names, ladders)
    world, second = scratch(rows, ladders), scratch(rows, ladders)
    kernel.live(rows, ladders, world, second, 0, len(rows.kind))
    assert in_order(sanctions_of(world, names)) == in_order(judge(history).sanctions)
    assert list(world.counted) == counted(history, len(rows.kind))


@settings(max_examples=150, deadline=None)
@given(histories())
def test_the_compiled_engine_judges_as_the_reference_model(history: History) -> None:
    np = pytest.importorskip("numpy")
    from ledger.standing.compiled import (
        array_world,
        as_arrays,
        compiled,
        judge_population,
        ladders_as_arrays,
    )

    ladders, names = ladders_of(history[0])
    rows = rows_of(history, names, ladders)
    size = len(rows.kind)
    most = len(scratch(rows, ladders).row)
    world = array_world(size, ladders.buckets, size, most)
    second = array_world(size, ladders.buckets, size, most)
    found = np.zeros((most, 9), dtype=np.int64)
    columns, rungs = as_arrays(rows), ladders_as_arrays(ladders)
    compiled.live(columns, rungs, world, second, 0, size)
    assert in_order(sanctions_of(world, names)) == in_order(judge(history).sanctions)
    assert [int(c) for c in world.counted] == counted(history, size)
    imposed = len(judge(history).sanctions)
    bounds, sellers = np.array([0, size]), np.zeros(most, dtype=np.int64)
    assert judge_population(columns, rungs, world, second, bounds, sellers, found) == imposed
