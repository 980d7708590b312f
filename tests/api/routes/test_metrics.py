"""Numbers for operators: what is shown, under which names, and with the database away."""

import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families
from psycopg.types.json import Jsonb

from api.workers.reports import Report, reporting
from tests.api.routes.marketplace import cases_lived
from tests.api.routes.world import World, line

ROOT = Path(__file__).resolve().parents[3]
NAMED_IN = ["deploy/grafana/seller-ledger.json", "deploy/alerts.yaml", "docs/operations.md"]


def shown(world: World) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample by its name and labels."""
    text = world.client.get("/metrics").text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(found: dict[Any, float], name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


def names(world: World) -> set[str]:
    return {name for name, _ in shown(world)}


def test_what_was_written_is_counted(live: World) -> None:
    live.batch(*(line("s-1", f"v-{number}") for number in range(3)), {"command": "nonsense"})
    live.standing("s-1")
    live.standing("s-1")
    found = shown(live)
    assert value(found, "ledger_clerk_transaction_requests_sum") == 3
    assert value(found, "ledger_clerk_transaction_facts_sum") >= 3
    assert value(found, "ledger_clerk_durable_seconds_count") >= 1
    assert value(found, "ledger_clerk_write_seconds_count") >= 1
    assert value(found, "ledger_clerk_transactions_total", outcome="committed") >= 1
    assert value(found, "ledger_clerk_waiting_max") == 20_000
    assert value(found, "ledger_refusals_total", problem="malformed-body") >= 1
    assert value(found, "ledger_sellers_remembered") == 1
    assert value(found, "ledger_sellers_hits_total") >= 1
    assert value(found, "ledger_sellers_misses_total") == 1
    assert value(found, "ledger_standings_ready") == 1
    assert value(found, "ledger_database_up") == 1
    assert value(found, "ledger_log_last_position") == live.ledger.memory.head.last_position
    assert value(found, "ledger_follower_lag_positions", follower="memory") == 0
    assert value(found, "ledger_pool_connections_max") >= 1
    assert value(found, "process_resident_memory_bytes") > 0
    route = "/v1/sellers/{seller_id}/standing"
    assert value(found, "ledger_http_requests_total", method="GET", route=route, status="200") == 2
    assert (
        value(found, "ledger_http_request_seconds_bucket", method="GET", route=route, le="+Inf")
        == 2
    )


def test_views_and_streams_set_aside_are_read_as_they_are(sandbox: World, dsn: str) -> None:
    sandbox.record("s-1", "v-1")
    last = sandbox.ledger.memory.head.last_position
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "INSERT INTO projection (name, version, position)"
            " VALUES ('of-old', '1', %s), ('of-late', '1', %s)",
            (last, last - 1),
        )
        connection.execute(
            "INSERT INTO parked_stream"
            " VALUES ('of-old', 'a', 1, 'bad', 0), ('of-old', 'b', 1, 'bad', 0)"
        )
    sandbox.move("2026-01-01T00:01:00Z")
    found = shown(sandbox)
    assert value(found, "ledger_follower_lag_positions", follower="of-old") == 0
    assert value(found, "ledger_follower_lag_seconds", follower="of-old") == 0
    assert value(found, "ledger_follower_lag_positions", follower="of-late") == 1
    assert value(found, "ledger_follower_lag_seconds", follower="of-late") == 60
    assert value(found, "ledger_parked_streams", projection="of-old") == 2
    assert value(found, "ledger_parked_streams", projection="of-late") == 0


def test_due_work_is_overdue_by_the_logs_clock(sandbox: World, dsn: str) -> None:
    sandbox.record("s-1", "v-1")
    sandbox.record("s-2", "v-1")
    assert value(shown(sandbox), "ledger_due_overdue_sellers") == 0
    now = sandbox.ledger.now()
    with psycopg.connect(dsn) as connection:
        connection.execute("UPDATE seller_state SET next_due_at = %s", (now - 90_000_000,))
        connection.execute("UPDATE seller_state SET next_due_at = 0 WHERE seller_id = 's-2'")
    found = shown(sandbox)
    assert value(found, "ledger_due_overdue_sellers") == 2
    assert value(found, "ledger_due_overdue_seconds") == 90


def test_open_cases_and_overdue_disputes_are_counted(sandbox: World, dsn: str) -> None:
    sandbox.move("2026-03-01T00:00:00Z")
    cases_lived(sandbox.ledger)
    open_now = sandbox.get("/v1/disputes", limit=1000)["disputes"]
    found = shown(sandbox)
    for status in ("open", "escalated", "awaiting-return"):
        count = sum(row["status"] == status for row in open_now)
        assert value(found, "ledger_disputes_open", status=status) == count > 0
    waiting = sandbox.get("/v1/appeals", status="filed", limit=1000)["appeals"]
    assert value(found, "ledger_appeals_open") == len(waiting) > 0
    assert value(found, "ledger_due_overdue_disputes") == 0
    with psycopg.connect(dsn) as connection:
        late = connection.execute("UPDATE case_due SET next_due_at = next_due_at - 10^13")
    found = shown(sandbox)
    assert value(found, "ledger_due_overdue_disputes") == late.rowcount > 0
    assert value(found, "ledger_due_overdue_seconds") > 0
    assert value(found, "ledger_due_overdue_sellers") == 0


def test_an_unfinished_import_is_shown(sandbox: World, dsn: str) -> None:
    assert value(shown(sandbox), "ledger_import_unfinished") == 0
    with psycopg.connect(dsn) as connection:
        connection.execute("UPDATE log_head SET importing = 'old.ndjson'")
    assert value(shown(sandbox), "ledger_import_unfinished") == 1


def test_a_database_that_is_away_is_a_number(live: World, monkeypatch: Any) -> None:
    monkeypatch.setattr(live.ledger, "dsn", "postgresql://nobody@127.0.0.1:1/none")
    found = shown(live)
    assert value(found, "ledger_database_up") == 0
    assert value(found, "ledger_sellers_remembered") == 0
    assert ("ledger_log_last_position", frozenset()) not in found


def test_a_database_that_hangs_keeps_nobody_waiting(
    live: World, dsn: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr("api.metrics_of_database.WITHIN_S", 0.3)
    with psycopg.connect(dsn) as connection:
        connection.execute("LOCK TABLE log_head IN ACCESS EXCLUSIVE MODE")
        for _ in range(2):
            began = time.monotonic()
            assert value(shown(live), "ledger_database_up") == 0
            assert time.monotonic() - began < 2
    until = time.monotonic() + 5
    while value(shown(live), "ledger_database_up") == 0:
        assert time.monotonic() < until, "it is asked again once it answers"


def told_by_workers(dsn: str) -> None:
    """What processes that publish and consume would have left."""
    away = "BrokerAway: kafka.example:9092 does not answer"
    with (
        reporting(dsn, "publish", lambda: (Report(True, 1), Counter({"facts": 1}))),
        reporting(
            dsn, "consume", lambda: (Report(error=away), Counter({"rejected:no-command": 2}))
        ),
    ):
        pass
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "INSERT INTO worker_report VALUES ('publish', 'a', now(), '{\"works\": true}'),"
            " ('consume', 'b', now(), %s), ('consume', 'dead', now() - interval '1 minute', '{}')",
            (Jsonb({"error": away, "waiting": {"commands/0": 3}}),),
        )


def test_what_workers_tell_is_shown_without_their_words(live: World, dsn: str) -> None:
    assert not [name for name in names(live) if name.startswith("ledger_kafka")]
    told_by_workers(dsn)
    found = shown(live)
    last = live.ledger.memory.head.last_position
    assert value(found, "ledger_kafka_workers", worker="consume") == 1
    assert value(found, "ledger_kafka_working", worker="publish") == 1
    assert value(found, "ledger_kafka_failing", worker="consume", error="BrokerAway") == 1
    assert value(found, "ledger_kafka_published_position") == 1
    assert value(found, "ledger_kafka_lag_positions") == last - 1
    assert value(found, "ledger_kafka_published_total", what="facts") == 1
    assert value(found, "ledger_kafka_rejected_total", problem="no-command") == 2
    assert value(found, "ledger_kafka_commands_waiting", partition="0") == 3
    health = live.client.get("/v1/health/kafka").json()
    assert health["status"] == "waiting" and health["commands_waiting"] == 3


def test_who_only_publishes_misses_nobody_who_consumes(live: World, dsn: str) -> None:
    """An alert would page for ever: LedgerNobodyPublishes asks for kinds of which none runs."""
    with reporting(dsn, "publish", lambda: (Report(True, 1), Counter({"facts": 1}))):
        pass
    assert value(shown(live), "ledger_kafka_workers", worker="publish") == 0
    assert 'ledger_kafka_workers{worker="consume"}' not in live.client.get("/metrics").text


@pytest.mark.parametrize("document", NAMED_IN)
def test_every_number_that_is_named_is_shown(sandbox: World, dsn: str, document: str) -> None:
    told_by_workers(dsn)
    sandbox.record("s-1", "v-1")
    sandbox.record("s-1", "v-2", "nonsense")
    there = names(sandbox)
    text = (ROOT / document).read_text()
    named = set(re.findall(r"\b(?:ledger|process|python)_[a-z_]+[a-z]\b", text)) - {"python_info"}
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in there}
    assert len(named) > 10
    assert sorted(named - there - families) == []


def test_every_number_is_explained(sandbox: World, dsn: str) -> None:
    told_by_workers(dsn)
    sandbox.record("s-1", "v-1")
    sandbox.record("s-1", "v-2", "nonsense")
    text = (ROOT / "docs" / "operations.md").read_text()
    ours = {re.sub(r"_(bucket|sum|count)$", "", name) for name in names(sandbox)}
    assert sorted(n for n in ours if n.startswith("ledger_") and f"`{n}`" not in text) == []
