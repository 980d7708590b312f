"""What the topics hold, whatever happens to publishers between two steps."""

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.representations import standing_of
from ledger.ledger import Ledger
from projections.broker.client import BrokerAway, Fenced
from projections.broker.topics import PROGRESS, STANDING
from projections.outbox import stretches
from projections.outbox.publishing import LogWentBack
from tests.laws.stories import Step, stories, stories_told, told
from tests.outbox.publishers import publish, publishing
from tests.outbox.topics import Topics
from tests.projections.following import mend, poison
from tests.store.opened import annulment, opened, sandbox, violation


def end_of(ledger: Ledger) -> int:
    return ledger.reader.head().last_position


def test_every_fact_is_there_once_in_order_with_its_progress(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        topics = Topics()
        for n in range(5):
            ledger.handle(violation(f"s-{n % 2}", f"v-{n}"), "svc")
            publish(ledger, topics.broker)
        assert topics.ids() == list(range(1, end_of(ledger) + 1))
        assert msgspec.json.decode(topics.progress())["position"] == str(end_of(ledger))
        assert all(batch[-1].topic == PROGRESS for batch in topics.transactions)


def test_nothing_is_sent_where_nothing_is_new(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        topics = Topics()
        made = publish(ledger, topics.broker)
        count = len(topics.transactions)
        assert not made.step()
        publish(ledger, topics.broker)
        assert len(topics.transactions) == count


def test_a_zombie_sends_nothing(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        topics = Topics()
        zombie = publishing(ledger, topics.broker)
        publish(ledger, topics.broker)
        ledger.handle(violation("s-1", "v-1"), "svc")
        with pytest.raises(Fenced):
            zombie.step()
        publish(ledger, topics.broker)
        assert topics.ids() == list(range(1, end_of(ledger) + 1))


@pytest.mark.parametrize("trouble", ["away", "lost_answers"])
def test_whether_a_broken_transaction_counts_is_read_from_the_topics(
    dsn: str, trouble: str
) -> None:
    with sandbox(dsn) as ledger:
        topics = Topics()
        publish(ledger, topics.broker)
        ledger.handle(violation("s-1", "v-1"), "svc")
        setattr(topics, trouble, 1)
        with pytest.raises(BrokerAway):
            publish(ledger, topics.broker)
        publish(ledger, topics.broker)
        assert topics.ids() == list(range(1, end_of(ledger) + 1))


def test_a_broker_that_has_just_come_to_lead_hides_nothing_from_a_publisher(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        topics = Topics()
        publish(ledger, topics.broker)
        ledger.handle(violation("s-1", "v-1"), "svc")
        publish(ledger, topics.broker)
        topics.hidden = 1
        publish(ledger, topics.broker)
        assert topics.ids() == list(range(1, end_of(ledger) + 1))


def test_a_log_that_went_back_is_not_published(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        topics = Topics()
        made = publish(ledger, topics.broker)
        ahead = msgspec.structs.replace(made.progress, position=1_000)
        made._send(stretches.Piece([], [], ahead), [], 0)
        with pytest.raises(LogWentBack, match="1000 facts were published"):
            publish(ledger, topics.broker)


@stories_told(examples=15)
@given(
    story=stories,
    at_once=st.sampled_from((1, 2, 3, 7, 4_000)),
    troubles=st.lists(st.sampled_from(("none", "away", "lost_answers")), max_size=12),
)
@pytest.mark.parametrize("pack", ["aliexpress-ladder"])
def test_the_topics_hold_what_the_log_says(
    dsn: str,
    monkeypatch: pytest.MonkeyPatch,
    pack: str,
    story: list[Step],
    at_once: int,
    troubles: list[str],
) -> None:
    monkeypatch.setattr(stretches, "MOST_FACTS", at_once)
    topics = Topics()
    with told(dsn, pack) as telling:
        for place, step in enumerate(story):
            telling.tell(step)
            trouble = troubles[place] if place < len(troubles) else "none"
            if trouble == "none":
                publish(telling.ledger, topics.broker)
                continue
            setattr(topics, trouble, 1)
            with suppress(BrokerAway):
                publish(telling.ledger, topics.broker)
            topics.away = topics.lost_answers = 0
        ledger = telling.ledger
        publish(ledger, topics.broker)
        assert topics.ids() == list(range(1, end_of(ledger) + 1))
        _as_asked(ledger, topics)


def _as_asked(ledger: Ledger, topics: Topics) -> None:
    """What copies hold is what the ledger answers, until it says that it holds no longer."""
    now = ledger.now()
    for seller_id, value in topics.latest().items():
        assert value is not None
        copy = msgspec.json.decode(value)
        now_asked = standing_of(ledger.standing(seller_id), ledger.rulebook.book)
        asked = msgspec.json.decode(msgspec.json.encode(now_asked))
        for name in ("as_of", "known_at", "position", "policy"):
            copy.pop(name), asked.pop(name)
        assert copy == asked, (seller_id, now)
    for (stream,) in _streams(ledger):
        seller_id = stream.removeprefix("seller-")
        if seller_id not in topics.latest():
            found = ledger.standing(seller_id)
            assert found.status == "active" and not any(b.value for b in found.buckets)


def _streams(ledger: Ledger) -> list[tuple[str]]:
    with ledger.reader.cursor() as cursor:
        return cursor.execute(
            "SELECT DISTINCT originator_id FROM stored_events WHERE originator_id LIKE 'seller-%'"
        ).fetchall()


def test_a_standing_is_sent_only_when_it_changes_and_only_the_last_of_a_stretch(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        topics = Topics()
        publish(ledger, topics.broker)
        ledger.handle(violation("s-1", "v-1", points=12), "svc")
        ledger.handle(violation("s-1", "v-2", points=6), "svc")
        publish(ledger, topics.broker)
        (one,) = topics.said(STANDING)
        assert msgspec.json.decode(one.value or b"")["buckets"][0]["value"] == 18
        ledger.handle(violation("s-1", "v-3", points=0), "svc")
        publish(ledger, topics.broker)
        assert len(topics.said(STANDING)) == 1
        ledger.handle(annulment("s-1", "v-1"), "svc")
        publish(ledger, topics.broker)
        assert len(topics.said(STANDING)) == 2


def test_a_poisoned_fact_holds_back_its_stream_and_nobody_else(dsn: str) -> None:
    topics = Topics()
    with sandbox(dsn) as ledger:
        ledger.handle(violation("s-1", "v-1"), "svc")
        like = end_of(ledger)
    bad = poison(dsn, "s-1")
    with sandbox(dsn) as ledger:
        ledger.handle(violation("s-2", "v-2"), "svc")
        made = publish(ledger, topics.broker)
        assert topics.ids() == [n for n in range(1, end_of(ledger) + 1) if n != bad]
        assert made.progress.parked["seller-s-1"].position == bad
        mend(dsn, bad, like)
        publish(ledger, topics.broker)
        assert topics.ids() == [*(n for n in range(1, end_of(ledger) + 1) if n != bad), bad]
        assert not publish(ledger, topics.broker).progress.parked


def test_a_fact_that_cannot_be_told_holds_back_its_stream_and_nobody_else(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    topics = Topics()
    with opened(dsn) as ledger:
        ledger.handle(violation("s-1", "v-1"), "svc")
        large = end_of(ledger)
        ledger.handle(violation("s-2", "v-2"), "svc")
        made = publishing(ledger, topics.broker)
        whole = made._pieces._telling.fact

        def tell(stored):
            found = whole(stored)
            grown = b"x" * (2_000_000 if stored.position == large else 0)
            return found._replace(value=(found.value or b"") + grown)

        made._pieces._telling = made._pieces._telling._replace(fact=tell)
        while made.step():
            pass
        assert topics.ids() == [n for n in range(1, end_of(ledger) + 1) if n != large]
        assert "takes no message of" in made.progress.parked["seller-s-1"].cause
        publish(ledger, topics.broker)
        assert sorted(topics.ids()) == list(range(1, end_of(ledger) + 1))
