"""What a Spark worker does: it judges the ranges that it is asked for, one after the other."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import pyarrow as pa

from projections.archive.manifest import NoArchive
from projections.what_if.judging import Room
from projections.what_if.laying import Judge, Laid
from projections.what_if.sent import sent

_pa: Any = pa
ANSWER: Final = "place long, sums binary, differing binary"
"""The columns of an answer, in Spark's words."""

_judges: dict[int, tuple[Judge, Room]] = {}
"""A worker serves task after task: the scenario is laid out once, and its scratch used again."""


def judging(broadcast: Any) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """The function for `mapInArrow`: from the places of ranges to what they came to.

    `broadcast` holds a `Laid`. One range at a time is in memory.
    """

    def judged(batches: Iterator[Any]) -> Iterator[Any]:
        judge, room = _judge(broadcast.value)
        for batch in batches:
            for place in batch.column(0).to_pylist():
                found = sent(judge.part(place, room))
                yield _pa.record_batch(
                    {
                        "place": _pa.array([place], _pa.int64()),
                        "sums": _pa.array([found.sums], _pa.binary()),
                        "differing": _pa.array([found.differing], _pa.binary()),
                    }
                )

    return judged


def _judge(laid: Laid) -> tuple[Judge, Room]:
    if id(laid) not in _judges:
        missing = [s.file for s in laid.manifest.replay if not (laid.folder / s.file).is_file()]
        if missing:
            raise NoArchive(laid.folder, f"a worker of Spark does not see {missing[0]} there")
        _judges.clear()
        _judges[id(laid)] = Judge(laid), Room()
    return _judges[id(laid)]
