"""The glossary points to places that are there, in an order in which a word is found."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text()
TABLES = GLOSSARY.split("\n## ")[1:]


def rows(table: str) -> list[list[str]]:
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_every_place_that_the_glossary_names_is_there() -> None:
    places = re.findall(r"`((?:api|ledger|projections)/[\w/.-]*)`", GLOSSARY)
    assert places
    assert [place for place in places if not (ROOT / place).exists()] == []


def test_words_stand_in_order_and_once() -> None:
    for table in TABLES:
        words = [row[0] for row in rows(table)]
        assert words == sorted(words)
    every = [row[0] for table in TABLES for row in rows(table)]
    assert len(every) == len(set(every))


def test_a_word_is_explained_in_one_or_two_sentences() -> None:
    for row in (row for table in TABLES for row in rows(table)):
        assert len(row) == 3, row
        assert row[1].endswith("."), row[0]
        assert len(re.findall(r"[.?!:;](?= |$)", row[1])) <= 3, row[0]
