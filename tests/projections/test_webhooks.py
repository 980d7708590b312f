"""Deliveries: signed, at least once, retried, given up, resumed; one endpoint never hinders
another.
"""

import base64
import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from standardwebhooks import Webhook as Oracle

from api.opening import system_now
from api.webhooks import message_of
from ledger.facts.instants import SECOND_US
from ledger.ledger import Ledger
from ledger.store.opening import connect_alone
from projections.webhooks import endpoints, progress
from projections.webhooks.dispatcher import Dispatcher
from projections.webhooks.endpoints import Delivery, Wanted, Webhook
from projections.webhooks.rounds import Patience
from projections.webhooks.signing import secret_text, signed_headers
from tests.projections.following import poison
from tests.projections.receiver import Got, Receiver, wait_until
from tests.projections.test_standing_changes import read
from tests.store.opened import annulment, opened, sandbox, violation

SECRET = bytes(range(32))
HASTY = Patience(attempts=4, first_s=0.05, factor=1.5, most_s=0.2)


class House:
    """A ledger with endpoints, and dispatchers that come and go."""

    def __init__(self, dsn: str, ledger: Ledger) -> None:
        self.ledger = ledger
        self.connection = psycopg.connect(dsn, autocommit=True)

    def add(self, name: str, url: str, **filters: Any) -> None:
        wanted = Wanted(name, url, **{"begin": 1, **filters})
        assert endpoints.add(self.connection, wanted, SECRET, 0, system_now(), "ops")

    def find(self, name: str) -> Webhook:
        return endpoints.find(self.connection, name)

    def waiting(self, name: str) -> list[Delivery]:
        return endpoints.deliveries(self.connection, name, None, 0, 1000)

    def record(self, *sellers: str, **more: Any) -> None:
        for seller in sellers:
            violation_id = f"v-{self.ledger.memory.head.next_position}"
            self.ledger.handle(violation(seller, violation_id, **more), "svc")

    def changes(self) -> list[int]:
        return [each[0] for each in read(self.ledger)]

    @contextmanager
    def dispatching(self, patience: Patience = HASTY, **more: Any) -> Generator[Dispatcher]:
        given: dict[str, Any] = {"private": True, "now": system_now, "chance": lambda: 0.5, **more}
        ledger = self.ledger
        dispatcher = Dispatcher(
            ledger.reader,
            lambda: connect_alone(ledger.dsn, "webhooks"),
            lambda change: message_of(change, ledger),
            patience=patience,
            **given,
        )
        dispatcher.start()
        try:
            yield dispatcher
        finally:
            dispatcher.stop()


@pytest.fixture
def house(dsn: str) -> Generator[House]:
    with opened(dsn) as ledger:
        made = House(dsn, ledger)
        yield made
        made.connection.close()


def fails(times: int, when: Callable[[Got], bool] = lambda _: True) -> Callable[[Got], int]:
    left = [times]

    def answer(got: Got) -> int:
        if left[0] and when(got):
            left[0] -= 1
            return 500
        return 200

    return answer


def test_signatures_are_those_of_the_specification() -> None:
    body = b'{"type":"standing.changed"}'
    at_s = int(time.time())
    keys = [SECRET, bytes(32)]
    headers = {
        name.decode(): value.decode() for name, value in signed_headers(keys, "m-1", at_s, body)
    }
    for key in keys:
        oracle = Oracle("whsec_" + base64.b64encode(key).decode())
        assert oracle.verify(body, headers) == {"type": "standing.changed"}
    with pytest.raises(Exception, match="No matching signature"):
        Oracle(secret_text(bytes([7] * 32))).verify(body, headers)


def test_every_change_is_delivered_once_signed_and_leaves_nothing_behind(house: House) -> None:
    house.record("s-1", "s-2", "s-1")
    with Receiver() as receiver, house.dispatching():
        house.add("all", f"{receiver.url}/hooks")
        wait_until(lambda: receiver.positions() == house.changes())
        house.record("s-3")
        wait_until(lambda: receiver.positions() == house.changes())
        end = house.ledger.memory.head.last_position
        wait_until(lambda: house.find("all").delivered_to == end)
    for got in receiver.got:
        Oracle(secret_text(SECRET)).verify(got.body, got.headers)
    told = receiver.got[-1].json()
    assert told["type"] == "standing.changed"
    assert (told["data"]["seller_id"], told["position"]) == ("s-3", told["data"]["position"])
    assert receiver.got[-1].headers["webhook-id"] == f"change-{told['position']}"
    assert house.waiting("all") == []


def test_filters_let_through_who_comes_to_a_status_and_who_leaves_it(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        house = House(dsn, ledger)
        ledger.move_clock(ledger.now() + SECOND_US)
        house.record("s-1", "s-2", points=24)
        house.record("s-1", points=24)
        (sanction,) = ledger.reader.seller("s-1").violations[:1]
        ledger.handle(annulment("s-1", sanction.violation_id), "ann")
        with Receiver() as receiver, house.dispatching():
            house.add("closed", f"{receiver.url}/closed", statuses=["suspended"])
            house.add("two", f"{receiver.url}/two", seller_ids=["s-2"])
            end = ledger.memory.head.last_position
            for name in ("closed", "two"):
                wait_until(lambda name=name: house.find(name).delivered_to == end)
        house.connection.close()
    told = [
        (got.path, got.json()["data"]["seller_id"], got.json()["data"]["status"])
        for got in receiver.got
        if got.json()["type"] == "standing.changed"
    ]
    assert sorted(told) == [
        ("/closed", "s-1", "active"), ("/closed", "s-1", "suspended"), ("/two", "s-2", "active"),
    ]  # fmt: skip


def test_what_fails_is_tried_again_and_those_behind_it_go_on(house: House) -> None:
    house.record("s-1", "s-2", "s-3")
    first = house.changes()[1]
    answers = fails(2, lambda got: got.json()["position"] == str(first))
    with Receiver(answers) as receiver, house.dispatching():
        house.add("all", receiver.url)
        wait_until(lambda: receiver.positions().count(first) == 3)
        wait_until(lambda: set(receiver.positions()) == set(house.changes()))
        wait_until(lambda: house.waiting("all") == [])
    ids = {
        got.headers["webhook-id"] for got in receiver.got if got.json()["position"] == str(first)
    }
    assert len(ids) == 1


def test_after_the_last_attempt_it_is_dead_until_somebody_asks_for_it(house: House) -> None:
    house.record("s-1")
    poisoned = house.changes()[-1]
    answers = fails(HASTY.attempts, lambda got: got.json()["position"] == str(poisoned))
    with Receiver(answers) as receiver, house.dispatching():
        house.add("all", receiver.url)
        wait_until(lambda: [each.state for each in house.waiting("all")] == ["dead"])
        (dead,) = house.waiting("all")
        assert (dead.attempts, dead.problem) == (HASTY.attempts, "answered 500")
        before = len(receiver.got)
        house.record("s-2")
        wait_until(lambda: receiver.positions()[-1] == house.changes()[-1])
        assert len(receiver.got) == before + 1
        endpoints.retry(house.connection, "all", poisoned, system_now())
        wait_until(lambda: house.waiting("all") == [])
        assert receiver.positions()[-1] == poisoned


def test_a_dead_endpoint_holds_up_nobody(house: House) -> None:
    house.record("s-1", "s-2")
    with Receiver(slow_s=5) as stuck, Receiver() as good:
        house.add("a-stuck", stuck.url)
        house.add("b-away", "http://127.0.0.1:1/")
        house.add("c-good", good.url)
        with house.dispatching(within_s=0.5):
            wait_until(lambda: good.positions() == house.changes(), within_s=4)
            wait_until(lambda: house.waiting("a-stuck") and house.waiting("b-away"))
    assert house.waiting("a-stuck")[0].problem == "no answer within 0.5 s"
    assert house.waiting("b-away")[0].problem == "no answer: ConnectError"


def test_names_that_nobody_resolves_hold_up_nobody(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look-up blocks a thread for as long as the resolver likes, whoever has given up since."""
    found, resolve = threading.Event(), socket.getaddrinfo

    def resolver(host: Any, *asked: Any, **more: Any) -> Any:
        if host == "lost.example":
            found.wait(20)
        return resolve(host, *asked, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    house.record("s-1", "s-2")
    with Receiver() as good:
        for number in range(40):
            house.add(f"a-lost-{number}", "http://lost.example/")
        house.add("b-good", good.url)
        try:
            with house.dispatching(within_s=1):
                wait_until(lambda: good.positions() == house.changes(), within_s=8)
                found.set()
        finally:
            found.set()


def test_an_unreadable_fact_silences_one_seller(house: House) -> None:
    house.record("s-1", "s-2")
    poison(house.ledger.dsn, "s-1")
    house.ledger.reader.catch_up()
    house.record("s-2")
    with Receiver() as receiver, house.dispatching():
        house.add("all", receiver.url)
        end = house.ledger.memory.head.last_position
        wait_until(lambda: house.find("all").delivered_to == end)
    told = [got.json()["data"].get("seller_id") for got in receiver.got]
    assert [seller_id for seller_id in told if seller_id] == ["s-1", "s-2", "s-2"]


def test_gone_disables_and_replay_begins_again(house: House) -> None:
    house.record("s-1", "s-2")
    with Receiver(lambda _: 410) as receiver, house.dispatching():
        house.add("all", receiver.url)
        wait_until(lambda: house.find("all").disabled_because == "it answered 410 Gone")
        time.sleep(0.5)
        assert len(receiver.got) == 1
        receiver.answers = lambda _: 200
        endpoints.replay(house.connection, "all", 1)
        wait_until(lambda: receiver.positions()[1:] == house.changes())


def test_redirects_are_not_followed(house: House) -> None:
    house.record("s-1")
    with Receiver(lambda _: 302) as receiver, house.dispatching():
        house.add("all", receiver.url)
        wait_until(lambda: house.waiting("all"))
        assert house.waiting("all")[0].problem == "answered 302"
    assert "/elsewhere" not in {got.path for got in receiver.got}


def test_a_dispatcher_that_dies_loses_nothing(house: House) -> None:
    """Its connection breaks in the middle, as a killed process's does; the next one goes on."""
    house.record(*(f"s-{number}" for number in range(60)))

    def kill_its_session(got: Got) -> int:
        if len(receiver.got) in (7, 33):
            house.connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
                "AND objid = 5120205 AND granted AND database = "
                "(SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        return 200

    with Receiver(kill_its_session) as receiver:
        house.add("all", receiver.url)
        with house.dispatching():
            wait_until(lambda: set(receiver.positions()) == set(house.changes()), within_s=30)
        with house.dispatching():
            end = house.ledger.memory.head.last_position
            wait_until(lambda: house.find("all").delivered_to == end)
    doubled = len(receiver.got) - len(house.changes())
    # No more than was delivered since the place was last noted, for each of two deaths.
    assert 0 <= doubled <= 40


def test_one_dispatches_at_a_time(house: House) -> None:
    house.record(*(f"s-{number}" for number in range(20)))
    with Receiver() as receiver, house.dispatching(), house.dispatching():
        house.add("all", receiver.url)
        wait_until(lambda: set(receiver.positions()) == set(house.changes()))
        assert not progress.take_dispatch(house.connection)
        time.sleep(0.5)
    assert receiver.positions() == house.changes()
    # The database hears of a session's end a moment later.
    wait_until(lambda: progress.take_dispatch(house.connection))


def test_an_endpoint_for_which_too_much_waits_gets_nothing_new(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.webhooks.rounds.MOST_PENDING", 1)
    monkeypatch.setattr("projections.webhooks.dispatcher.LONGEST_REST_S", 0.1)
    slow = Patience(attempts=9, first_s=1e6, most_s=1e6)
    house.record("s-1", "s-2")
    with Receiver(lambda _: 503) as receiver, house.dispatching(slow):
        house.add("all", receiver.url)
        wait_until(lambda: house.find("all").pending == 1)
        receiver.answers = lambda _: 200
        time.sleep(1)
        assert len(receiver.got) == 1
        endpoints.retry(house.connection, "all", house.waiting("all")[0].position, system_now())
        wait_until(lambda: receiver.positions()[1:] == house.changes())


def test_pauses_grow_and_are_never_quite_alike() -> None:
    patience = Patience()
    pauses = [patience.pause_us(attempts, 0.5) for attempts in range(1, patience.attempts)]
    assert pauses[0] == 5 * SECOND_US
    assert pauses == sorted(pauses)
    assert pauses[-1] == 6 * 3600 * SECOND_US
    assert patience.pause_us(3, 0.0) < patience.pause_us(3, 1.0)
