"""Rows of CSV files, a batch at a time, with every mistake told by its line and column."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple, TextIO

from api.orders.mistakes import Mistake, Mistakes, NoSuchFiles, quoted
from ledger.facts.ids import ID_ACCEPTED, ID_PATTERN

ROWS_AT_ONCE: Final = 20_000
_ISO: Final = "%Y-%m-%d %H:%M:%S"
_EXAMPLE: Final = datetime.fromisoformat("2018-01-31 09:30:00")
_ID: Final = re.compile(ID_PATTERN)
_AMOUNT: Final = re.compile(r"[0-9]{1,12}([.,][0-9]{1,6})?", re.ASCII)
_COUNT: Final = re.compile(r"[0-9]{1,9}", re.ASCII)


class Refused(Exception):
    """A value that is not what it should be; says what would be accepted."""


class Column(NamedTuple):
    """A column that is read, and what its values become."""

    name: str
    read: Callable[[str], Any]
    """Raises `Refused`."""


class Source(NamedTuple):
    """A file, and the columns of it that are read: no other value of it is ever looked at."""

    path: Path
    columns: Sequence[Column]
    encoding: str = "utf-8"
    delimiter: str = ","


def batches(source: Source, mistakes: Mistakes) -> Iterator[list[list[Any]]]:
    """The file's rows as columns, the numbers of their lines first; raises `NoSuchFiles` and
    `FilesRefused`.
    """
    encoding = "utf-8-sig" if source.encoding == "utf-8" else source.encoding
    try:
        # What is no text of this encoding stands mostly in words that are not read: a value that
        # is read and holds such bytes is refused with its line.
        file = source.path.open(encoding=encoding, errors="surrogateescape", newline="")
    except OSError as why:
        said = (why.strerror or "no reason given").lower()
        raise NoSuchFiles(
            source.path, f"cannot be read: {said}", "a folder with every file of the layout"
        ) from None
    with file:
        waiting: list[tuple[Any, ...]] = []
        for row in _rows(file, source, mistakes):
            waiting.append(row)
            if len(waiting) == ROWS_AT_ONCE:
                yield [list(column) for column in zip(*waiting, strict=True)]
                waiting = []
        if waiting:
            yield [list(column) for column in zip(*waiting, strict=True)]


def _rows(file: TextIO, source: Source, mistakes: Mistakes) -> Iterator[tuple[Any, ...]]:
    name = source.path.name
    reader = csv.reader(file, delimiter=source.delimiter, strict=True)
    began = 1
    try:
        header = next(reader, list[str]())
        places = _places(header, source, mistakes)
        mistakes.refuse()
        began = reader.line_num + 1
        for cells in reader:
            line, began = began, reader.line_num + 1
            if len(cells) != len(header):
                if cells:
                    count = f"{len(cells)} values, where the first line has {len(header)}"
                    mistakes.add(Mistake(name, line, "", count, f"{len(header)} values"))
                continue
            row: list[Any] = [line]
            for place, column in places:
                try:
                    row.append(column.read(cells[place]))
                except Refused as why:
                    found = quoted(cells[place])
                    mistakes.add(Mistake(name, line, column.name, found, str(why)))
            if len(row) > len(places):
                yield tuple(row)
    except csv.Error as why:
        # A quote that is never closed makes all that follows one value.
        long = f"values of up to {csv.field_size_limit():,} characters, and "
        accepted = long * ("field limit" in str(why)) + "quotes that are closed and paired"
        mistakes.add(Mistake(name, began, "", f"no CSV: {why}", accepted))
        mistakes.refuse()


def _places(header: list[str], source: Source, mistakes: Mistakes) -> list[tuple[int, Column]]:
    """Where each column stands."""
    name = source.path.name
    found: list[tuple[int, Column]] = []
    names = [title.strip() for title in header]
    there = ", ".join(map(quoted, names[:30])) or "nothing: the file is empty"
    for column in source.columns:
        if names.count(column.name) == 1:
            found.append((names.index(column.name), column))
            continue
        what = "stands there twice" if column.name in names else "is not there"
        mistakes.add(
            Mistake(name, 1, column.name, f"the column {what}", f"it once; the line has {there}")
        )
    return found


# -- what values become -------------------------------------------------------------------


def an_id(text: str) -> str:
    """An id of the ledger."""
    if _ID.fullmatch(text) is None:
        raise Refused(ID_ACCEPTED)
    return text


def a_key(text: str) -> str:
    """What ties rows together, and never leaves the files."""
    if not text or len(text) > 200 or not text.isprintable():
        raise Refused("1 to 200 printable characters")
    return text


def name_up_to(most: int) -> Callable[[str], str | None]:
    """A name as people write it; None where there is none."""

    def read(text: str) -> str | None:
        text = text.strip()
        if len(text) > most or not text.isprintable():
            raise Refused(f"up to {most} printable characters")
        return text or None

    return read


def one_of(known: Sequence[str]) -> Callable[[str], str]:
    """A word that the layout knows."""
    words = frozenset(known)

    def read(text: str) -> str:
        if text not in words:
            raise Refused(" or ".join(known))
        return text

    return read


def instant_as(shape: str) -> Callable[[str], datetime]:
    """An instant without a zone."""
    accepted = f"an instant as {shape}, such as {_EXAMPLE:{shape}}"

    def read(text: str) -> datetime:
        try:
            # The usual shape has a way of its own that takes a tenth of the time.
            if shape == _ISO and len(text) == 19 and text[10] == " ":
                return datetime.fromisoformat(text)
            told = datetime.strptime(text, shape)  # noqa: DTZ007 - the files name no zone
        except ValueError:
            raise Refused(accepted) from None
        return told.replace(tzinfo=None)

    return read


def or_none(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """The same where a value may be missing."""
    return lambda text: read(text) if text.strip() else None


def a_score(text: str) -> int:
    """Stars."""
    if text not in {"1", "2", "3", "4", "5"}:
        raise Refused("a whole number from 1 to 5")
    return int(text)


def a_count(text: str) -> int:
    """How many pieces."""
    if _COUNT.fullmatch(text) is None or not int(text):
        raise Refused("a whole number from 1 to 999,999,999")
    return int(text)


def is_free(text: str) -> bool:
    """Whether an amount of money is nought."""
    if _AMOUNT.fullmatch(text) is None:
        raise Refused("an amount such as 12.30")
    return not text.strip("0.,")
