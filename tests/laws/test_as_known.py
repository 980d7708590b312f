"""The law: an answer as known at an instant that is over never changes, whatever comes later."""

import pytest
from hypothesis import given

from ledger.facts.instants import DAY_US
from ledger.standing.standing import Standing
from tests.laws.stories import PACKS, SELLERS, Step, Telling, stories, stories_told, told

AS_OF_DAYS = (-400, -30, -1, 0, 1, 30, 365)
Asked = tuple[str, int, int]


def answers(telling: Telling, known_at: int) -> dict[Asked, Standing]:
    """What is answered as known at an instant, as of several others."""
    return {
        (seller, as_of, known_at): telling.ledger.standing(seller, as_of, known_at)
        for seller in SELLERS
        for as_of in (known_at + days * DAY_US for days in AS_OF_DAYS)
    }


@pytest.mark.parametrize("pack", PACKS)
@stories_told(examples=12)
@given(story=stories)
def test_an_answer_as_known_then_stays(dsn: str, pack: str, story: list[Step]) -> None:
    with told(dsn, pack) as telling:
        ledger = telling.ledger
        given_then: dict[Asked, Standing] = {}
        for step in story:
            before = ledger.now()
            telling.tell(step)
            if ledger.now() > before:
                # Only now is `before` over: on this clock further facts may share an instant.
                given_then |= answers(telling, before)
        last = ledger.now()
        ledger.move_clock(last + 1)
        given_then |= answers(telling, last)
        for seller in SELLERS:
            # Found today, a year back; and everything that is known taken away.
            for step in (("violate", SELLERS.index(seller), 0, 365), ("annul", 0, 0, 0)):
                telling.tell(step)
        assert {asked: ledger.standing(*asked) for asked in given_then} == given_then


def points(standing: Standing) -> int:
    return next(b.value for b in standing.buckets if b.bucket == "points")


def test_as_known_is_not_as_known_now(dsn: str) -> None:
    """No law is kept by answering nothing: a backdated fact changes the past for who knows it."""
    with told(dsn, "aliexpress-ladder") as telling:
        ledger = telling.ledger
        then = ledger.now()
        telling.tell(("wait", 0, 30, 0))
        telling.tell(("violate", 0, 0, 90))
        assert points(ledger.standing("s-0", then, then)) == 0
        assert points(ledger.standing("s-0", then)) == 24
        telling.tell(("wait", 0, 1, 0))
        known = ledger.now() - 1
        telling.tell(("annul", 0, 0, 0))
        assert points(ledger.standing("s-0", then)) == 0
        assert points(ledger.standing("s-0", then, known)) == 24
