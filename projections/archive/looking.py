"""What is looked up in an archive's log: its first instant, what was last known by another, and
the violations at some positions.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from projections.archive import files
from projections.archive.manifest import Manifest, Segment

_np: Any = np
_pa: Any = pa


def first_instant(folder: Path, manifest: Manifest) -> int:
    """When the first fact was recorded; 0 where there is none."""
    for piece in files.pieces_of(folder, manifest.log[:1], ("recorded_at",)):
        return int(_instants(piece)[0])
    return 0


def last_known(folder: Path, manifest: Manifest, known_at: int) -> tuple[int, int]:
    """The position of the last fact recorded by an instant, and when that was; 0 and 0 where
    nothing was known yet.
    """
    if known_at >= manifest.recorded_at:
        return manifest.position, manifest.recorded_at
    for segment in reversed(manifest.log):
        file, end = files.opened(folder, segment), segment.last
        for number in reversed(range(file.num_row_groups)):
            piece = file.read_row_group(number, columns=["recorded_at"], use_threads=False)
            found = _instants(piece)
            count = int(_np.searchsorted(found, known_at, side="right"))
            if count:
                return end - len(found) + count, int(found[count - 1])
            end -= len(found)
    return 0, 0


def _instants(piece: Any) -> Any:
    return _np.asarray(piece.column("recorded_at").cast(_pa.int64()))


class Violations:
    """Names violations; reads no more of the log than the pieces in which they stand."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder = folder
        self._segments = manifest.log
        self._firsts = [segment.first for segment in manifest.log]

    def __call__(self, positions: Sequence[int]) -> Mapping[int, str]:
        """The id of each violation at one of these positions, which are in order."""
        wanted, found = _np.asarray(positions, _np.int64), dict[int, str]()
        places = {bisect_right(self._firsts, position) - 1 for position in positions}
        for place in sorted(places - {-1}):
            segment = self._segments[place]
            mine = wanted[(wanted >= segment.first) & (wanted <= segment.last)]
            found |= self._of_segment(segment, mine)
        return found

    def _of_segment(self, segment: Segment, wanted: Any) -> dict[int, str]:
        file, begin = files.opened(self._folder, segment), segment.first
        found: dict[int, str] = {}
        for number in range(file.num_row_groups):
            rows = file.metadata.row_group(number).num_rows
            mine = wanted[(wanted >= begin) & (wanted < begin + rows)]
            if len(mine):
                piece = file.read_row_group(number, columns=["violation"], use_threads=False)
                ids = piece.column("violation").take(_pa.array(mine - begin)).to_pylist()
                pairs = zip(mine.tolist(), ids, strict=True)
                found |= {position: name for position, name in pairs if name is not None}
            begin += rows
        return found
