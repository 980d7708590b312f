"""Servers and workers as operators run them, on a real broker: what they do, and how they end."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from kafka import KafkaConsumer, KafkaProducer

from projections.broker.address import Address
from projections.broker.topics import COMMANDS, FACTS, REJECTED, STANDING
from tests.api.program import ROOT, Program, program
from tests.faults.serving import children
from tests.inbox.topics import reported

NO_WORKERS = """
from api.serve import serve_ledger
from api.settings import read_settings
serve_ledger(read_settings(), "127.0.0.1", 0, works=False)
"""
STOP_S = 10.0


def settings(kafka: Address) -> dict[str, str]:
    return {"kafka_bootstrap": kafka.bootstrap, "kafka_prefix": kafka.prefix}


def until(found: Callable[[], Any], within_s: float = 60) -> Any:
    end = time.monotonic() + within_s
    while not (value := found()):
        assert time.monotonic() < end
        time.sleep(0.1)
    return value


def say(kafka: Address, *commands: tuple[str, bytes]) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap)
    for key, value in commands:
        producer.send(kafka.prefix + COMMANDS, value, key.encode())
    producer.flush()
    producer.close()


def come(kafka: Address, topic: str, count: int, within_s: float = 60) -> list[Any]:
    """What a reader of committed messages has seen once there are so many."""
    reader = KafkaConsumer(
        kafka.prefix + topic, bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest",
        isolation_level="read_committed", enable_auto_commit=False,
    )  # fmt: skip
    found: list[Any] = []
    until_s = time.monotonic() + within_s
    try:
        while len(found) < count:
            assert time.monotonic() < until_s, f"{len(found)} of {count} on {topic}"
            for messages in reader.poll(200).values():
                found += messages
        # Nothing may come twice: whatever follows at once is seen too.
        for messages in reader.poll(1_000).values():
            found += messages
    finally:
        reader.close()
    return found


def violations(messages: Sequence[Any]) -> list[str]:
    kinds = ((dict(one.headers).get("ce_type"), one.value) for one in messages)
    return [json.loads(v)["violation_id"] for k, v in kinds if k == b"violation-recorded.v1"]


def last_position(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT next_position - 1 FROM log_head").fetchone()
    assert row is not None
    return row[0]


def processes(server: Program) -> list[int]:
    """Those that publish and consume for a server."""

    def is_one(pid: int) -> bool:
        try:
            return b"api.workers.child" in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False

    return [pid for pid in children(server.process.pid) if is_one(pid)]


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def worker(name: str, dsn: str, folder: Path, **given: str) -> Iterator["subprocess.Popen[str]"]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LEDGER_")}
    named = {f"LEDGER_{k.upper()}": v for k, v in given.items()}
    with subprocess.Popen(
        [sys.executable, "-m", "api.cli", "worker", name],
        cwd=ROOT,
        env={**kept, "LEDGER_DATABASE_URL": dsn, "LEDGER_DATA_DIR": str(folder), **named},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert f"worker {name} is at work" in process.stdout.readline()
            yield process
        finally:
            process.kill()


def test_a_command_comes_out_as_facts_and_a_standing(dsn: str, kafka: Address) -> None:
    with program(dsn, **settings(kafka)) as server:
        say(kafka, ("s-1", reported("v-1", "s-1")), ("s-1", b"nonsense"))
        [standing] = come(kafka, STANDING, 1)
        assert json.loads(standing.value)["seller_id"] == "s-1"
        facts = come(kafka, FACTS, last_position(dsn))
        assert violations(facts) == ["v-1"]
        [rejected] = come(kafka, REJECTED, 1)
        assert (
            rejected.value == b"nonsense" and b"malformed-body" in dict(rejected.headers)["problem"]
        )
        told = until(
            lambda: (
                (t := server.client.get("/v1/health/kafka").json())["status"] == "working"
                and t["facts_waiting"] == 0
                and t
            )
        )
        assert told["published_to"] == str(last_position(dsn))
        shown = until(
            lambda: (
                'outcome="taken"} 1.0' in (t := server.client.get("/metrics").text)
                and 'problem="malformed-body"} 1.0' in t
                and t
            )
        )
        assert "ledger_kafka_lag_positions 0.0" in shown
        began, both = time.monotonic(), processes(server)
        server.stop()
        assert server.process.wait(STOP_S) == 0
        assert time.monotonic() - began < STOP_S and not any(map(lives, both))


def test_killed_children_are_begun_again_and_end_with_a_killed_server(
    dsn: str, kafka: Address
) -> None:
    with program(dsn, **settings(kafka)) as server:
        say(kafka, ("s-1", reported("v-1", "s-1")))
        assert violations(come(kafka, FACTS, last_position(dsn) + 1)) == ["v-1"]
        for number, pid in enumerate(processes(server), 2):
            os.kill(pid, signal.SIGKILL)
            say(kafka, (f"s-{number}", reported(f"v-{number}", f"s-{number}")))
            until(lambda pid=pid: len(p := processes(server)) == 2 and pid not in p)
        assert sorted(json.loads(m.value)["seller_id"] for m in come(kafka, STANDING, 3)) == [
            "s-1", "s-2", "s-3",
        ]  # fmt: skip
        facts = come(kafka, FACTS, last_position(dsn))
        assert sorted(violations(facts)) == ["v-1", "v-2", "v-3"]
        assert len(facts) == last_position(dsn)
        both = processes(server)
        server.kill()
        until(lambda: not any(map(lives, both)), 5)


def test_a_server_begins_and_answers_without_a_broker(dsn: str) -> None:
    with program(dsn, kafka_bootstrap="127.0.0.1:1") as server:
        server.record("s-1", "v-1")
        assert server.client.get("/v1/health/ready").status_code == 200
        told = until(
            lambda: (t := server.client.get("/v1/health/kafka").json())["status"] == "waiting" and t
        )
        assert told["facts_waiting"] == last_position(dsn)
        # Opening gives a broker fifteen seconds.
        failing = 'ledger_kafka_failing{error="BrokerAway"'
        until(lambda: failing in server.client.get("/metrics").text)
        server.stop()
        assert server.process.wait(STOP_S) == 0


def test_two_servers_publish_each_fact_once(dsn: str, kafka: Address) -> None:
    with ExitStack() as stack:
        first, second = (stack.enter_context(program(dsn, **settings(kafka))) for _ in range(2))
        for number in range(10):
            (first, second)[number % 2].record(f"s-{number % 3}", f"v-{number}", points=0)
        say(kafka, *((f"s-{n % 3}", reported(f"k-{n}", f"s-{n % 3}", points=0)) for n in range(10)))
        until(lambda: last_position(dsn) >= 20)
        first.kill()
        second.record("s-9", "v-last", points=0)
        time.sleep(1)
        facts = come(kafka, FACTS, last_position(dsn))
        assert len(facts) == last_position(dsn)
        assert len(violations(facts)) == len(set(violations(facts)))
        assert "v-last" in violations(facts)


def test_separate_workers_do_what_a_server_without_them_leaves(
    dsn: str, kafka: Address, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        given = settings(kafka)
        started = [
            stack.enter_context(worker(name, dsn, tmp_path, **given))
            for name in ("project", "publish", "consume", "due", "deliver")
        ]
        server = stack.enter_context(program(dsn, source=NO_WORKERS, **given))
        assert processes(server) == []
        say(kafka, ("s-1", reported("v-1", "s-1")))
        assert violations(come(kafka, FACTS, last_position(dsn) + 1)) == ["v-1"]
        ask = server.client.get
        until(lambda: ask("/v1/sellers/s-1/violations").json().get("violations"))
        until(lambda: ask("/v1/log/checkpoint").status_code == 200)
        for process in started:
            process.send_signal(signal.SIGTERM)
        assert [process.wait(STOP_S) for process in started] == [0] * len(started)
        assert ask("/v1/health/kafka").json()["status"] == "none"


@pytest.mark.parametrize(
    ("words", "given", "says"),
    [
        ("publish", {}, "LEDGER_KAFKA_BOOTSTRAP is not set"),
        ("consume", {}, "LEDGER_KAFKA_BOOTSTRAP is not set"),
        ("due", {"LEDGER_CLOCK": "test"}, "LEDGER_CLOCK=test"),
        ("project", {}, "no server runs in the data folder"),
    ],
)
def test_a_worker_without_use_is_refused(
    tmp_path: Path, words: str, given: dict[str, str], says: str
) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LEDGER_")}
    ran = subprocess.run(
        [sys.executable, "-m", "api.cli", "worker", words, "--data-dir", str(tmp_path)],
        cwd=ROOT, env=kept | given, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ran.returncode == 1
    assert re.search(re.escape(says), ran.stderr) and "Traceback" not in ran.stderr
