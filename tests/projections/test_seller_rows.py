"""The law of two ways to a seller's row: a stream added up once gives what the engine gives."""

import psycopg
import pytest
from hypothesis import given

from ledger.facts.ids import seller_of
from ledger.standing.standing import own_changes
from ledger.store.loading import StoredFact, load_book, replay
from projections.seller_rows import footing, footing_of_stream, lapses_of, next_lapse, row
from tests.laws.stories import PACKS, SELLERS, Step, stories, stories_told, told

few = stories_told(examples=10)


@pytest.mark.parametrize("pack", PACKS)
@few
@given(story=stories)
def test_a_stream_added_up_once_gives_the_row_that_the_engine_gives(
    dsn: str, pack: str, story: list[Step]
) -> None:
    with told(dsn, pack) as telling:
        for step in story:
            telling.tell(step)
        reader = telling.ledger.reader
        facts = reader.facts(0, 100_000, to=reader.head().last_position)
        with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
            editions = load_book(cursor).editions
    units = {b.name: b.unit for edition in editions for b in edition.policy.buckets}
    for seller_id in SELLERS:
        own = [fact for fact in facts if seller_of(fact.stream) == seller_id]
        for count in range(1, len(own) + 1):
            rows_agree(seller_id, own[:count], units)


def rows_agree(seller_id: str, facts: list[StoredFact], units: dict[str, str]) -> None:
    seller, at = replay(seller_id, facts), facts[-1].fact.recorded_at
    lapse = next_lapse(seller, at)
    buckets = {violation.bucket for violation in seller.violations}
    by_the_engine = footing(seller, buckets, lapse, lapses_of(facts), at)
    added_up = footing_of_stream(seller_id, facts)
    assert row(added_up, at, units) == row(by_the_engine, at, units)
    # What changes next is what the engine says of all that is known of the seller.
    later = [instant for instant in own_changes(seller) if instant > at]
    assert row(added_up, at, units)[3] == min(later, default=None)
