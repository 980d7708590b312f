"""The law: an erasure changes no number, no reason and no stored byte, whatever was asked before
and is asked again.
"""

import pytest
from hypothesis import given
from msgspec.structs import replace

from ledger.decide.erasure_commands import EraseSeller
from ledger.decide.erasure_refusals import ErasureHeld, UnknownSeller
from ledger.facts.ids import seller_stream
from ledger.facts.instants import DAY_US
from ledger.ledger import Ledger
from ledger.standing.course import Course
from ledger.standing.explanation import Explanation
from ledger.standing.standing import Standing
from ledger.store.loading import load_stream, replay, state_bytes
from tests.laws.stories import PACKS, SELLERS, Step, Telling, stories, stories_told, told
from tests.store.opened import log_rows

AS_OF_DAYS = (-400, -30, -1, 0, 1, 30, 365)
Answer = tuple[Standing, Explanation, Course]


def erasure(seller: str) -> EraseSeller:
    return EraseSeller(seller_id=seller, reason="asked-by-seller", erased_by="desk")


def erased(ledger: Ledger, seller: str) -> bool:
    """Whether the seller's texts are gone; else something stood against it."""
    try:
        ledger.handle(erasure(seller), "desk")
    except ErasureHeld:
        assert ledger.kept(seller)[1].holds
        return False
    except UnknownSeller:
        assert ledger.reader.seller(seller).version == 0
        return False
    return True


def as_known(ledger: Ledger, known_at: int) -> dict[tuple[str, int], Answer]:
    """All that is said as known at an instant, as of several others."""
    asked = [(seller, known_at + days * DAY_US) for seller in SELLERS for days in AS_OF_DAYS]
    return {
        (seller, as_of): (
            ledger.standing(seller, as_of, known_at),
            ledger.explanation(seller, as_of, known_at),
            ledger.forecast(seller, as_of, known_at, 20),
        )
        for seller, as_of in asked
    }


def live(ledger: Ledger, at: int) -> list[Standing]:
    """What is said as known now, but for where it stands in the log."""
    return [
        replace(ledger.standing(seller, at + days * DAY_US), position=0, known_at=0)
        for seller in SELLERS
        for days in AS_OF_DAYS
    ]


@pytest.mark.parametrize("pack", PACKS)
@stories_told(examples=10)
@given(story=stories, later=stories)
def test_no_answer_changes(dsn: str, pack: str, story: list[Step], later: list[Step]) -> None:
    with told(dsn, pack) as telling:
        ledger = telling.ledger
        _tell(telling, story)
        known_at = ledger.now()
        ledger.move_clock(known_at + 1)
        before, rows = as_known(ledger, known_at), log_rows(dsn)
        seen = live(ledger, known_at)
        gone = [seller for seller in SELLERS if erased(ledger, seller)]
        assert live(ledger, known_at) == seen
        _tell(telling, later)
        assert as_known(ledger, known_at) == before
        assert log_rows(dsn)[: len(rows)] == rows
        for seller in gone:
            assert _replayed(ledger, seller) == state_bytes(ledger.reader.seller(seller))


def _tell(telling: Telling, story: list[Step]) -> None:
    for step in story:
        telling.tell(step)


def _replayed(ledger: Ledger, seller: str) -> bytes:
    with ledger.reader.cursor() as cursor:
        return state_bytes(replay(seller, load_stream(cursor, seller_stream(seller))))


def test_the_law_is_not_kept_by_refusing_everything(dsn: str) -> None:
    with told(dsn, "aliexpress-ladder") as telling:
        _tell(telling, [("violate", 0, 0, 3), ("violate", 0, 1, 0), ("annul", 0, 0, 0)])
        assert erased(telling.ledger, "s-0")
        assert telling.ledger.kept("s-0")[1].texts == 0
