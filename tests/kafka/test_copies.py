"""A storefront's copy beside Apache Kafka itself: publishers that die, and rules that change."""

import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import pytest

from api.client import Standings, Topic
from ledger.ledger import Ledger
from projections.broker.address import Address
from projections.broker.messages import Message
from projections.broker.opening import open_sender
from projections.broker.topics import STANDING
from projections.outbox import sweeping
from tests.kafka.test_outbox import broker_of, end_of, record, wait_until
from tests.outbox.publishers import published
from tests.outbox.test_sweeping import edition
from tests.store.opened import opened

NOBODY = "http://127.0.0.1:1"
"""No ledger answers: what is answered is from memory."""


@contextmanager
def following(kafka: Address, max_age_s: float = 45.0) -> Generator[Standings]:
    with Standings(NOBODY, source=Topic(kafka), max_age_s=max_age_s) as standings:
        assert standings.wait_until_complete(60)
        yield standings


def limit(standings: Standings, seller_id: str) -> int | None:
    found = standings.get(seller_id, None)
    return None if found is None else found.buckets[0].limit


def test_what_is_published_is_answered_within_moments(dsn: str, kafka: Address) -> None:
    with opened(dsn) as ledger, published(ledger, broker_of(kafka)):
        record(ledger, 20)
        with following(kafka) as standings:
            assert {standings.get(f"s-{n}").status for n in range(7)} == {"active"}
            record(ledger, 20, 20)
            wait_until(lambda: standings.position == end_of(ledger))
            for n in range(7):
                told = ledger.standing(f"s-{n}").buckets[0].value
                assert standings.get(f"s-{n}").buckets[0].value == told
            assert standings.counts.from_ledger == 0
            # Nothing is new, and that is told too.
            time.sleep(12)
            assert standings.age_s < 10


def test_a_null_takes_a_seller_away(dsn: str, kafka: Address) -> None:
    with opened(dsn) as ledger, published(ledger, broker_of(kafka)):
        record(ledger, 7)
        with following(kafka) as standings:
            assert limit(standings, "s-1") == 48
            other = open_sender(kafka, "somebody else")
            other.send([Message(STANDING, b"s-1", None)])
            other.close()
            wait_until(lambda: limit(standings, "s-1") is None)
            assert limit(standings, "s-2") == 48


def test_a_publisher_that_dies_is_noticed_and_one_that_takes_over_too(
    dsn: str, kafka: Address
) -> None:
    with opened(dsn) as ledger, ExitStack() as until_the_end:
        with published(ledger, broker_of(kafka)):
            record(ledger, 7)
            standings = until_the_end.enter_context(following(kafka, max_age_s=12.0))
            wait_until(lambda: limit(standings, "s-6") == 48)
        record(ledger, 7, 7)
        wait_until(lambda: limit(standings, "s-1") is None, 30)
        wait_until(lambda: bool(standings.problem), 10)
        assert "nobody publishes" in str(standings.problem)
        kept = standings.last_known("s-1")
        assert kept is not None and kept.buckets[0].value == 1
        with published(ledger, broker_of(kafka)):
            wait_until(lambda: standings.problem is None, 30)
            assert standings.get("s-1").buckets[0].value == 2


def rfc(instant_s: float) -> str:
    return datetime.fromtimestamp(instant_s, UTC).isoformat().replace("+00:00", "Z")


def publish_edition(ledger: Ledger, to: int, in_s: float) -> float:
    """Have another limit take effect so soon; returns when."""
    now = time.time()
    ledger.publish(edition(to, rfc(now), rfc(now + in_s)), "ops")
    return now + in_s


def test_no_copy_answers_by_rules_that_were_in_force_before(
    dsn: str, kafka: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A sweep slow enough to be looked at: a seller in each transaction.
    monkeypatch.setattr(sweeping, "SELLERS_AT_ONCE", 1)
    sellers = [f"s-{n}" for n in range(7)]
    with opened(dsn) as ledger, published(ledger, broker_of(kafka)):
        record(ledger, 7)
        with following(kafka) as standings:
            at_s = publish_edition(ledger, 40, in_s=4)
            before, between, after = set[int | None](), set[int | None](), set[int | None]()
            until_s = at_s + 60
            while time.time() < until_s and after != {40}:
                # Asked in this order, an answer was given no earlier than `now_s`.
                now_s = time.time()
                limits = {limit(standings, seller_id) for seller_id in sellers}
                if now_s >= at_s:
                    between |= limits
                    after = limits
                elif time.time() < at_s:
                    before |= limits
                time.sleep(0.002)
            assert before == {48}
            # Not one answered 48; some could not be answered before they were swept.
            assert between == {None, 40}
            assert after == {40}


def test_sellers_whom_an_edition_does_not_change_are_answered_again_after_the_sweep(
    dsn: str, kafka: Address
) -> None:
    with opened(dsn) as ledger, published(ledger, broker_of(kafka)):
        record(ledger, 7)
        with following(kafka) as standings:
            changes = standings.counts.changes
            at_s = publish_edition(ledger, 48, in_s=3)
            wait_until(lambda: time.time() > at_s)
            wait_until(lambda: limit(standings, "s-1") == 48)
            assert standings.counts.changes == changes
