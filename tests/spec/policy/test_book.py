"""Which edition is in force at an instant, as known at another."""

from pathlib import Path

import pytest

from ledger.facts.instants import format_instant, parse_instant
from ledger.policy.book import (
    BeforeFirstPack,
    Book,
    EditionToldDifferently,
    NotYetPublished,
    PublishedEdition,
    UnknownPack,
)
from ledger.policy.check import check

SMALL = (Path(__file__).parent / "small.toml").read_text()


def at(date: str) -> int:
    return parse_instant(date if "T" in date else date + "T00:00:00Z")


def edition(
    name: str, effective: str, recorded: str, position: int, text: str = SMALL
) -> PublishedEdition:
    text = (
        text.replace('edition = "2026-01-01"', f'edition = "{name}"')
        .replace("effective_from = 2026-01-01", f"effective_from = {effective}")
        .replace("published_at = 2026-01-01", f"published_at = {recorded}")
    )
    return PublishedEdition(check(text), at(recorded), position)


def book(*editions: PublishedEdition) -> Book:
    made = Book()
    for one in editions:
        made = made.with_edition(one)
    return made


# Autumn was published after summer but holds from the same day; spring was published late.
BOOK = book(
    edition("winter", "2026-01-01", "2026-01-01", 1),
    edition("summer", "2026-07-01", "2026-02-01", 5),
    edition("autumn", "2026-07-01", "2026-03-01", 9),
    edition("spring", "2026-04-10", "2026-04-10", 12),
)

# fmt: off
IN_FORCE = [
    # at, known at, before position, edition
    ("2026-01-01", None, None, "winter"),
    ("2026-04-09T23:59:59.999999Z", None, None, "winter"),
    ("2026-04-10", None, None, "spring"),
    ("2026-07-01", None, None, "autumn"),
    ("2030-01-01", None, None, "autumn"),
    ("2026-08-01", "2026-02-15", None, "summer"),
    ("2026-08-01", "2026-03-01", None, "autumn"),        # recorded at K is known at K
    ("2026-08-01", "2026-02-28T23:59:59Z", None, "summer"),
    ("2026-05-01", "2026-04-01", None, "winter"),        # spring was not known yet
    ("2026-08-01", "2026-01-15", None, "winter"),
    ("2026-08-01", None, 9, "summer"),                   # what a fact at position 9 could know
    ("2026-08-01", None, 10, "autumn"),
    ("2026-05-01", None, 12, "winter"),
    ("2026-08-01", "2026-12-01", 5, "winter"),
]

CHANGES = [
    # after, known at, next change
    ("2026-01-01", None, "2026-04-10"),
    ("2026-04-10", None, "2026-07-01"),
    ("2026-01-01", "2026-03-15", "2026-07-01"),
    ("2026-01-01", "2026-01-15", None),
    ("2026-07-01", None, None),
    ("2025-01-01", None, "2026-01-01"),
]
# fmt: on


@pytest.mark.parametrize(("when", "known_at", "before", "expected"), IN_FORCE)
def test_the_edition_in_force(when, known_at, before, expected) -> None:
    policy = BOOK.in_force("small", at(when), known_at and at(known_at), before)
    assert policy.edition == expected


@pytest.mark.parametrize(("after", "known_at", "expected"), CHANGES)
def test_the_next_change(after, known_at, expected) -> None:
    found = BOOK.next_change_after("small", at(after), known_at and at(known_at))
    assert (found and format_instant(found)) == (expected and format_instant(at(expected)))


def test_before_the_first_edition_there_are_no_rules() -> None:
    with pytest.raises(BeforeFirstPack) as refused:
        BOOK.in_force("small", at("2025-12-31T23:59:59.999999Z"))
    assert str(refused.value) == (
        "No edition of small is in force at 2025-12-31T23:59:59.999999Z: "
        "the first is from 2026-01-01T00:00:00.000000Z."
    )
    assert refused.value.accepted == "2026-01-01T00:00:00.000000Z or later"


def test_before_the_first_publication_no_rules_are_known() -> None:
    with pytest.raises(NotYetPublished) as refused:
        BOOK.in_force("small", at("2026-08-01"), known_at=at("2025-06-01"))
    assert str(refused.value) == (
        "No edition of small had been published by 2025-06-01T00:00:00.000000Z: "
        "the first was at 2026-01-01T00:00:00.000000Z."
    )


def test_a_pack_nobody_published_is_refused() -> None:
    with pytest.raises(UnknownPack, match="no policy pack 'smal': did you mean small"):
        BOOK.in_force("smal", at("2026-08-01"))
    with pytest.raises(UnknownPack, match="none was published yet"):
        Book().in_force("small", at("2026-08-01"))


def test_an_edition_never_changes() -> None:
    other = edition("summer", "2026-07-01", "2026-02-01", 20, SMALL.replace("= 48", "= 36"))
    with pytest.raises(EditionToldDifferently, match="small@summer is published with digest"):
        BOOK.with_edition(other)


def test_an_edition_told_twice_is_there_once() -> None:
    again = edition("summer", "2026-07-01", "2026-02-01", 20)
    assert BOOK.with_edition(again) is BOOK


def test_a_book_never_changes() -> None:
    first = book(edition("winter", "2026-01-01", "2026-01-01", 1))
    second = first.with_edition(edition("summer", "2026-07-01", "2026-02-01", 5))
    assert [len(first.editions), len(second.editions)] == [1, 2]


def test_editions_stand_in_the_order_of_the_log_or_of_effect() -> None:
    assert [e.policy.edition for e in BOOK.editions] == ["winter", "summer", "autumn", "spring"]
    in_effect = [e.policy.edition for e in BOOK.editions_of("small")]
    assert in_effect == ["winter", "spring", "summer", "autumn"]


def test_an_edition_is_found_by_its_name() -> None:
    assert BOOK.by_ref("small@spring").edition == "spring"
    with pytest.raises(UnknownPack, match=r"'small@sprung': did you mean small@spring"):
        BOOK.by_ref("small@sprung")
