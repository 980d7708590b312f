"""Apache Kafka for a test run: one broker that all its workers share, and clusters of their own."""

import fcntl
import json
import os
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import IO, Final, NamedTuple

import pytest

from deploy.broker.cluster import Cluster
from deploy.broker.programs import CannotRun, jars, java, locked
from deploy.broker.running import Pid
from projections.broker.address import Address
from projections.broker.preparing import ensure_topics
from projections.broker.topics import TOPICS

ROOT: Final = Path(__file__).resolve().parents[2]
WIRES: Final = 4
"""Doors of the shared broker that are reached through a proxy; each worker takes one."""
PARTITIONS: Final = 3
"""Of a test's own topics; fewer than in earnest, since each costs the broker files."""
SETTINGS: Final = {
    # What is told on the topics of one test is gone with the run.
    "transaction.max.timeout.ms": "900000",
    "message.max.bytes": "1048588",
}
_START_S: Final = 180.0


class Shared(NamedTuple):
    """The broker that a run's workers share."""

    bootstrap: str
    wires: tuple[tuple[int, int], ...] = ()


def or_skip() -> None:
    """Skip where no broker can be run, with the reason; KAFKA_TESTS=must makes that a failure."""
    try:
        java()
        jars()
    except CannotRun as why:
        if os.environ.get("KAFKA_TESTS") == "must":
            pytest.fail(str(why), pytrace=False)
        pytest.skip(str(why))


def shared(folder: Path) -> Shared:
    """The run's broker, started by the worker that asks first, and ended with the last of them."""
    given = os.environ.get("LEDGER_KAFKA_BOOTSTRAP")
    if given:
        return Shared(given)
    or_skip()
    folder.mkdir(exist_ok=True)
    with locked(folder / "starting"):
        _hold(folder)
        keeper = Pid.read(folder / "keeper.pid")
        if keeper is None or not keeper.lives():
            _start_keeper(folder)
    told = json.loads((folder / "ready.json").read_text())
    return Shared(told["bootstrap"], tuple((inside, outside) for inside, outside in told["wires"]))


_held: dict[Path, IO[str]] = {}


def _hold(folder: Path) -> None:
    """Take the lock that keeps the broker; it ends with this process, however that ends."""
    if folder not in _held:
        _held[folder] = (folder / "users").open("a")
        fcntl.flock(_held[folder], fcntl.LOCK_SH)


def _start_keeper(folder: Path) -> None:
    for stale in ("ready.json", "failed"):
        (folder / stale).unlink(missing_ok=True)
    command = [sys.executable, "-m", "deploy.broker", "keep", f"--folder={folder}"]
    command += [f"--wires={WIRES}", f"--settings={json.dumps(SETTINGS)}"]
    with (folder / "keeper.log").open("ab") as log:
        # A session of its own: Ctrl+C ends the tests first, and the broker after them.
        keeper = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
    Pid.of(keeper.pid).write(folder / "keeper.pid")
    until = time.monotonic() + _START_S
    while not (folder / "ready.json").exists():
        if keeper.poll() is not None or time.monotonic() > until:
            pytest.fail(f"No broker: {(folder / 'keeper.log').read_text()[-1500:]}", pytrace=False)
        time.sleep(0.1)


def own_topics(bootstrap: str) -> Address:
    """An address whose topics are made, and nobody else's."""
    address = Address(bootstrap, prefix=f"test-{uuid.uuid4().hex[:12]}.")
    assert make_topics(address) == []
    return address


def make_topics(address: Address) -> list[str]:
    """Make those that are missing, small as tests have them."""
    small = [each._replace(partitions=min(each.partitions, PARTITIONS)) for each in TOPICS]
    return ensure_topics(address, small)


def brokers(cluster: Cluster) -> set[int]:
    """Those of the cluster that live."""
    return {n for n in range(1, len(cluster.ports) + 1) if cluster.pid(n)}
