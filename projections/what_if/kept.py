"""What a run left in its folder: the result, the sellers that differ, the report."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from projections.what_if.differing import STANDING_COLUMNS, WORLDS
from projections.what_if.parting import ViolationAt, differences
from projections.what_if.report import MOST_SELLERS
from projections.what_if.result import Difference, Result
from projections.what_if.table import as_csv

_np: Any = np
_pa: Any = pa
_pc: Any = pc
_parquet: Any = parquet
RESULT: Final = "result.json"
SELLERS: Final = "sellers.parquet"
REPORT: Final = "report.html"
LOOKED_AT: Final = ("number", "differs", "parted_at")
_AT_ONCE: Final = 1 << 10


class Kept:
    """A run's folder, read."""

    def __init__(self, folder: Path, violation_at: ViolationAt) -> None:
        self.folder = folder
        self._violation_at = violation_at
        self._file = _parquet.ParquetFile(folder / SELLERS, memory_map=True)
        ends = (f"_{WORLDS[0]}", f"_{WORLDS[1]}")
        names = [n for n in self._file.schema_arrow.names if n.endswith(ends[0])]
        known = {*STANDING_COLUMNS, "sanctions"}
        self.buckets = tuple(n for n in (n.removesuffix(ends[0]) for n in names) if n not in known)

    @property
    def result(self) -> Result:
        """The figures."""
        return msgspec.json.decode((self.folder / RESULT).read_bytes(), type=Result)

    def page(self, after: int, limit: int) -> list[Difference]:
        """Up to so many sellers that differ, behind the first `after`; in the order in which the
        ledger came to know them.
        """
        found: list[Any] = []
        begin, wanted = 0, limit
        for number in range(self._file.num_row_groups):
            rows = self._file.metadata.row_group(number).num_rows
            if wanted and after < begin + rows:
                piece = self._file.read_row_group(number).slice(max(after - begin, 0), wanted)
                found.append(piece)
                wanted -= piece.num_rows
            begin += rows
        return [d for piece in found for d in self._told(piece)]

    def seller(self, seller_id: str) -> Difference | None:
        """One seller; None where it does not differ."""
        for number in range(self._file.num_row_groups):
            ids = self._file.read_row_group(number, columns=["seller_id"]).column("seller_id")
            place = _pc.index(ids, seller_id).as_py()
            if place >= 0:
                return next(iter(self._told(self._file.read_row_group(number).slice(place, 1))))
        return None

    def all(self) -> Iterator[Difference]:
        """Every seller that differs, in the same order."""
        for piece in self._file.iter_batches(_AT_ONCE):
            yield from self._told(_pa.Table.from_batches([piece]))

    def foremost(self) -> list[Difference]:
        """Those to look at first: whose standing differs, then whose sanctions do, the earliest
        first.
        """
        chosen = foremost_of(self._file.read(columns=list(LOOKED_AT), use_threads=False))
        places, begin, found = _np.sort(chosen), 0, list[Any]()
        for number in range(self._file.num_row_groups):
            end = begin + self._file.metadata.row_group(number).num_rows
            mine = places[(places >= begin) & (places < end)] - begin
            if len(mine):
                found.append(self._file.read_row_group(number).take(_pa.array(mine)))
            begin = end
        if not found:
            return []
        rows = _pa.concat_tables(found)
        return self.told(rows.take(_pa.array(foremost_of(rows))))

    def told(self, rows: Any) -> list[Difference]:
        """Rows of the file in words."""
        return list(self._told(rows))

    def csv(self) -> Iterator[str]:
        """The sellers that differ as CSV, a line at a time."""
        return as_csv(self.all(), self.buckets)

    def _told(self, piece: Any) -> Iterator[Difference]:
        return differences(piece, self.buckets, self._violation_at)


def foremost_of(rows: Any) -> Any:
    """The places of the foremost rows, in their order, from the columns `LOOKED_AT`."""
    differs = rows.column("differs").cast(_pa.string())
    standing = _pc.match_substring(differs, "standing").to_numpy(zero_copy_only=False)
    parted = rows.column("parted_at").cast(_pa.int64()).fill_null((1 << 63) - 1).to_numpy()
    order = _np.lexsort((rows.column("number").to_numpy(), parted, ~standing.astype(bool)))
    return order[:MOST_SELLERS]
