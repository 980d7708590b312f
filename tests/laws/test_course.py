"""The law: a standing's course is the standing itself, at each of its instants and between."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from msgspec.structs import replace

from ledger.facts.instants import DAY_US, Instant
from ledger.standing.course import Change, Course
from ledger.standing.standing import Standing
from tests.laws.stories import PACKS, SELLERS, Step, Telling, stories, stories_told, told

LONG = 500 * DAY_US


def between(found: Course, to: Instant) -> Iterator[tuple[Standing, Instant]]:
    """Each standing with instants at which it holds: its first, its last, and one midway."""
    told_of = [found.standing, *(change.standing for change in found.changes)]
    ends = [*(change.at for change in found.changes), to + 1]
    for holds, end in zip(told_of, ends, strict=True):
        for at in (holds.as_of, (holds.as_of + end) // 2, end - 1):
            yield holds, at


def check(telling: Telling, seller: str, known_at: Instant) -> None:
    from_, to = known_at - LONG, known_at + LONG
    found, until = telling.ledger.course(seller, from_, to, known_at, 1_000)
    assert until == to
    assert found.complete
    for holds, at in between(found, to):
        assert telling.ledger.standing(seller, at, known_at) == replace(holds, as_of=at)


@pytest.mark.parametrize("pack", PACKS)
@stories_told(examples=12)
@given(story=stories)
def test_the_course_is_the_standing_at_every_instant(
    dsn: str, pack: str, story: list[Step]
) -> None:
    with told(dsn, pack) as telling:
        known: list[Instant] = []
        for step in story:
            telling.tell(step)
            known.append(telling.ledger.now())
        for known_at in {known[len(known) // 2], known[-1]} if known else ():
            for seller in SELLERS:
                check(telling, seller, known_at)


def test_a_course_in_pages_is_the_whole_course(dsn: str) -> None:
    with told(dsn, "aliexpress-ladder") as telling:
        for number in range(5):
            telling.tell(("violate", 0, number, 30))
            telling.tell(("wait", 0, 9, 0))
        ledger = telling.ledger
        now = ledger.now()
        whole, _ = ledger.course("s-0", None, now + LONG, None, 1_000)
        assert len(whole.changes) > 6
        paged: tuple[Change, ...] = ()
        from_ = whole.standing.as_of
        while True:
            page, _ = ledger.course("s-0", from_, now + LONG, None, 2)
            paged += page.changes
            if page.complete:
                break
            from_ = page.changes[-1].at
        assert paged == whole.changes
