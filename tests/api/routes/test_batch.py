"""Commands as lines: each is accepted or refused by itself, in order, while they still arrive."""

import http.client
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from ledger.store.refusals import Busy
from tests.api.routes.world import World, line, world_of


def test_a_line_is_told_what_its_own_command_accepts(sandbox: World) -> None:
    appeal = {
        "command": "file-appeal",
        "seller_id": "s-1",
        "violation_id": "v-1",
        "filed_by": "s-1",
    }
    told = sandbox.batch(
        {**appeal, "reason": "x" * 5_001},
        {**appeal, "reason": "r", "order_id": "o-1"},
        {"command": "open-dispute", "dispute_id": "d-1", "reason": "late"},
        b"null",
        b'{"command": 5}',
    )
    problems = [found["problem"] for found in told]
    assert {problem["type"] for problem in problems} == {"/problems/malformed-body"}
    assert [problem["accepted"] for problem in problems[:4]] == [
        "text of 1 to 5,000 characters",
        "brand_verification, evidence, filed_by, reason, seller_id, violation_id",
        "not-as-described or not-received or withdrawal",
        "an object",
    ]
    assert problems[4]["accepted"].startswith("record-violation or annul-violation or ")


def test_a_bad_line_never_stops_the_good_ones(sandbox: World) -> None:
    told = sandbox.batch(
        line("s-1", "v-1"),
        b"",
        b"{broken",
        line("s-1", "v-2", rule="no-such-rule"),
        line("s-1", "v-1"),
        line("s-1", "v-1", points=3),
        b'{"command": "fly-away", "seller_id": "s-1"}',
        b'{"command": "record-violation", "statement": "' + b"x" * (64 << 10) + b'"}',
        b"\xff",
        {"command": "annul-violation", "seller_id": "s-1", "violation_id": "v-1",
         "reason": "r", "annulled_by": "ann"},
        line("s-2", "v-1", effective_at="2999-01-01T00:00:00Z"),
        line("s-2", "v-1", effective_at="0001-01-01T00:00:00+23:00"),
        line("s-2", "v-2"),
    )  # fmt: skip
    assert [(found["line"], found["status"]) for found in told] == [
        (1, "accepted"),
        (3, "refused"),
        (4, "refused"),
        (5, "accepted"),
        (6, "refused"),
        (7, "refused"),
        (8, "refused"),
        (9, "refused"),
        (10, "accepted"),
        (11, "refused"),
        (12, "refused"),
        (13, "accepted"),
    ]
    assert (told[0]["position"], told[0]["replayed"]) == ("3", False)
    assert (told[3]["position"], told[3]["replayed"]) == ("3", True)
    assert [found["problem"]["type"] for found in told if "problem" in found] == [
        "/problems/malformed-body",
        "/problems/unknown-rule",
        "/problems/told-differently",
        "/problems/malformed-body",
        "/problems/body-too-large",
        "/problems/malformed-body",
        "/problems/effective-in-future",
        "/problems/malformed-instant",
    ]
    assert sandbox.standing("s-1")["buckets"][0]["value"] == 0
    assert sandbox.standing("s-2")["buckets"][0]["value"] == 24


def test_many_lines_are_answered_in_order(live: World) -> None:
    lines = [line(f"s-{n % 50}", f"v-{n}", points=0) for n in range(3500)]
    told = live.batch(*lines)
    assert [found["line"] for found in told] == list(range(1, 3501))
    positions = [int(found["position"]) for found in told]
    assert positions == sorted(set(positions))
    again = live.batch(*lines[:1200])
    assert [int(found["position"]) for found in again] == positions[:1200]
    assert all(found["replayed"] for found in again)


def test_what_hinders_the_ledger_is_told_line_by_line(
    live: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(requests: Any) -> None:
        raise Busy("too many wait")

    monkeypatch.setattr(live.ledger.clerk, "submit", busy)
    told = live.batch(line("s-1", "v-1"), b"{", line("s-1", "v-2"))
    assert [found["problem"]["type"] for found in told] == [
        "/problems/busy",
        "/problems/malformed-body",
        "/problems/busy",
    ]


def test_a_requester_who_left_stops_nobody_else(live: World) -> None:
    clerk = live.ledger.clerk
    held = threading.Event()

    def hold(turn: Any) -> list[Any]:
        held.wait(5)
        return []

    clerk.submit_work(hold, 1)
    left = [clerk.submit_work(lambda turn: [], 1) for _ in range(3)]
    left[1].cancel()
    held.set()
    assert left[2].result(5) == []
    assert live.record("s-1", "v-1").status_code == 201


def test_a_failure_of_the_ledger_is_told_without_its_words(
    live: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(requests: Any) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(live.ledger.clerk, "submit", broken)
    (told,) = live.batch(line("s-1", "v-1"))
    assert told["problem"]["type"] == "/problems/internal-error"


@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
def test_only_lines_are_read(live: World, kind: str) -> None:
    answer = live.client.post("/v1/facts:batch", content=b"{}", headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["type"]) == (415, "/problems/wrong-media-type")


def test_a_key_may_send_what_it_could_send_alone(locked: Any) -> None:
    world, keys = locked

    def send(name: str, *lines: dict[str, Any]) -> list[Any]:
        world.client.headers = keys[name]
        return [found.get("problem", {}).get("type") for found in world.batch(*lines)]

    waiver = {"command": "waive-sanction", "seller_id": "s-1", "sanction_id": "sanction-2"}
    assert send("platform", line("s-1", "v-1", points=48, reported_by="platform")) == [None]
    assert send("platform", line("s-1", "v-2", reported_by="somebody")) == [
        "/problems/actor-mismatch"
    ]
    assert send("platform", waiver | {"reason": "r", "waived_by": "platform"}) == [
        "/problems/wrong-scope"
    ]
    assert send("reviewer", waiver | {"reason": "r", "waived_by": "reviewer"}) == [None]
    assert send("reviewer", line("s-1", "v-3", reported_by="reviewer")) == ["/problems/wrong-scope"]


@pytest.fixture
def served(dsn: str) -> Iterator[int]:
    """The port of a server like the real one, in a thread of its own."""
    import asyncio

    from api.serve import application
    from api.server import _bound, _Server

    with world_of(dsn) as world:
        listening = _bound("127.0.0.1", 0)
        port = listening.getsockname()[1]
        loop = asyncio.new_event_loop()
        server = _Server(application(world.parts), listening)
        thread = threading.Thread(target=lambda: loop.run_until_complete(server.serve()))
        thread.start()
        yield port
        loop.call_soon_threadsafe(server.stop)
        thread.join(10)


def test_lines_are_answered_while_others_still_come(served: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served, timeout=10)
    connection.putrequest("POST", "/v1/facts:batch")
    connection.putheader("Content-Type", "application/x-ndjson")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    answered = None
    for n in (1, 2, 3):
        body = json.dumps(line("s-1", f"v-{n}", points=1)).encode() + b"\n"
        connection.send(b"%x\r\n%s\r\n" % (len(body), body))
        if answered is None:
            answered = connection.getresponse()
        told = json.loads(answered.readline())
        assert (told["line"], told["status"]) == (n, "accepted")
    connection.send(b"0\r\n\r\n")
    assert answered is not None
    assert answered.read() == b""


def test_a_batch_that_breaks_off_keeps_its_whole_lines(served: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served, timeout=10)
    connection.putrequest("POST", "/v1/facts:batch")
    connection.putheader("Content-Type", "application/x-ndjson")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    whole = json.dumps(line("s-1", "v-1")).encode() + b"\n"
    body = whole + json.dumps(line("s-1", "v-2")).encode()
    connection.send(b"%x\r\n%s\r\n" % (len(body), body))
    answered = connection.getresponse()
    assert json.loads(answered.readline())["line"] == 1
    connection.close()
    import time
    import urllib.request

    time.sleep(0.5)
    address = f"http://127.0.0.1:{served}/v1/sellers/s-1/violations"
    with urllib.request.urlopen(address) as listed:
        found = json.loads(listed.read())["violations"]
    assert [violation["violation_id"] for violation in found] == ["v-1"]
