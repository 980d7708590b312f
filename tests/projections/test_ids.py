"""Ids are read where they are asked for, and are what the archive says they are."""

import pickle
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from projections.archive import files
from projections.archive.ids import Ids
from projections.archive.names import SCHEMA

NAMES = [f"s-{number}" for number in range(40)]


@pytest.fixture
def ids(tmp_path: Path) -> Ids:
    """Two files, of pieces of 7 and of 10."""
    segments = []
    for first, last, rows in ((0, 20, 7), (21, 39, 10)):
        column = pa.table({"id": NAMES[first : last + 1]}, SCHEMA)
        pieces = [column.slice(n, rows) for n in range(0, len(column), rows)]
        segments.append(
            files.write(
                tmp_path, "sellers", SCHEMA, pieces, first=first, last=last, compression="zstd"
            )
        )
    return Ids(tmp_path, segments)


@pytest.mark.parametrize(
    "numbers", [[], [0], [6, 7], [39], [3, 4, 20, 21, 30, 31, 39], [5, 40, 41], [41]], ids=str
)
def test_ids_are_those_of_the_numbers(ids: Ids, numbers: list[int]) -> None:
    more = ids.and_new(["new-1", "new-2"])
    expected = [[*NAMES, "new-1", "new-2"][number] for number in numbers]
    for asked in (more, more, pickle.loads(pickle.dumps(more))):
        found = asked.at(np.array(numbers, np.int32))
        assert found.type == pa.string() and found.to_pylist() == expected


def test_numbers_are_found_again(ids: Ids) -> None:
    assert ids.numbers_of(["s-39", "nobody", "s-0", "s-21"]) == {"s-0": 0, "s-21": 21, "s-39": 39}
    assert ids.numbers_of([]) == {}
    assert (len(ids), len(ids.and_new(["x"])), ids.known) == (40, 41, 40)


def test_what_is_sent_does_not_grow_with_the_population(ids: Ids) -> None:
    ids.at(np.arange(40))
    assert len(pickle.dumps(ids)) < 2_000
