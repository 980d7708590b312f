"""What no client should send: nothing breaks or is half written, each is told what is wrong."""

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from ledger.policy.shipped import load_pack
from tests.api.routes.world import line, report
from tests.faults.footprint import footprint
from tests.faults.load import Connection
from tests.faults.serving import Serving

JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}
TOML = {"Content-Type": "application/toml"}
VIOLATIONS = "/v1/sellers/s-1/violations"
DEEP = b"[" * 100_000
LINES: dict[str, bytes] = {
    "not JSON": b"violation",
    "cut off": json.dumps(line("s-1", "v-1")).encode()[:-9],
    "not UTF-8": b'{"command": "\xff\xfe"}',
    "half a surrogate": json.dumps(line("s-1", "v-1", statement="\ud800")).encode(),
    "U+0000": json.dumps(line("s-1", "v-1", statement="a\0b")).encode(),
    "nested": b'{"command": ' + DEEP,
    "a number": b"17",
    "a list": b"[]",
    "null": b"null",
    "no command": b"{}",
    "unknown command": b'{"command": "delete-everything"}',
    "unknown field": json.dumps({**line("s-1", "v-1"), "colour": "red"}).encode(),
    "wrong type": json.dumps({**line("s-1", "v-1"), "points": "many"}).encode(),
    "huge number": json.dumps({**line("s-1", "v-1")}).encode()[:-1] + b', "points": 1e999}',
    "digits": json.dumps({**line("s-1", "v-1")}).encode()[:-1]
    + b', "points": '
    + b"9" * 5_000
    + b"}",
    "an id with blanks": json.dumps(line("s 1", "v-1")).encode(),
    "an endless id": json.dumps(line("s" * 10_000, "v-1")).encode(),
    "too long": json.dumps(line("s-1", "v-1", statement="x" * 70_000)).encode(),
    "an instant of nowhere": json.dumps(
        line("s-1", "v-1", effective_at="2026-02-30T25:00")
    ).encode(),
    "an instant far off": json.dumps(
        line("s-1", "v-1", effective_at="9999-12-31T23:59:59.999999Z")
    ).encode(),
    "before all rules": json.dumps(
        line("s-1", "v-1", effective_at="0001-01-01T00:00:00Z")
    ).encode(),
    "two objects": b"{}{}",
    "a carriage return": b"\r\r",
    "bytes": bytes(range(1, 10)) + bytes(range(11, 256)),
}
PACK = load_pack("aliexpress")
PACKS: dict[str, bytes] = {
    "empty": b"",
    "not TOML": b"= = =",
    "not UTF-8": b'name = "\xff"',
    "U+0000": b'name = "\0"',
    "nested": b"a = " + DEEP,
    "digits": b"a = " + b"9" * 10_000,
    "cut off": PACK.encode()[: len(PACK) // 2],
    "too large": PACK.encode() + b"\n# " + b"x" * 3_000_000,
    "twice": PACK.encode() * 2,
    "no date": PACK.replace("2020-01-01T00:00:00Z", "2020-02-31T00:00:00Z").encode(),
    "infinite": PACK.replace("48", "inf").encode(),
    "negative": PACK.replace("48", "-48").encode(),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with Serving(tmp_path_factory.mktemp("malformed") / "data") as server:
        assert server.ask(VIOLATIONS, report("v-0"))[0] == 201
        yield server
        assert server.broken() == []


@pytest.fixture
def unchanged(server: Serving) -> Iterator[None]:
    """Nothing is written from here to the end of the test."""
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        before = footprint(connection)
        yield
        assert footprint(connection) == before


def refused(answer: bytes, *, least: int = 400) -> dict[str, Any]:
    """The problem in an answer, which says what was wrong."""
    problem = json.loads(answer)
    assert problem["type"].startswith("/problems/")
    assert least <= problem["status"] < 500, problem
    assert len(problem["detail"]) > 8
    return problem


@pytest.mark.parametrize("wrong", LINES)
def test_a_line_that_cannot_be_read(server: Serving, unchanged: None, wrong: str) -> None:
    """As a line of a batch, and as a body."""
    asking = Connection(server.base)
    status, answer = asking.post("/v1/facts:batch", LINES[wrong], NDJSON)
    assert status == 200
    if LINES[wrong].strip():
        for said in map(json.loads, answer.splitlines()):
            assert said["status"] == "refused"
            refused(json.dumps(said["problem"]).encode())
    status, answer = asking.post(VIOLATIONS, LINES[wrong], JSON)
    refused(answer)
    asking.close()


def test_a_bad_line_never_stops_the_good_ones(server: Serving) -> None:
    bad = [told for told in LINES.values() if told.strip() and b"\n" not in told]
    good = [json.dumps(line("s-2", f"v-{n}")).encode() for n in range(len(bad))]
    mixed = [told for pair in zip(bad, good, strict=True) for told in pair]
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        before = footprint(connection)[0]
        asking = Connection(server.base)
        status, answer = asking.post("/v1/facts:batch", b"\n".join(mixed), NDJSON)
        asking.close()
        said = [json.loads(told) for told in answer.splitlines()]
        assert (status, len(said)) == (200, len(mixed))
        assert [told["status"] for told in said] == ["refused", "accepted"] * len(good)
        recorded = connection.execute(
            "SELECT count(*) FROM stored_events WHERE originator_id = 'seller-s-2' "
            "AND topic = 'violation-recorded.v1'"
        ).fetchone()
        assert recorded == (len(good),)
        assert footprint(connection)[0] == 1 + int(said[-1]["position"]) > before


@pytest.mark.parametrize("wrong", PACKS)
def test_a_pack_that_cannot_be_read(server: Serving, unchanged: None, wrong: str) -> None:
    asking = Connection(server.base)
    status, answer = asking.post("/v1/policies:check", PACKS[wrong], TOML)
    if status == 200:
        checked = json.loads(answer)
        assert not checked["ok"]
        assert all(m["found"] and m["accepted"] for m in checked["mistakes"])
    else:
        refused(answer)
    status, answer = asking.post("/v1/policies", PACKS[wrong], TOML)
    refused(answer)
    asking.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"Idempotency-Key": ""},
        {"Idempotency-Key": "k" * 256},
        {"Idempotency-Key": "k k"},
        {"Idempotency-Key": "k\xff"},
        {"Content-Type": ""},
        {"Content-Type": "text/html"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": ";;;"},
        {"Content-Type": "application/json\xff"},
    ],
    ids=str,
)
def test_a_header_that_cannot_be_read(
    server: Serving, unchanged: None, headers: dict[str, str]
) -> None:
    asking = Connection(server.base)
    body = json.dumps(report("v-9")).encode()
    _, answer = asking.post(VIOLATIONS, body, {**JSON, **headers})
    assert refused(answer)["field"]
    asking.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "\xff"},
        {"Accept": ";q=x, */*;q=nan, */*;q=1e999"},
        {"If-None-Match": '"' * 5_000},
        {"If-None-Match": "\xff"},
        {"Authorization": "Bearer " + "x" * 5_000},
        {"Correlation-Id": "\xff" * 300},
        {"Last-Event-ID": "-1"},
        {"Cookie": "=;=;="},
        {"Range": "bytes=9-1"},
        {"Expect": "99-nonsense"},
    ],
    ids=str,
)
def test_a_header_that_does_not_matter_here(server: Serving, headers: dict[str, str]) -> None:
    asking = Connection(server.base)
    for path in ("/v1/sellers/s-1/standing", "/v1/facts", "/v1/policies"):
        assert asking.get(path, headers)[0] < 500
    asking.close()


@pytest.mark.parametrize(
    "path",
    [
        "/v1/sellers/%00/standing",
        "/v1/sellers/%ff%fe/standing",
        "/v1/sellers/%ed%a0%80/standing",
        "/v1/sellers/..%2f..%2fetc/standing",
        f"/v1/sellers/{'s' * 4_000}/standing",
        "/v1/sellers/s-1/standing?as_of=%00",
        "/v1/sellers/s-1/standing?as_of=" + "9" * 4_000,
        "/v1/sellers/s-1/standing?as_of=%ff",
        "/v1/sellers/s-1/standing?as_of=2026-01-01T00:00:00Z&as_of=2027-01-01T00:00:00Z",
        "/v1/sellers/s-1/standing?%ff=%ff",
        "/v1/facts?limit=99999999999999999999999",
        "/v1/facts?after=-1",
        "/v1/facts?after=" + "9" * 400,
        "/v1/facts?kind=%00",
        "/v1/facts/seller-s-1.99999999999999999999999",
        "/v1/facts/.",
        "/v1/policies/%00?at=%00",
        "/v1/static/..%2f..%2fapp.py",
    ],
)
def test_an_address_that_cannot_be_read(server: Serving, unchanged: None, path: str) -> None:
    asking = Connection(server.base)
    status, answer = asking.get(path, {})
    if status == 414 or status == 431:
        return
    refused(answer)
    asking.close()


@pytest.mark.parametrize(
    "head",
    [
        b"GARBAGE\r\n\r\n",
        b"GET /v1/facts HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n",
        b"POST /v1/facts:batch HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: nine\r\n\r\n",
        b"POST /v1/facts:batch HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        (
            b"POST /v1/facts:batch HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        (
            b"POST /v1/facts:batch HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n"
            b"Content-Type: application/x-ndjson\r\n\r\nzz\r\n"
        ),
        b"GET /v1/facts HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X-Many: y\r\n" * 5_000 + b"\r\n",
        b"GET /v1/facts HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + b"y" * 2_000_000 + b"\r\n\r\n",
        bytes(range(256)) * 100,
    ],
    ids=range(9),
)
def test_bytes_that_are_not_http(server: Serving, unchanged: None, head: bytes) -> None:
    address = urlsplit(server.base)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as line:
        try:
            line.sendall(head)
            line.shutdown(socket.SHUT_WR)
            answer = line.recv(65_536)
        except OSError:
            answer = b""
    assert not answer.startswith(b"HTTP/1.1 5"), answer[:300]
    assert server.ask("/v1/health/live")[0] == 200
