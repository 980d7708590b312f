"""What a run left in its folder: the result, the sellers that differ, the report."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from projections.what_if.differing import STANDING_COLUMNS, WORLDS
from projections.what_if.parting import ViolationAt, differences
from projections.what_if.report import MOST_SELLERS
from projections.what_if.result import Difference, Differing, Result
from projections.what_if.table import as_csv

_np: Any = np
_pa: Any = pa
_pc: Any = pc
_parquet: Any = parquet
RESULT: Final = "result.json"
SELLERS: Final = "sellers.parquet"
REPORT: Final = "report.html"
LOOKED_AT: Final = ("number", "differs", "parted_at")
_CHOSEN_BY: Final = ("seller_id", "differs", *(f"status_{world}" for world in WORLDS))
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

    def places(
        self, differs: Differing | None, parted: Literal["newly", "spared"] | None, prefix: str
    ) -> Any:
        """Where the sellers stand that differ in this, that one world suspends and the other does
        not, and whose ids begin so; in the order in which the ledger came to know them. Only the
        columns that say it are read.
        """
        rows = self._file.read(columns=list(_CHOSEN_BY), use_threads=False)
        chosen = _pc.starts_with(rows.column("seller_id"), prefix)
        if differs is not None:
            told = rows.column("differs").cast(_pa.string())
            chosen = _pc.and_(chosen, _pc.match_substring(told, differs))
        if parted is not None:
            was, now = (
                _pc.equal(rows.column(f"status_{world}").cast(_pa.string()), "suspended")
                for world in WORLDS
            )
            begun, ended = (now, was) if parted == "newly" else (was, now)
            chosen = _pc.and_(chosen, _pc.and_(begun, _pc.invert(ended)))
        return _np.flatnonzero(chosen.to_numpy(zero_copy_only=False))

    def at(self, places: Any) -> list[Difference]:
        """The sellers at these places, which ascend."""
        return [each for piece in self._pieces(places) for each in self._told(piece)]

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
        found = list(self._pieces(_np.sort(chosen)))
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

    def _pieces(self, places: Any) -> Iterator[Any]:
        """The rows at these places, group by group; groups without any are not read."""
        begin = 0
        for number in range(self._file.num_row_groups):
            end = begin + self._file.metadata.row_group(number).num_rows
            mine = places[(places >= begin) & (places < end)] - begin
            if len(mine):
                yield self._file.read_row_group(number).take(_pa.array(mine))
            begin = end

    def _told(self, piece: Any) -> Iterator[Difference]:
        return differences(piece, self.buckets, self._violation_at)


def foremost_of(rows: Any) -> Any:
    """The places of the foremost rows, in their order, from the columns `LOOKED_AT`."""
    differs = rows.column("differs").cast(_pa.string())
    standing = _pc.match_substring(differs, "standing").to_numpy(zero_copy_only=False)
    parted = rows.column("parted_at").cast(_pa.int64()).fill_null((1 << 63) - 1).to_numpy()
    order = _np.lexsort((rows.column("number").to_numpy(), parted, ~standing.astype(bool)))
    return order[:MOST_SELLERS]
