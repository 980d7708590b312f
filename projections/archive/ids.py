"""Ids by number, read where they are asked for: a population's ids need not be in memory."""

from collections.abc import Sequence
from pathlib import Path
from threading import local
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from projections.archive import files
from projections.archive.manifest import Segment

_np: Any = np
_pa: Any = pa
_pc: Any = pc


class Ids:
    """The ids of an archive, and behind them some that it does not know. It can be asked from any
    thread, and sent elsewhere; each thread holds one piece of a file at a time.
    """

    def __init__(self, folder: Path, segments: Sequence[Segment], new: Sequence[str] = ()) -> None:
        self._asked = folder, tuple(segments), tuple(new)
        self.known = sum(segment.rows for segment in segments)
        """How many the archive has."""
        self._own = local()

    def __len__(self) -> int:
        return self.known + len(self._asked[2])

    def __reduce__(self) -> Any:
        return Ids, self._asked

    def and_new(self, names: Sequence[str]) -> "Ids":
        """These, and others behind them."""
        folder, segments, new = self._asked
        return Ids(folder, segments, (*new, *names))

    def within(self, folder: Path) -> "Ids":
        """The same, under another name of the archive's folder."""
        return Ids(folder, *self._asked[1:])

    def at(self, numbers: Any) -> Any:
        """The ids of these numbers, which are in order: a column of text."""
        own = numbers[: _np.searchsorted(numbers, self.known)]
        parts: list[Any] = []
        while len(own):
            first, column = self._piece(int(own[0]))
            count = int(_np.searchsorted(own, first + len(column)))
            parts.append(column.take(_pa.array(own[:count] - first)))
            own = own[count:]
        behind: list[int] = numbers[numbers >= self.known].tolist()
        new = [self._asked[2][number - self.known] for number in behind]
        return _pa.concat_arrays([*parts, _pa.array(new, _pa.string())])

    def numbers_of(self, names: Sequence[str]) -> dict[str, int]:
        """The numbers of those of these that the archive knows; it is read once."""
        folder, segments, _ = self._asked
        wanted, first, found = _pa.array(names, _pa.string()), 0, dict[str, int]()
        for piece in files.pieces_of(folder, segments) if names else ():
            column = piece.column("id")
            places = _np.flatnonzero(_np.asarray(_pc.is_in(column, value_set=wanted)))
            own = column.take(_pa.array(places)).to_pylist()
            found |= zip(own, (first + places).tolist(), strict=True)
            first += len(column)
        return found

    def _piece(self, number: int) -> tuple[int, Any]:
        """The piece that a number is in, and the number of its first."""
        held: tuple[int, Any] | None = getattr(self._own, "held", None)
        if held is None or not held[0] <= number < held[0] + len(held[1]):
            pieces = self._pieces()
            place = int(_np.searchsorted([first for first, *_ in pieces], number, side="right"))
            first, file, group = pieces[place - 1]
            rows = file.read_row_group(group, use_threads=False)
            held = self._own.held = first, rows.column("id").combine_chunks()
        return held

    def _pieces(self) -> list[tuple[int, Any, int]]:
        """The number of the first, the file, and which piece of it."""
        if not hasattr(self._own, "pieces"):
            folder, segments, _ = self._asked
            pieces, first = list[tuple[int, Any, int]](), 0
            for segment in segments:
                file = files.opened(folder, segment)
                for group in range(file.num_row_groups):
                    pieces.append((first, file, group))
                    first += file.metadata.row_group(group).num_rows
            self._own.pieces = pieces
        return self._own.pieces
