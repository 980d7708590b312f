"""Logs: a line for each request and for what workers do, and nothing personal in any."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import structlog

from api.logs import REQUESTS, Lines, write_logs_as_json
from ledger.store.follower import Follower
from tests.api.routes.world import World, line

PLANTED = {
    "name": "Wilhelmina",
    "secret": "sl_0123456789abcdef_hunter2",
    "statement": "planted-statement",
    "query": "planted-query",
}


class Written(io.BytesIO):
    """What was logged, line by line."""

    held: Lines

    def lines(self) -> list[dict[str, Any]]:
        self.held.empty()
        return [json.loads(text) for text in self.getvalue().splitlines()]

    def requests(self) -> list[dict[str, Any]]:
        return [told for told in self.lines() if told["event"] == "request"]


@pytest.fixture
def written() -> Iterator[Written]:
    out = Written()
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    out.held = write_logs_as_json(to=out)
    yield out
    REQUESTS.lines = None
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


def test_each_request_is_one_line(live: World, written: Written) -> None:
    live.client.get("/v1/sellers/s-1/standing?as_of=2026-01-01T00:00:00Z")
    headers = {"X-Request-ID": "req-7", "Correlation-Id": "case-9"}
    answer = live.record("s-1", "v-1", headers=headers)
    assert answer.headers["x-request-id"] == answer.headers["request-id"] == "req-7"
    first, second = written.requests()
    assert set(first) == {
        "at", "level", "event", "request_id", "correlation_id", "method", "route", "status", "ms",
    }  # fmt: skip
    assert (first["method"], first["route"], first["status"]) == (
        "GET", "/v1/sellers/{seller_id}/standing", 200,
    )  # fmt: skip
    assert (second["request_id"], second["correlation_id"]) == ("req-7", "case-9")


def test_a_request_id_that_is_none_is_drawn(live: World, written: Written) -> None:
    answer = live.client.get("/v1/health/live", headers={"X-Request-ID": "no id, but <words>"})
    assert written.requests()[0]["request_id"] == answer.headers["x-request-id"]
    assert "words" not in answer.headers["x-request-id"]


def test_nothing_that_was_planted_is_logged(
    live: World, written: Written, dsn: str, monkeypatch: Any
) -> None:
    told = {"statement": PLANTED["statement"], "reported_by": PLANTED["name"]}
    live.client.headers["Authorization"] = f"Bearer {PLANTED['secret']}"
    live.record("s-1", PLANTED["name"], **told)
    live.record("s-1", PLANTED["name"], "nonsense", **told)
    live.record(PLANTED["name"], "v-1", evidence=[PLANTED["query"]], points=9999, **told)
    live.batch(line("s-1", "v-2", **told), {"command": PLANTED["statement"]}, b"{" * 9)
    live.client.get(f"/v1/sellers/{PLANTED['name']}/violations?status={PLANTED['query']}")
    live.client.get(f"/v1/{PLANTED['query']}?{PLANTED['query']}={PLANTED['statement']}")
    with monkeypatch.context() as broken, psycopg.connect(dsn) as connection:
        broken.setattr(live.client._transport, "raise_server_exceptions", False, raising=False)
        broken.setattr(live.ledger, "answer", _breaking)
        assert live.record("s-1", "v-3", **told).status_code == 500
        connection.execute("SELECT 1")
    _log_elsewhere()
    assert len(written.requests()) >= 7
    text = written.getvalue().decode()
    assert [what for what, planted in PLANTED.items() if planted in text] == []


def test_workers_say_what_they_did(live: World, written: Written, monkeypatch: Any) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(PLANTED["statement"])

    monkeypatch.setattr(live.ledger.reader, "catch_up", broken)
    follower = Follower(live.ledger.reader)
    follower.start()
    try:
        while not written.lines():
            pass
    finally:
        follower.stop()
    (said, *_) = written.lines()
    assert (said["level"], said["says"]) == ("error", "the log could not be followed")
    assert (said["error"], PLANTED["statement"] in written.getvalue().decode()) == (
        "RuntimeError", False,
    )  # fmt: skip


def _breaking(*_: object) -> None:
    raise RuntimeError(f"{PLANTED['name']} {PLANTED['statement']}")


def _log_elsewhere() -> None:
    """As libraries do: with their words made before or after."""
    library = logging.getLogger("some.library")
    library.warning("could not connect as %s", PLANTED["secret"])
    library.error(f"{PLANTED['statement']} went wrong")
    try:
        _breaking()
    except RuntimeError:
        library.exception("so")
        structlog.get_logger("ours").exception("so")
