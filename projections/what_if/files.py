"""The sellers that differ as rows of a file: CSV for spreadsheets, Parquet for analysts."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from ledger.facts.instants import parse_instant
from projections.what_if.result import Difference

_pa: Any = pa
_pq: Any = pq
AT_ONCE: Final = 1 << 16
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# What a spreadsheet would calculate, and the mark that keeps it from it.
_CALCULATED: Final = ("=", "+", "-", "@", "\t", "\r", "'")


def columns(buckets: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns, for worlds with these buckets."""
    totals = (f"{bucket}_{world}" for bucket in buckets for world in ("baseline", "scenario"))
    return (
        "seller_id", "differs", "parted_at", "why", "because_of",
        "suspended_baseline", "suspended_scenario", "frozen_baseline", "frozen_scenario",
        "suspended_us_baseline", "suspended_us_scenario", "frozen_us_baseline",
        "frozen_us_scenario", *totals,
    )  # fmt: skip


def rows(differences: Iterable[Difference], buckets: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """A row for each seller, in the order of the columns."""
    for d in differences:
        totals = (
            value
            for bucket in buckets
            for value in (
                (d.totals[bucket].baseline, d.totals[bucket].scenario)
                if bucket in d.totals
                else (0, 0)
            )
        )
        yield (
            d.seller_id, " ".join(d.differs), d.parted_at, d.why, d.because_of,
            *d.suspended, *d.frozen,
            d.suspended_us.baseline, d.suspended_us.scenario,
            d.frozen_us.baseline, d.frozen_us.scenario, *totals,
        )  # fmt: skip


def as_csv(differences: Iterable[Difference], buckets: Sequence[str]) -> Iterator[str]:
    """The rows as CSV, a line at a time; what a spreadsheet would calculate gets an apostrophe."""
    yield _line(columns(buckets))
    for row in rows(differences, buckets):
        yield _line([_safe(value) for value in row])


def write_parquet(path: Path, differences: Iterable[Difference], buckets: Sequence[str]) -> int:
    """The rows as a Parquet file; how many there were. Instants are timestamps in UTC."""
    schema = _schema(buckets)
    count = 0
    with _pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in _batches(rows(differences, buckets)):
            count += len(batch)
            values = list(zip(*batch, strict=True))
            values[2] = tuple(_moment(text) for text in values[2])
            arrays = [
                _pa.array(column, field.type) for column, field in zip(values, schema, strict=True)
            ]
            writer.write_table(_pa.Table.from_arrays(arrays, schema=schema))
    return count


def _schema(buckets: Sequence[str]) -> Any:
    def kind(name: str) -> Any:
        if name == "parted_at":
            return _pa.timestamp("us", tz="UTC")
        if name in ("seller_id", "differs", "why", "because_of"):
            return _pa.string()
        is_flag = name.startswith(("suspended_", "frozen_")) and "_us_" not in name
        return _pa.bool_() if is_flag else _pa.int64()

    return _pa.schema([_pa.field(name, kind(name)) for name in columns(buckets)])


def _batches(found: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    batch: list[tuple[Any, ...]] = []
    for row in found:
        batch.append(row)
        if len(batch) == AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _moment(text: str | None) -> datetime | None:
    return None if text is None else _EPOCH + timedelta(microseconds=parse_instant(text))


def _line(row: Sequence[Any]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(row)
    return text.getvalue()


def _safe(value: object) -> object:
    match value:
        case bool():
            return "true" if value else "false"
        case str() if value.startswith(_CALCULATED):
            return "'" + value
        case _:
            return value
