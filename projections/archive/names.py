"""Numbers for ids: sellers and reporters are numbered in the order in which the log names them."""

from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from projections.archive import files
from projections.archive.manifest import Segment

_pa: Any = pa
_pc: Any = pc
SCHEMA: Final[Any] = _pa.schema([_pa.field("id", _pa.string(), nullable=False)])
AT_ONCE: Final = 1 << 17


class Names:
    """The ids of one kind, in a few files; what is known is held as columns, not as objects."""

    def __init__(self, folder: Path, kind: str, segments: tuple[Segment, ...]) -> None:
        self._folder = folder
        self._kind = kind
        self._segments = segments
        self._known = sum(segment.rows for segment in segments)
        self._numbers: dict[str, int] = {}
        self._new: list[str] = []

    def learn(self, ids: Iterable[str]) -> None:
        """Know the numbers of these; those never heard of are given the next ones."""
        asked = list(dict.fromkeys(ids))
        found = _pa.nulls(len(asked), _pa.int32())
        if self._known and asked:
            known = all_names(self._folder, self._segments)
            found = _pc.index_in(_pa.array(asked, _pa.string()), value_set=known)
        for name, number in zip(asked, found.to_pylist(), strict=True):
            if number is None:
                self._numbers[name] = self._known + len(self._new)
                self._new.append(name)
            else:
                self._numbers[name] = number

    def number(self, name: str) -> int:
        """The number of an id that was learnt."""
        return self._numbers[name]

    def written(self) -> tuple[Segment, ...]:
        """The files that hold them all, new ones included; small ones merged."""
        if not self._new:
            return self._segments
        table = _pa.table({"id": _pa.array(self._new, _pa.string())}, schema=SCHEMA)
        last = self._known + len(self._new) - 1
        new = Segment("", self._known, last, len(self._new), 0, "")
        merging = files.tail_to_merge((*self._segments, new))
        old = self._segments[len(self._segments) - merging + 1 :]
        tables = chain(files.pieces_of(self._folder, old), [table])
        written = files.write(
            self._folder, self._kind, SCHEMA, files.in_pieces(tables, AT_ONCE),
            first=old[0].first if old else self._known, last=last, compression="zstd",
        )  # fmt: skip
        return (*self._segments[: len(self._segments) - len(old)], written)


def all_names(folder: Path, segments: Iterable[Segment]) -> Any:
    """Every id, at the place of its number."""
    tables = list(files.pieces_of(folder, segments))
    if not tables:
        return _pa.array([], _pa.string())
    return _pa.concat_tables(tables).combine_chunks().column("id").combine_chunks()
