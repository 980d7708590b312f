"""What is believed of a publisher's records, and when."""

import time
from math import inf

from hypothesis import given
from hypothesis import strategies as st

from api.client.signs import Horizon, Signs, _earliest
from api.opening import system_now
from projections.outbox.progress import Parked, Progress
from tests.client.told import LOG, instant, sign

SELLERS = ("", "s-0", "s-1", "s-2", "s-3", "z")
instants = st.sampled_from((1.0, 2.0, 3.0, inf))
horizons = st.builds(Horizon, instants, st.sampled_from(SELLERS), instants)


def read_whole(signs: Signs) -> None:
    signs.look()
    signs.looked()


@given(st.lists(horizons, max_size=6))
def test_of_many_horizons_the_earliest_counts_for_each_seller(every: list[Horizon]) -> None:
    kept = _earliest(every)
    assert len(kept) <= len(every)
    for seller_id in SELLERS[1:]:
        assert min((each.of(seller_id) for each in kept), default=inf) == min(
            (each.of(seller_id) for each in every), default=inf
        )


def test_a_record_reads_as_the_publisher_writes_it() -> None:
    parked = {"seller-s-7": Parked(3, "why"), "dispute-d-1": Parked(4, "why")}
    progress = Progress(
        17, parked=parked, sweeping_to=1, sweeping_at=9, swept_after="s-3", looked_at=system_now()
    )
    signs = Signs()
    said = progress.record(1_790_000_000_000_000, 1_800_000_000_000_000).message("log")
    assert signs.take(said.key, said.value)
    assert signs.newest is not None
    assert signs.newest.position == 17
    assert signs.newest.held_back == {"s-7"}
    assert signs.newest.horizon == Horizon(1_790_000_000.0, "s-3", 1_800_000_000.0)
    assert 0 <= time.monotonic() - signs.newest.looked_at < 5
    begun = Progress().record(None, None).message("log")
    assert signs.take(begun.key, begun.value)
    assert signs.newest.horizon == Horizon()
    assert signs.newest.looked_at == -inf


def test_a_record_is_believed_once_another_stands_behind_it_and_all_was_read() -> None:
    signs = Signs()
    assert signs.take(LOG, sign(1))
    read_whole(signs)
    assert signs.believed is None
    signs.take(LOG, sign(2))
    assert signs.believed is None
    signs.look()
    signs.take(LOG, sign(3))
    signs.looked()
    assert signs.believed is not None and signs.believed.position == 1
    read_whole(signs)
    assert signs.believed is not None and signs.believed.position == 2


def test_doubt_counts_at_once_and_until_what_ended_it_was_read() -> None:
    signs, soon = Signs(), instant(-5)
    for position in (1, 2):
        signs.take(LOG, sign(position))
    read_whole(signs)
    assert signs.horizons == (Horizon(),)
    signs.take(LOG, sign(3, valid_until=soon))
    assert min(each.until_s for each in signs.horizons) < inf
    # Swept already, and more: not one of those standings was read yet.
    signs.look()
    for position in (4, 5):
        signs.take(LOG, sign(position))
    signs.looked()
    assert min(each.until_s for each in signs.horizons) < inf
    read_whole(signs)
    assert signs.horizons == (Horizon(),)


def test_doubt_outlives_the_reading_that_brought_it() -> None:
    before = Signs()
    before.take(LOG, sign(3, valid_until=instant(-5)))
    signs = Signs(before.horizons)
    for position in (4, 5):
        signs.take(LOG, sign(position))
        assert min(each.until_s for each in signs.horizons) < inf
    read_whole(signs)
    assert signs.horizons == (Horizon(),)


def test_another_log_vouches_for_nothing_of_the_one_before() -> None:
    signs = Signs()
    signs.take(LOG, sign(1))
    signs.take(b"another", sign(2))
    read_whole(signs)
    assert signs.believed is None
    assert not signs.take(b"another", b"{")
    signs.take(b"another", sign(4))
    read_whole(signs)
    assert signs.believed is None


def test_a_clock_that_is_ahead_makes_nothing_younger_than_it_was_read() -> None:
    signs = Signs()
    began = time.monotonic()
    signs.take(LOG, sign(1, ago_s=-3_600))
    signs.take(LOG, sign(2, ago_s=60))
    assert signs.newest is not None and -61 < signs.newest.looked_at - began < -59
    read_whole(signs)
    assert signs.believed is not None
    assert began <= signs.believed.looked_at <= time.monotonic()
