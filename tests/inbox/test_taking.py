"""Each command is taken once, in order, whatever breaks and however often it is read."""

import json
import random
from typing import Any

import psycopg
import pytest

from api.inbox import consumer as consuming
from api.inbox import taking
from ledger.decide import decide
from ledger.ledger import Ledger
from projections.broker.messages import Arrived
from projections.broker.topics import COMMANDS
from tests.api.routes.looking import places_with, tables
from tests.inbox.topics import (
    Reader,
    Topic,
    consumer,
    drained,
    facts,
    positions,
    rejected,
    reported,
    violations,
)
from tests.store.opened import opened, sandbox


def test_commands_become_facts_and_their_position_moves(dsn: str) -> None:
    topic = Topic(2)
    topic.report("v-1")
    topic.report("v-2", "s-2", partition=1)
    topic.report("v-3")
    with opened(dsn) as ledger:
        numbers = drained(consumer(ledger, topic)).numbers()
    assert sorted(violations(dsn)) == ["v-1", "v-2", "v-3"]
    assert positions(dsn) == {0: 2, 1: 1}
    assert (numbers.counts.taken, numbers.counts.passed_over, numbers.pauses) == (3, 0, 0)
    assert numbers.lag == {(COMMANDS, 0): 0, (COMMANDS, 1): 0}


def test_the_order_of_a_partition_is_kept(dsn: str) -> None:
    topic = Topic()
    told = [f"v-{n}" for n in range(1_200)]
    for each in told:
        topic.report(each, f"s-{int(each[2:]) % 7}")
    with opened(dsn) as ledger:
        drained(consumer(ledger, topic, most=333))
    assert violations(dsn) == told


def test_another_consumer_goes_on_where_the_last_stopped(dsn: str) -> None:
    topic = Topic()
    topic.report("v-1")
    with opened(dsn) as ledger:
        drained(consumer(ledger, topic)).close()
        topic.report("v-2")
        numbers = drained(consumer(ledger, topic)).numbers()
    assert violations(dsn) == ["v-1", "v-2"]
    assert numbers.counts.taken == 1


def test_a_repeat_is_no_rejection_and_other_content_is_one(dsn: str) -> None:
    topic = Topic()
    for _ in range(2):
        topic.report("v-1")
    topic.report("v-1", statement="another")
    topic.report("v-1")
    with opened(dsn) as ledger:
        numbers = drained(consumer(ledger, topic)).numbers()
        topic.report("v-1", rule="weapons")
        topic.report("v-1")
        drained(consumer(ledger, topic))
    assert violations(dsn) == ["v-1"]
    assert (numbers.counts.taken, numbers.counts.replayed) == (1, 2)
    found = [(row[1], row[5]["type"], row[5]["field"]) for row in rejected(dsn)]
    assert found == [
        (2, "/problems/told-differently", "statement"),
        (4, "/problems/told-differently", "rule"),
    ]


def test_a_key_of_the_sender_tells_a_repeat_too(dsn: str) -> None:
    topic, key = Topic(), (("idempotency-key", b"k-1"),)
    topic.say(reported("v-1"), headers=key)
    topic.say(reported("v-1"), headers=key)
    topic.say(reported("v-2"), headers=key)
    topic.say(reported("v-2", "s-2"), b"s-2", headers=key)
    with opened(dsn) as ledger:
        numbers = drained(consumer(ledger, topic)).numbers()
    assert (numbers.counts.taken, numbers.counts.replayed) == (1, 1)
    assert [row[5]["field"] for row in rejected(dsn)] == ["violation_id", "seller_id"]


# -- whose key ----------------------------------------------------------------------------


def dispute() -> dict[str, Any]:
    return {
        "command": "open-dispute", "dispute_id": "d-1", "order_id": "o-1", "seller_id": "s-1",
        "buyer_id": "b-1", "reason": "not-as-described",
        "order_amount": {"amount": "20.00", "currency": "EUR"},
        "shipped_at": "2025-12-30T00:00:00Z",
        "requested": {"refund": {"amount": "20.00", "currency": "EUR"}},
        "statement": "broken",
    }  # fmt: skip


@pytest.mark.parametrize(("key", "taken"), [(b"s-1", 2), (b"d-1", 2), (b"s-2", 1), (b"o-1", 1)])
def test_a_step_of_a_case_has_the_key_of_its_seller_or_of_the_case(
    dsn: str, key: bytes, taken: int
) -> None:
    topic = Topic()
    topic.say(json.dumps(dispute()).encode())
    answer = {"command": "answer-dispute", "dispute_id": "d-1", "answer": "accept"}
    topic.say(json.dumps(answer).encode(), key)
    with opened(dsn) as ledger:
        numbers = drained(consumer(ledger, topic)).numbers()
    assert (numbers.counts.taken, rejected(dsn) == []) == (taken, taken == 2)
    for row in rejected(dsn):
        assert row[5]["type"] == "/problems/message-key-mismatch"
        assert row[5]["accepted"] == "d-1 or s-1"


@pytest.mark.parametrize(("key", "taken"), [(b"winter", 1), (b"s-1", 0)])
def test_a_campaign_has_its_own_key(dsn: str, key: bytes, taken: int) -> None:
    topic = Topic()
    campaign = {
        "command": "announce-campaign", "campaign_id": "winter", "name": "Winter",
        "registration_opens": "2027-01-01T00:00:00Z",
        "registration_closes": "2027-01-10T00:00:00Z",
        "starts": "2027-01-20T00:00:00Z", "ends": "2027-01-30T00:00:00Z", "requirements": {},
    }  # fmt: skip
    topic.say(json.dumps(campaign).encode(), key)
    with opened(dsn) as ledger:
        assert drained(consumer(ledger, topic)).numbers().counts.taken == taken
    assert len(rejected(dsn)) == 1 - taken


# -- read again ---------------------------------------------------------------------------


def test_an_operator_sets_a_position_back_and_nothing_is_told_twice(dsn: str) -> None:
    topic = Topic()
    for n in range(20):
        topic.report(f"v-{n}")
    with opened(dsn) as ledger:
        reading = drained(consumer(ledger, topic, most=7))
        before = facts(dsn)
        with psycopg.connect(dsn) as connection:
            connection.execute("UPDATE inbox_position SET next_offset = 5")
        # While it runs: what it would have taken next is left until it has gone back.
        topic.report("v-new")
        drained(reading)
        numbers = drained(reading).numbers()
    assert facts(dsn) == [*before, ("seller-s-1", "violation-recorded.v1")]
    assert (numbers.counts.taken, numbers.counts.replayed) == (21, 15)
    assert positions(dsn) == {0: 21}
    assert rejected(dsn) == []


def test_a_position_set_back_is_seen_where_nobody_writes(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consuming, "LOOK_EVERY_S", 0.0)
    topic = Topic()
    topic.report("v-1")
    with opened(dsn) as ledger:
        reading = drained(consumer(ledger, topic))
        with psycopg.connect(dsn) as connection:
            connection.execute("UPDATE inbox_position SET next_offset = 0")
        numbers = drained(drained(drained(reading))).numbers()
    assert (numbers.counts.taken, numbers.counts.replayed) == (1, 1)
    assert facts(dsn) == [("seller-s-1", "violation-recorded.v1")]


def test_what_only_repeats_while_its_round_is_open_is_not_told_again_either(dsn: str) -> None:
    """The same words after a rejection would be a new round; the same message is not."""
    appeal = {
        "command": "file-appeal", "seller_id": "s-1", "violation_id": "v-1",
        "reason": "not mine", "filed_by": "shop", "evidence": ["photo"],
    }  # fmt: skip
    topic = Topic()
    topic.report("v-1", rule="copyright", severity="general", source="rights-holder")
    topic.say(json.dumps(appeal).encode())
    with opened(dsn) as ledger:
        drained(consumer(ledger, topic))
        _reject_appeal(ledger)
        before = facts(dsn)
        with psycopg.connect(dsn) as connection:
            connection.execute("DELETE FROM inbox_position")
        numbers = drained(consumer(ledger, topic)).numbers()
        assert facts(dsn) == before
        assert (numbers.counts.taken, numbers.counts.replayed) == (0, 2)
        topic.say(json.dumps(appeal).encode())
        assert drained(consumer(ledger, topic)).numbers().counts.taken == 1


def _reject_appeal(ledger: Ledger) -> None:
    from ledger.decide.appeal_commands import DecideAppeal

    decision = DecideAppeal(
        seller_id="s-1", violation_id="v-1", round=1, outcome="rejected", reviewer="ana",
        reasons="no",
    )  # fmt: skip
    ledger.handle(decision, "ana")


def test_a_topic_that_was_made_anew_is_read_from_its_beginning(dsn: str) -> None:
    topic = Topic()
    for n in range(10):
        topic.report(f"v-{n}")
    with opened(dsn) as ledger:
        drained(consumer(ledger, topic))
        topic.partitions[0].clear()
        topic.report("v-new")
        reading = drained(consumer(ledger, topic))
        assert positions(dsn) == {0: 1}
        topic.report("v-newer")
        numbers = drained(reading).numbers()
    assert violations(dsn)[-2:] == ["v-new", "v-newer"]
    assert (numbers.counts.taken, numbers.counts.passed_over) == (2, 0)


# -- consumers beside each other ----------------------------------------------------------


def test_two_consumers_of_one_partition_take_each_command_once(dsn: str) -> None:
    topic, lots = Topic(3), random.Random(9)
    with opened(dsn) as one, opened(dsn) as other:
        both = [Reader(topic, most=4), Reader(topic, given=[], most=6)]
        consumers = [
            consuming.Consumer(one, lambda: both[0]),
            consuming.Consumer(other, lambda: both[1]),
        ]
        for n in range(150):
            topic.report(f"v-{n}", f"s-{n % 5}", partition=n % 5 % 3)
            if lots.random() < 0.2:
                # Now and then both believe for a while that a partition is theirs.
                for reader in both:
                    reader.give([p for p in range(3) if lots.random() < 0.6])
            lots.choice(consumers).step(0)
        both[0].give(range(3))
        drained(consumers[0])
    assert sorted(violations(dsn)) == sorted(f"v-{n}" for n in range(150))
    for seller in range(5):
        own = [v for v in violations(dsn) if int(v[2:]) % 5 == seller]
        assert own == sorted(own, key=lambda v: int(v[2:]))
    assert rejected(dsn) == []


# -- trouble ------------------------------------------------------------------------------


def test_while_a_history_is_imported_commands_wait(dsn: str) -> None:
    topic = Topic()
    with opened(dsn) as ledger:
        reading = consumer(ledger, topic)
        reading.step(0)
        topic.report("v-1")
        with psycopg.connect(dsn) as connection:
            connection.execute("UPDATE log_head SET importing = 'history'")
        for _ in range(3):
            assert reading.step(0) == 0
            assert reading.pause_s == 5
        assert violations(dsn) == []
        with psycopg.connect(dsn) as connection:
            connection.execute("UPDATE log_head SET importing = NULL")
        numbers = drained(reading).numbers()
    assert violations(dsn) == ["v-1"]
    assert (numbers.pauses, numbers.counts.rejected) == (3, {})


def test_a_broker_that_goes_away_is_entered_again(dsn: str) -> None:
    topic = Topic()
    opened_readers: list[Reader] = []

    def enter() -> Reader:
        opened_readers.append(Reader(topic))
        return opened_readers[-1]

    with opened(dsn) as ledger:
        reading = consuming.Consumer(ledger, enter)
        topic.report("v-1")
        drained(reading)
        topic.away = True
        assert reading.step(0) == 0
        assert reading.pause_s == consuming.PAUSE_S
        assert opened_readers[0].closed
        topic.away = False
        topic.report("v-2")
        drained(reading)
    assert violations(dsn) == ["v-1", "v-2"]


def test_one_command_that_nobody_can_decide_holds_up_no_other(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = Topic()
    for n in range(5):
        topic.report(f"v-{n}", f"s-{n}")

    def fails(command: Any, *rest: Any) -> Any:
        if command.violation_id == "v-3":
            raise RuntimeError("a mistake of the ledger's own")
        return decide.record_violation(command, *rest)

    monkeypatch.setattr("ledger.taking.sellers.decide", fails)
    with opened(dsn) as ledger:
        numbers = drained(consumer(ledger, topic)).numbers()
    assert violations(dsn) == ["v-0", "v-1", "v-2", "v-4"]
    ((_, offset, key, value, _, problem),) = rejected(dsn)
    assert (offset, key, value) == (3, b"s-3", reported("v-3", "s-3"))
    assert (problem["type"], problem["status"]) == ("/problems/internal-error", 500)
    assert dict(numbers.counts.rejected) == {"internal-error": 1}


@pytest.mark.parametrize("failure", [psycopg.errors.DiskFull, psycopg.errors.InsufficientPrivilege])
def test_what_the_database_cannot_write_now_is_never_rejected(
    dsn: str, monkeypatch: pytest.MonkeyPatch, failure: type[Exception]
) -> None:
    def fails(*_: object) -> None:
        raise failure

    topic = Topic()
    topic.report("v-1")
    with opened(dsn) as ledger:
        reading = consumer(ledger, topic)
        with monkeypatch.context() as full:
            full.setattr(taking, "look_up", fails)
            for _ in range(4):
                assert reading.step(0) == 0
        assert reading.numbers().pauses == 2
        drained(reading)
    assert violations(dsn) == ["v-1"]
    assert rejected(dsn) == []


def _no_room(*_: object) -> None:
    raise psycopg.errors.DiskFull("no space left on device")


def test_rejected_and_taken_are_written_together_or_not_at_all(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = Topic()
    topic.say(b"nonsense")
    topic.report("v-1")
    with opened(dsn) as ledger:
        reading = consumer(ledger, topic)
        with monkeypatch.context() as broken:
            broken.setattr(taking, "_move", _no_room)
            for _ in range(2):
                reading.step(0)
        assert (violations(dsn), rejected(dsn), positions(dsn)) == ([], [], {})
        drained(reading)
    assert (violations(dsn), len(rejected(dsn)), positions(dsn)) == (["v-1"], 1, {0: 2})


def test_by_a_sandbox_clock_too(dsn: str) -> None:
    topic = Topic()
    topic.report("v-1")
    topic.say(b"nonsense")
    with sandbox(dsn) as ledger:
        drained(consumer(ledger, topic))
    assert violations(dsn) == ["v-1"]
    assert len(rejected(dsn)) == 1


def test_what_a_message_says_is_kept_where_it_can_be_erased_or_is_sent_on(dsn: str) -> None:
    topic = Topic()
    topic.report("v-1", statement="Wilhelmina was here")
    with opened(dsn) as ledger:
        reading = drained(consumer(ledger, topic))
        assert places_with(tables(dsn), "Wilhelmina") == {"sealed_text"}
        # Often enough for the planner to remember it, if it were asked to.
        for _ in range(5):
            topic.report("v-2", rule="kindness", statement="Bartholomew was here")
            topic.say(b"nonsense", b"Bartholomew", headers=(("Bartholomew", b"was here"),))
        drained(reading)
    assert places_with(tables(dsn), "Bartholomew") == {"rejected_message"}


class _Failing(Reader):
    """A client with a mistake of its own."""

    def read(self, patience_s: float) -> list[Arrived]:
        raise AssertionError("the client is beside itself")

    def close(self) -> None:
        raise OSError("and cannot even leave")


def test_a_client_that_breaks_is_given_up_for_a_new_one(dsn: str) -> None:
    topic = Topic()
    topic.report("v-1")
    clients = iter([_Failing(topic), Reader(topic)])
    with opened(dsn) as ledger:
        reading = consuming.Consumer(ledger, lambda: next(clients))
        assert reading.step(0) == 0
        assert reading.pause_s == consuming.PAUSE_S
        drained(reading)
    assert violations(dsn) == ["v-1"]
