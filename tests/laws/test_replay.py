"""The law: what is remembered, kept as a memo, and told by the facts is one, byte for byte."""

import pytest
from hypothesis import given

from ledger.facts.ids import seller_stream
from ledger.store.loading import load_sellers, load_stream, replay, state_bytes
from tests.laws.stories import PACKS, SELLERS, Step, stories, stories_told, told
from tests.store.opened import sandbox

few = stories_told(examples=12)


@pytest.mark.parametrize("pack", PACKS)
@few
@given(story=stories)
def test_replay_is_live(dsn: str, pack: str, story: list[Step]) -> None:
    with told(dsn, pack) as telling:
        for step in story:
            telling.tell(step)
        reader = telling.ledger.reader
        with reader.cursor() as cursor:
            memos = load_sellers(cursor, SELLERS)
            streams = {s: load_stream(cursor, seller_stream(s)) for s in SELLERS}
        for seller_id in SELLERS:
            live = state_bytes(reader.seller(seller_id))
            assert live == state_bytes(memos[seller_id].seller)
            assert live == state_bytes(replay(seller_id, streams[seller_id]))
            due_at = memos[seller_id].seller.next_due()
            # A warning ends at the instant it begins: the clock's next move records that.
            assert due_at is None or due_at >= telling.ledger.now()


@few
@given(story=stories)
def test_memos_of_another_engine_are_derived_again(dsn: str, story: list[Step]) -> None:
    with told(dsn, "capped") as telling:
        for step in story:
            telling.tell(step)
        reader = telling.ledger.reader
        known = {s: state_bytes(reader.seller(s)) for s in SELLERS}
        with reader.cursor() as cursor:
            cursor.execute("UPDATE seller_state SET engine_version = 0, state = '\\x00'")
        with sandbox(dsn, "capped") as upgraded:
            assert {s: state_bytes(upgraded.reader.seller(s)) for s in SELLERS} == known
