"""Each of the ten jobs of docs/console.md has its picture, and no picture is there for nothing."""

import re
from pathlib import Path
from typing import Final

DOCS: Final = Path(__file__).resolve().parents[2] / "docs"
PICTURES: Final = DOCS / "images" / "console"
TEXT: Final = (DOCS / "console.md").read_text()
JOB: Final = re.compile(r"^### (\d+)\. .+?$(.*?)(?=^### |\Z)", re.MULTILINE | re.DOTALL)
LARGEST: Final = 90_000
ALTOGETHER: Final = 1_000_000


def test_there_are_ten_jobs_in_order_and_each_is_whole() -> None:
    jobs = JOB.findall(TEXT)
    assert [int(number) for number, _ in jobs] == list(range(1, 11))
    for number, text in jobs:
        assert "You want: " in text, number
        assert "You end with: " in text, number
        assert re.search(r"^1\. ", text, re.MULTILINE), number
        assert f"](images/console/job-{int(number):02}.png)" in text


def test_every_picture_is_shown_and_small() -> None:
    shown = set(re.findall(r"\]\(images/console/([\w-]+\.png)\)", TEXT))
    kept = {path.name: path.stat().st_size for path in PICTURES.iterdir()}
    assert shown == set(kept)
    assert [name for name, size in kept.items() if size > LARGEST] == []
    assert sum(kept.values()) < ALTOGETHER


def test_every_picture_says_in_words_what_it_shows() -> None:
    assert re.findall(r"!\[\]\(", TEXT) == []
