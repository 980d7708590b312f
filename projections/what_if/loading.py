"""An archive read for a replay: a range of sellers at a time, so that memory does not grow with the
population.
"""

from collections.abc import Sequence
from pathlib import Path
from threading import local
from typing import Any, Final

import numpy as np
import pyarrow as pa

from projections.archive.manifest import Manifest, read_manifest
from projections.archive.merging import RangeReader, in_order, ranges
from projections.archive.refusals import NoArchive
from projections.archive.replay_columns import SCHEMA
from projections.what_if.arranging import empty, seller_bounds
from projections.what_if.columns import Array, Facts

_np: Any = np
_pa: Any = pa
ALWAYS: Final = ("seller", "position", "kind", "recorded", "lapse", "about", "terms")
ASKED: Final = ("effective", "day", "reporter")
"""Read only where a scenario needs them."""


class Replayable:
    """An archive as it was at one time, ready to be read from any thread. Its writer may go on: see
    `reading`, under which its files stay.
    """

    def __init__(
        self, folder: Path, columns: Sequence[str] = ASKED, manifest: Manifest | None = None
    ) -> None:
        self.folder = folder
        self.columns = (*ALWAYS, *columns)
        self.manifest = manifest or opened(folder)
        self.ranges = ranges(self.manifest.replay) if self.manifest.replay else []
        self._own = local()

    def facts(self, place: int) -> tuple[Facts, Array]:
        """The facts of one of `ranges`, and each row's place in the log."""
        low, high = self.ranges[place]
        parts = [reader.rows(low, high) for reader in self._readers()]
        table = in_order([part for part in parts if part.num_rows] or parts[:1])
        return facts_of(table), _column(table, "position")

    def nobody(self) -> Facts:
        """No facts of no seller, in columns of the same kinds."""
        fields = [SCHEMA.field(name) for name in self.columns]
        return facts_of(_pa.schema(fields).empty_table())

    def _readers(self) -> list[RangeReader]:
        """A thread's own: a file is read by one thread at a time."""
        if not hasattr(self._own, "readers"):
            self._own.readers = [
                RangeReader(self.folder, segment, self.columns) for segment in self.manifest.replay
            ]
        return self._own.readers


def opened(folder: Path) -> Manifest:
    """What the archive in a folder holds now; raises `NoArchive`."""
    manifest = read_manifest(folder)
    if not manifest.position:
        raise NoArchive(folder, "nothing was archived yet")
    return manifest


def facts_of(table: Any) -> Facts:
    """A piece of a replay segment as columns."""
    columns = {name: _column(table, name) for name in table.column_names}
    seller = columns["seller"]
    sellers = _np.empty(len(seller), _np.int32)
    bounds = _np.empty(len(seller) + 1, _np.int64)
    count = seller_bounds(seller, sellers, bounds)
    return Facts(
        sellers=sellers[:count].copy(),
        bounds=bounds[: count + 1].copy(),
        kind=columns["kind"],
        recorded=columns["recorded"],
        effective=columns.get("effective", empty(_np.int64)),
        lapse=columns["lapse"],
        about=columns["about"],
        terms=columns["terms"],
        day=columns.get("day", empty(_np.int32)),
        reporter=columns.get("reporter", empty(_np.int32)),
    )


def _column(table: Any, name: str) -> Any:
    column = table.column(name)
    array = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    return array.to_numpy(zero_copy_only=False)
