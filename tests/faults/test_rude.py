"""Clients that are slow, leave in the middle, send too much or ask too often at once: each is
bounded and told so, and their neighbours are undisturbed.
"""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.api.routes.world import line, report
from tests.faults.footprint import footprint
from tests.faults.load import Connection
from tests.faults.serving import Serving
from tests.faults.size import times

JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}
VIOLATIONS = "/v1/sellers/s-1/violations"
NEIGHBOUR_S = 2.0
"""The longest that a neighbour's request may take, on a machine that is busy with this test."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with Serving(tmp_path_factory.mktemp("rude") / "data") as server:
        assert server.ask(VIOLATIONS, report("v-0"))[0] == 201
        yield server
        assert server.broken() == []


def dialled(server: Serving) -> socket.socket:
    address = urlsplit(server.base)
    return socket.create_connection((address.hostname or "", address.port or 0), timeout=30)


@contextmanager
def a_neighbour(server: Serving, name: str) -> Iterator[Callable[[], int]]:
    """Somebody who writes and reads all the while, and is answered each time, soon."""
    stopping, slowest, done = threading.Event(), [0.0], [0]

    def ask() -> None:
        asking = Connection(server.base)
        while not stopping.wait(0.01):
            began = time.perf_counter()
            told = json.dumps(report(f"{name}-{done[0]}", points=0))
            assert asking.post(f"/v1/sellers/n-{name}/violations", told, JSON)[0] == 201
            assert asking.get(f"/v1/sellers/n-{name}/standing")[0] == 200
            slowest[0] = max(slowest[0], time.perf_counter() - began)
            done[0] += 1
        asking.close()

    with ThreadPoolExecutor(1) as thread:
        asked = thread.submit(ask)
        try:
            yield lambda: done[0]
        finally:
            stopping.set()
        asked.result()
    assert done[0]
    assert slowest[0] < NEIGHBOUR_S


def memory(server: Serving) -> int:
    """What the server holds, in bytes."""
    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
    return pages * 4_096


def head(path: str, length: int | None = None, kind: str = "application/json") -> bytes:
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    begun = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    return f"{begun}Content-Type: {kind}\r\n{size}\r\n\r\n".encode()


def statuses(server: Serving) -> list[int]:
    """Of every request that was logged."""
    logged = (json.loads(told) for told in server.log.read_text().splitlines() if told[:1] == "{")
    return [told["status"] for told in logged if "status" in told]


@pytest.mark.parametrize("how", ["closed", "reset", "half closed"])
def test_a_client_that_leaves_in_mid_body(server: Serving, how: str) -> None:
    """Nothing is written, and it is logged as what it is: nobody's failure."""
    body = json.dumps(report(f"v-{how.replace(' ', '-')}")).encode()
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        before, left = footprint(connection), statuses(server).count(400)
        for _ in range(20):
            with dialled(server) as asking:
                asking.sendall(head(VIOLATIONS, len(body)) + body[:-5])
                time.sleep(0.02)
                if how == "reset":
                    asking.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                if how == "half closed":
                    asking.shutdown(socket.SHUT_WR)
                    assert b"/problems/body-cut-off" in asking.recv(4_096)
        until = time.monotonic() + 10
        while statuses(server).count(400) < left + 20 and time.monotonic() < until:
            time.sleep(0.05)
        assert statuses(server).count(400) == left + 20
        assert footprint(connection) == before


def test_a_client_that_leaves_in_the_middle_of_a_batch(server: Serving) -> None:
    """What arrived whole is written, half a line never is."""
    lines = [json.dumps(line("s-cut", f"v-{n}", points=0)).encode() for n in range(50)]
    with dialled(server) as asking:
        asking.sendall(head("/v1/facts:batch", 1_000_000, NDJSON["Content-Type"]))
        asking.sendall(b"\n".join(lines)[:-9])
        time.sleep(0.3)
    until = time.monotonic() + 10
    while server.ask("/v1/facts?seller_id=s-cut&limit=1000")[1]["facts"][48:] == []:
        assert time.monotonic() < until
        time.sleep(0.05)
    time.sleep(0.2)
    assert len(server.ask("/v1/facts?seller_id=s-cut&limit=1000")[1]["facts"]) == 49


def test_slow_clients(server: Serving) -> None:
    """Hundreds that send a byte now and then, or nothing, hold up nobody."""
    body = json.dumps(report("v-slow")).encode()
    with ExitStack() as open_lines, a_neighbour(server, "slow") as asked:
        slow = [open_lines.enter_context(dialled(server)) for _ in range(times(300, 900))]
        for number, asking in enumerate(slow):
            whole = head(VIOLATIONS, len(body)) + body
            asking.sendall(whole[: [0, 10, 60, len(whole) - 5][number % 4]])
        before = asked()
        for byte in range(20):
            for asking in slow[3::4]:
                asking.sendall(body[byte - 5 : byte - 4] if byte < 4 else b"")
            time.sleep(0.05)
        assert asked() > before


def test_readers_that_do_not_read(server: Serving) -> None:
    """A batch whose answers nobody takes is not read on, and memory does not grow with it."""
    lines = b"".join(
        json.dumps(line("s-deaf", f"v-{n % 50}", points=0)).encode() + b"\n" for n in range(2_000)
    )
    with ExitStack() as open_lines, a_neighbour(server, "deaf"):
        before, sent = memory(server), 0
        for _ in range(4):
            asking = open_lines.enter_context(dialled(server))
            asking.sendall(head("/v1/facts:batch", 1 << 40, NDJSON["Content-Type"]))
            asking.setblocking(False)
            until = time.monotonic() + times(2, 20)
            while time.monotonic() < until:
                try:
                    sent += asking.send(lines)
                except BlockingIOError:
                    time.sleep(0.01)
        grown = memory(server) - before
    assert grown < 300 << 20
    print(f"sent={sent >> 20} MiB grown={grown >> 20} MiB")


@pytest.mark.parametrize(
    ("path", "kind", "most"),
    [
        (VIOLATIONS, "application/json", 1 << 20),
        ("/v1/policies:check", "application/toml", 2_000_000),
        ("/v1/standings", "application/json", 1 << 20),
    ],
)
@pytest.mark.parametrize("mebibytes", [3, 30])
def test_bodies_of_many_megabytes(
    server: Serving, path: str, kind: str, most: int, mebibytes: int
) -> None:
    """Refused in words that arrive, though the client sends to the end before it reads."""
    body = b'{"x": "' + b"x" * (mebibytes << 20) + b'"}'
    with a_neighbour(server, f"{kind[-4:]}-{path[-4:]}-{mebibytes}".replace(":", "")):
        before = memory(server)
        asking = Connection(server.base)
        with ThreadPoolExecutor(4) as threads:
            told = list(
                threads.map(
                    lambda _: Connection(server.base).post(path, body, {"Content-Type": kind}),
                    range(8),
                )
            )
        for status, answer in told:
            assert status == 413
            assert f"{most:,}" in json.loads(answer)["accepted"]
        asking.close()
    assert memory(server) - before < 100 << 20


def test_a_body_without_end(server: Serving) -> None:
    """Is cut off after a while, however it goes on."""
    part = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    with a_neighbour(server, "endless"), dialled(server) as asking:
        asking.sendall(head(VIOLATIONS))
        sent, until = 0, time.monotonic() + 20
        try:
            while time.monotonic() < until:
                sent += asking.send(part)
        except OSError:
            pass
        assert time.monotonic() < until, "the server reads for ever"
        assert sent < 200 << 20


def test_a_line_without_end(server: Serving) -> None:
    """Is refused as too long, and takes no memory."""
    before = memory(server)
    good = json.dumps(line("s-long", "v-1", points=0)).encode()
    asking = Connection(server.base)
    status, answer = asking.post("/v1/facts:batch", b"x" * (50 << 20) + b"\n" + good, NDJSON)
    asking.close()
    first, second = map(json.loads, answer.splitlines())
    assert status == 200
    assert first["problem"]["type"] == "/problems/body-too-large"
    assert second["status"] == "accepted"
    assert memory(server) - before < 100 << 20


def test_ten_thousand_repeats_at_once(server: Serving) -> None:
    """All get the one answer, or are told to come back; the neighbours are answered meanwhile."""
    body, path = json.dumps(report("v-once")), "/v1/sellers/s-once/violations"
    keyed = {**JSON, "Idempotency-Key": "once"}
    answers: list[tuple[int, bytes]] = []

    def ask(many: int) -> None:
        asking = Connection(server.base)
        answers.extend(asking.post(path, body, keyed) for _ in range(many))
        asking.close()

    with a_neighbour(server, "repeats"), ThreadPoolExecutor(100) as threads:
        list(threads.map(ask, [times(30, 100)] * 100))
    told: list[Any] = [json.loads(answer) for status, answer in answers if status == 201]
    assert {status for status, _ in answers} <= {201, 503}
    assert told.count(told[0]) == len(told) > len(answers) / 2
    facts = server.ask("/v1/facts?seller_id=s-once")[1]["facts"]
    assert [f["kind"] for f in facts].count("violation-recorded.v1") <= 1
    assert len([f for f in facts if f["kind"].startswith("violation-recorded")]) == 1
    print(f"asked={len(answers)} answered={len(told)}")


def test_ten_thousand_repeats_in_one_batch(server: Serving) -> None:
    told = json.dumps(line("s-many", "v-1", points=0)).encode() + b"\n"
    with a_neighbour(server, "lines"):
        asking = Connection(server.base)
        status, answer = asking.post("/v1/facts:batch", told * 10_000, NDJSON)
        asking.close()
    said = [json.loads(one) for one in answer.splitlines()]
    assert (status, len(said)) == (200, 10_000)
    assert {one["status"] for one in said} == {"accepted"}
    assert len({one["position"] for one in said}) == 1
    assert [one["replayed"] for one in said].count(False) == 1
