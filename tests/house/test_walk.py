"""docs/walk.md quotes the source, and what it quotes is there, word for word and in order."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
WALK = ROOT / "docs" / "walk.md"
# Where a piece leaves lines out.
CUT = {"...", "…", "# …", "-- …"}
QUOTED_AT_MOST = 30


class Piece(NamedTuple):
    """One fenced block: the file that its first line names, and the lines that it quotes."""

    line: int
    file: str | None
    quoted: list[str]


def pieces() -> list[Piece]:
    found: list[Piece] = []
    for block in re.finditer(r"^```\w*\n(.*?)^```$", WALK.read_text(), re.MULTILINE | re.DOTALL):
        first, *quoted = block.group(1).splitlines()
        named = re.fullmatch(r"(?:#|--|//) (\S+\.\w+)", first)
        number = WALK.read_text()[: block.start()].count("\n") + 1
        found.append(Piece(number, named.group(1) if named else None, quoted))
    return found


def missing(quoted: list[str], source: list[str]) -> list[str]:
    """The quoted lines that do not stand in the source after the ones before them."""
    absent: list[str] = []
    place = 0
    for line in quoted:
        if not line.strip() or line.strip() in CUT:
            continue
        try:
            place = source.index(line.rstrip(), place) + 1
        except ValueError:
            absent.append(line)
    return absent


@pytest.mark.parametrize("piece", pieces(), ids=lambda piece: f"line-{piece.line}")
def test_what_the_walk_quotes_stands_in_the_source(piece: Piece) -> None:
    if piece.file is None:
        return
    path = ROOT / piece.file
    assert path.is_file(), f"{piece.file} is not there"
    assert missing(piece.quoted, path.read_text().splitlines()) == []


def test_the_walk_quotes_each_stop_on_the_way() -> None:
    quoted = {piece.file for piece in pieces()}
    folders = {"api", "ledger/decide", "ledger/facts", "ledger/standing", "ledger/store"}
    assert {f for f in folders if not any(q and q.startswith(f) for q in quoted)} == set()


def test_pieces_are_short() -> None:
    assert [piece.line for piece in pieces() if len(piece.quoted) > QUOTED_AT_MOST] == []


def test_every_file_that_the_walk_links_to_is_there() -> None:
    linked = re.findall(r"\]\(([^)#:]+)\)", WALK.read_text())
    assert [name for name in linked if not (WALK.parent / name).exists()] == []


def test_a_changed_quotation_is_noticed() -> None:
    source = ["def one():", "    return 1", "def two():"]
    assert missing(["def one():", "…", "def two():"], source) == []
    assert missing(["def two():", "def one():"], source) == ["def one():"]
    assert missing(["    return 2"], source) == ["    return 2"]
