"""The doctor: what it finds, what it advises, and what it never shows."""

import socket

import psycopg
import pytest

from api.doctor_kafka import workers
from tests.cli.conftest import ROOT, Run, command

HISTORY = ROOT / "docs" / "examples" / "history.ndjson"
WHATS = [
    "versions", "settings", "doors", "memory", "open files", "data folder", "port", "database",
    "durability", "connections", "clock skew", "backups", "migrations", "log", "clock", "import",
    "due work", "policy", "packs", "memos", "api keys", "proofs",
]  # fmt: skip


def examined(run: Run, *words: str, **environment: str) -> dict[str, dict[str, str]]:
    return {one["what"]: one for one in run("doctor", "--json", *words, **environment).json()}


@pytest.fixture
def closed_port() -> str:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return str(listening.getsockname()[1])


def test_a_ledger_that_is_well(run: Run, dsn: str, closed_port: str) -> None:
    run("import", HISTORY, "--history")
    run("keys", "create", "shop", "--scope", "standing:read")
    found = examined(run, "--port", closed_port)
    assert [what for what in WHATS if what not in found] == []
    # The tests' server spares the disk, and the doctor minds.
    assert found.pop("durability")["verdict"] == "fail"
    assert {one["what"]: one["says"] for one in found.values() if one["verdict"] != "ok"} == {}


def test_every_ill_is_found_and_has_its_advice(run: Run, dsn: str) -> None:
    run("import", HISTORY, "--history")
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "UPDATE seller_state AS s SET state = other.state FROM seller_state AS other"
            " WHERE s.seller_id = 'blue-kite' AND other.seller_id = 'green-door'"
        )
        connection.execute("UPDATE log_head SET importing = 'lost.ndjson (0)'")
        connection.execute("UPDATE seller_state SET next_due_at = 5 WHERE seller_id = 'blue-kite'")
        connection.execute("DROP TABLE IF EXISTS projection, parked_stream")
        connection.execute("CREATE TABLE projection (name text, position bigint)")
        connection.execute("INSERT INTO projection VALUES ('violations', -20000), ('sellers', 99)")
        connection.execute(
            "CREATE TABLE parked_stream (projection text, stream text, position bigint,"
            " cause text, parked_at timestamptz)"
        )
        connection.execute("INSERT INTO parked_stream VALUES ('sellers', 'seller-x', 3, 'bad')")
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        found = examined(run, "--port", str(listening.getsockname()[1]))
    ills = {what: one for what, one in found.items() if one["verdict"] != "ok"}
    assert "blue-kite" in ills["memos"]["says"]
    assert "lost.ndjson" in ills["import"]["says"]
    assert "1 sellers wait" in ills["due work"]["says"]
    assert "violations is 20," in ills["views"]["says"]
    assert "seller-x" in ills["parked"]["says"]
    assert "no ledger listens" in ills["port"]["says"]
    assert "there is none" in ills["api keys"]["says"]
    assert [what for what, one in ills.items() if not one["do"]] == []
    assert run("doctor").status == 1


def test_a_hole_at_the_end_of_the_log_is_found(run: Run, dsn: str) -> None:
    run("import", HISTORY, "--history")
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "DELETE FROM stored_events WHERE notification_id ="
            " (SELECT max(notification_id) - 1 FROM stored_events)"
        )
    assert "only" in examined(run)["log"]["says"]
    with psycopg.connect(dsn) as connection:
        connection.execute("UPDATE log_head SET next_position = next_position + 1")
    assert "log_head says" in examined(run)["log"]["says"]


def test_keys_that_end_soon_are_named_and_secrets_are_not(run: Run, dsn: str) -> None:
    run("keys", "create", "shop", "--scope", "standing:read", "--expires", "2999-01-01")
    with psycopg.connect(dsn) as connection:
        connection.execute("UPDATE api_key SET expires_at = now() + interval '3 days'")
    assert "shop" in examined(run)["api keys"]["says"]
    secret = "postgresql://ledger:hunter2@127.0.0.1:1/none"
    told = command("doctor", LEDGER_DATABASE_URL=secret)
    assert "hunter2" not in told.out + told.err
    assert "user=ledger" in told.out
    assert "→ see that PostgreSQL runs" in told.out


def test_a_fact_that_cannot_be_read_is_found_and_the_rest_still_looked_at(
    run: Run, dsn: str
) -> None:
    run("import", HISTORY, "--history")
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "INSERT INTO stored_events SELECT next_position, 99, 'seller-blue-kite', 'lost.v9',"
            " '{}' FROM log_head"
        )
        connection.execute("UPDATE log_head SET next_position = next_position + 1")
    found = examined(run)
    assert found["memos"]["verdict"] == "fail"
    assert "blue-kite" in found["memos"]["says"]
    assert "lost.v9" in found["memos"]["says"]
    assert "api keys" in found


@pytest.mark.parametrize(
    ("reports", "says"),
    [
        ({}, ["nobody does: publish, consume"]),
        ({"publish": '{"works": true}'}, ["nobody does: consume"]),
        (
            {"publish": '{"works": true}', "consume": '{"works": true}'},
            ["0 rejected messages wait"],
        ),
        (
            {"publish": '{"error": "BrokerAway: no"}', "consume": '{"works": true}'},
            ["publish: BrokerAway: no"],
        ),
        (
            {"publish": '{"works": true, "parked": 2}', "consume": '{"works": true}'},
            ["0 rejected messages wait", "of 2 streams nothing is published"],
        ),
    ],
)
def test_what_publishing_and_consuming_processes_tell_is_told_on(
    run: Run, dsn: str, reports: dict[str, str], says: list[str]
) -> None:
    run("import", HISTORY, "--history")
    with psycopg.connect(dsn) as connection:
        for worker, report in reports.items():
            connection.execute(
                "INSERT INTO worker_report (worker, process, at, report)"
                " VALUES (%s, 'here-1-a', clock_timestamp(), %s)",
                (worker, report),
            )
        found = list(workers(connection))
    assert len(found) == len(says)
    for one, words in zip(found, says, strict=True):
        assert words in one.says
        assert one.verdict == "ok" or one.do
