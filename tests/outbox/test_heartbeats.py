"""What the publisher says of itself: when nothing is new, behind the log, and as rules change."""

from typing import Any

import msgspec
import pytest

from ledger.facts.instants import parse_instant
from ledger.ledger import Ledger
from projections.broker.client import Fenced
from projections.broker.topics import PROGRESS, STANDING
from projections.outbox import publishing as module
from projections.outbox import stretches, sweeping
from projections.outbox.publishing import Publishing
from tests.outbox.publishers import publish, publishing
from tests.outbox.test_sweeping import BEFORE, LATER, edition, with_sellers
from tests.outbox.topics import Topics
from tests.projections.following import poison
from tests.store.opened import opened, sandbox, violation

EVEN_LATER = "2026-03-01T00:00:00Z"


def said(topics: Topics) -> list[dict[str, Any]]:
    return [msgspec.json.decode(each.value or b"") for each in topics.said(PROGRESS)]


def instant(told: str) -> int:
    return parse_instant(told, "at")


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """A heartbeat at every step that has nothing else to send."""
    monkeypatch.setattr(module, "HEARTBEAT_S", 0.0)


def beat(made: Publishing) -> None:
    assert not made.step()


def test_nothing_new_is_said_every_few_seconds_and_counts_for_nothing(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(dsn) as ledger:
        topics = Topics()
        ledger.handle(violation("s-1", "v-1"), "svc")
        made = publish(ledger, topics.broker)
        counted, before = made._counted.transactions, said(topics)[-1]
        beat(made)
        assert len(said(topics)) == counted
        monkeypatch.setattr(module, "HEARTBEAT_S", 0.0)
        began = ledger.now()
        beat(made)
        last = said(topics)[-1]
        assert [each.topic for each in topics.transactions[-1]] == [PROGRESS]
        assert made._counted.transactions == counted
        assert last["position"] == before["position"]
        assert instant(last["looked_at"]) >= began > instant(before["looked_at"])
        assert (last["valid_until"], last["sweep"], last["held_back"]) == (None, None, [])


def test_a_sandbox_tells_both_times(dsn: str, always: None) -> None:
    with sandbox(dsn) as ledger:
        topics = Topics()
        ledger.move_clock(parse_instant(BEFORE))
        made = publishing(ledger, topics.broker)
        while made.step():
            pass
        beat(made)
        beat(made)
        first, last = said(topics)[-2:]
        assert first["as_of"] == last["as_of"] == "2026-01-10T00:00:00.000000Z"
        assert instant(first["looked_at"]) < instant(last["looked_at"])


def test_whoever_is_fenced_says_nothing_more(dsn: str, always: None) -> None:
    with opened(dsn) as ledger:
        topics = Topics()
        zombie = publish_some(ledger, topics)
        publish_some(ledger, topics)
        count = len(said(topics))
        with pytest.raises(Fenced):
            zombie.step()
        assert len(said(topics)) == count


def publish_some(ledger: Ledger, topics: Topics) -> Publishing:
    made = publishing(ledger, topics.broker)
    while made.step():
        pass
    return made


def test_behind_the_log_it_is_not_said_that_all_is_told(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stretches, "MOST_FACTS", 2)
    with opened(dsn) as ledger:
        topics = Topics()
        for n in range(6):
            ledger.handle(violation("s-1", f"v-{n}"), "svc")
        made = publishing(ledger, topics.broker)
        while made.step():
            assert said(topics)[-1]["looked_at"] is None
        whole = said(topics)[-1]["looked_at"]
        assert instant(whole) > 0
        for n in range(6, 10):
            ledger.handle(violation("s-1", f"v-{n}"), "svc")
        made = publishing(ledger, topics.broker)
        assert made.step()
        # Another publisher goes on from what the one before it said.
        assert said(topics)[-1]["looked_at"] == whole


def test_it_is_said_from_when_on_rules_are_others_and_who_was_gone_through(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "SELLERS_AT_ONCE", 2)
    topics = Topics()
    with sandbox(dsn) as ledger:
        with_sellers(ledger, 5)
        publish(ledger, topics.broker)
        assert said(topics)[-1]["valid_until"] is None
        for limit, effective in ((40, LATER), (30, EVEN_LATER)):
            ledger.publish(edition(limit, BEFORE, effective), "ops")
        publish(ledger, topics.broker)
        later, even_later = "2026-02-01T00:00:00.000000Z", "2026-03-01T00:00:00.000000Z"
        assert (said(topics)[-1]["valid_until"], said(topics)[-1]["sweep"]) == (later, None)
        count = len(said(topics))
        ledger.move_clock(parse_instant(LATER))
        publish(ledger, topics.broker)
        told = [(each["valid_until"], each["sweep"]) for each in said(topics)[count:]]
        swept = [
            (later, {"after": after, "valid_until": even_later})
            for after in ("", "s-1", "s-3", "s-4")
        ]
        assert told == [*swept, (even_later, None)]
        assert len(topics.said(STANDING)) == 10


def test_who_cannot_be_told_is_named(dsn: str) -> None:
    topics = Topics()
    with sandbox(dsn) as ledger:
        ledger.handle(violation("s-1", "v-1"), "svc")
    poison(dsn, "s-1")
    with sandbox(dsn) as ledger:
        ledger.handle(violation("s-2", "v-2"), "svc")
        publish(ledger, topics.broker)
        assert said(topics)[-1]["held_back"] == ["s-1"]
