"""Copies hear of rules that take effect, though no fact of their sellers' says so."""

import msgspec
import pytest

from ledger.facts.instants import parse_instant
from ledger.ledger import Ledger
from ledger.policy.document import canonical, read
from ledger.policy.patch import patched
from ledger.policy.shipped import load_pack
from projections.broker.topics import STANDING
from projections.outbox import sweeping
from tests.outbox.publishers import publish, publishing
from tests.outbox.topics import Topics
from tests.store.opened import sandbox, violation

BEFORE, PUBLISHED = "2026-01-10T00:00:00Z", "2026-01-11T00:00:00Z"
LATER = "2026-02-01T00:00:00Z"


def edition(limit: int, published: str, effective: str) -> bytes:
    patch = {
        "edition": effective[:10],
        "published_at": published,
        "effective_from": effective,
        "buckets.points.limit": limit,
    }
    return canonical(patched(read(load_pack("aliexpress")), patch))


def limits(topics: Topics) -> dict[str, int]:
    """The limit of points that copies hold of each seller."""
    found = {name: msgspec.json.decode(value or b"") for name, value in topics.latest().items()}
    return {name: each["buckets"][0]["limit"] for name, each in found.items()}


def with_sellers(ledger: Ledger, count: int) -> None:
    ledger.move_clock(parse_instant(BEFORE))
    for n in range(count):
        ledger.handle(violation(f"s-{n}", "v-1", points=2), "svc")


def test_everybody_is_told_once_when_an_edition_takes_effect(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "SELLERS_AT_ONCE", 3)
    topics = Topics()
    with sandbox(dsn) as ledger:
        with_sellers(ledger, 7)
        publish(ledger, topics.broker)
        ledger.publish(edition(40, BEFORE, LATER), "ops")
        publish(ledger, topics.broker)
        assert len(topics.said(STANDING)) == 7
        ledger.move_clock(parse_instant(LATER))
        publish(ledger, topics.broker)
        assert limits(topics) == dict.fromkeys((f"s-{n}" for n in range(7)), 40)
        assert len(topics.said(STANDING)) == 14
        publish(ledger, topics.broker)
        assert len(topics.said(STANDING)) == 14


def test_a_sweep_goes_on_where_another_publisher_left_it(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "SELLERS_AT_ONCE", 1)
    topics = Topics()
    with sandbox(dsn) as ledger:
        with_sellers(ledger, 5)
        publish(ledger, topics.broker)
        ledger.publish(edition(40, BEFORE, LATER), "ops")
        ledger.move_clock(parse_instant(LATER))
        steps = 0
        while publishing(ledger, topics.broker).step():
            # Facts of those who were told already, and of those who were not.
            ledger.handle(violation(f"s-{steps % 5}", f"w-{steps}", points=2), "svc")
            steps += 1
            assert steps < 40
            if steps > 8:
                break
        publish(ledger, topics.broker)
        assert set(limits(topics).values()) == {40}
        assert {seller: ledger.standing(seller).buckets[0].value for seller in limits(topics)} == {
            seller: msgspec.json.decode(value or b"")["buckets"][0]["value"]
            for seller, value in topics.latest().items()
        }


def test_an_edition_that_changes_nothing_for_anybody_is_not_told(dsn: str) -> None:
    topics = Topics()
    with sandbox(dsn) as ledger:
        with_sellers(ledger, 3)
        publish(ledger, topics.broker)
        ledger.move_clock(parse_instant(PUBLISHED))
        ledger.publish(edition(48, PUBLISHED, LATER), "ops")
        ledger.move_clock(parse_instant(LATER))
        publish(ledger, topics.broker)
        assert len(topics.said(STANDING)) == 3
