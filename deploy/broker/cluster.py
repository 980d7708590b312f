"""One or several brokers on loopback, each a controller too: formatted, started, seen, stopped."""

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from deploy.broker.programs import CannotRun, jars, java
from deploy.broker.running import Pid, end, leashed

HOST: Final = "127.0.0.1"
# Any will do: it keeps brokers of different clusters apart, and these are apart by their ports.
_CLUSTER_ID: Final = "c2VsbGVyLWxlZGdlci0wMQ"
_START_S: Final = 120.0
_STOP_S: Final = 15.0


class Ports(NamedTuple):
    """Where one broker listens."""

    clients: int
    controller: int
    wires: tuple[tuple[int, int], ...] = ()
    """Further doors: where the broker listens, and where it tells clients to knock instead."""


class Cluster:
    """Brokers 1 to n with their data in `folder`.

    `leash` makes them end with this process, whatever ends it; without it they go on.
    `settings` are added to each broker's own.
    """

    def __init__(
        self,
        folder: Path,
        ports: Sequence[Ports],
        *,
        leash: bool = False,
        java_options: Sequence[str] = ("-Xmx512m",),
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.ports = tuple(ports)
        self._leash = leash
        self._java_options = tuple(java_options)
        self._settings = dict(settings or {})

    @property
    def bootstrap(self) -> str:
        """Where clients begin: every broker's `host:port`, with commas."""
        return ",".join(f"{HOST}:{each.clients}" for each in self.ports)

    def through(self, wire: int) -> str:
        """Where clients begin who go through that proxy, counted from 0."""
        return ",".join(f"{HOST}:{each.wires[wire][1]}" for each in self.ports)

    def start(self, *numbers: int, wait: bool = True) -> None:
        """Start these brokers, or all, and return when all that run are seen by a client.

        Raises `CannotRun` with what a broker said when it does not start.
        """
        chosen = numbers or tuple(range(1, len(self.ports) + 1))
        for number in chosen:
            if self.pid(number) is None:
                self._format(number)
                self._begin(number)
        if wait:
            for number in chosen:
                self._wait_for(number)

    def kill(self, *numbers: int) -> None:
        """End these brokers, or all, without notice, as a power cut would."""
        for pid in self._pids(numbers):
            end([pid], signal.SIGKILL, _STOP_S)

    def stop(self, *numbers: int) -> None:
        """Ask these brokers, or all, to end; those that do not are ended."""
        end(self._pids(numbers), signal.SIGTERM, _STOP_S)
        for number in numbers or range(1, len(self.ports) + 1):
            self._pid_file(number).unlink(missing_ok=True)

    def pid(self, number: int) -> int | None:
        """The broker's process while it lives; a number that another process has now is not it."""
        found = Pid.read(self._pid_file(number))
        return found.number if found and found.lives() else None

    def log(self, number: int) -> Path:
        """Where the broker writes what it does."""
        return self.folder / f"broker-{number}.log"

    def _pids(self, numbers: Sequence[int]) -> list[int]:
        asked = (self.pid(number) for number in numbers or range(1, len(self.ports) + 1))
        return [pid for pid in asked if pid is not None]

    def _pid_file(self, number: int) -> Path:
        return self.folder / f"broker-{number}.pid"

    def _properties(self, number: int) -> Path:
        return self.folder / f"broker-{number}.properties"

    def _data(self, number: int) -> Path:
        return self.folder / f"broker-{number}"

    def _format(self, number: int) -> None:
        """Write the broker's settings anew, and its empty storage where there is none."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lines = [f"{name}={value}\n" for name, value in self._chosen(number).items()]
        self._properties(number).write_text("".join(lines))
        if (self._data(number) / "meta.properties").exists():
            return
        shutil.rmtree(self._data(number), ignore_errors=True)
        formatted = self._java(
            "kafka.tools.StorageTool", "format", "--cluster-id", _CLUSTER_ID,
            "--config", str(self._properties(number)),
        )  # fmt: skip
        made = subprocess.run(formatted, capture_output=True, text=True, check=False)
        if made.returncode:
            raise CannotRun(
                f"Broker {number}'s storage could not be made:\n{made.stdout}{made.stderr}"
            )

    def _chosen(self, number: int) -> dict[str, str]:
        """The broker's settings: small, on loopback, and as durable as its number allows."""
        mine, several = self.ports[number - 1], len(self.ports) >= 3
        wires = [(f"WIRE{n}", inside, told) for n, (inside, told) in enumerate(mine.wires)]
        doors = [("PLAIN", mine.clients, mine.clients), *wires]
        copies = "3" if several else "1"
        protocols = ["CONTROLLER:PLAINTEXT", *(f"{name}:PLAINTEXT" for name, *_ in doors)]
        return {
            "process.roles": "broker,controller",
            "node.id": str(number),
            "controller.quorum.voters": ",".join(
                f"{n}@{HOST}:{each.controller}" for n, each in enumerate(self.ports, start=1)
            ),
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAIN",
            "listeners": ",".join(
                [f"CONTROLLER://{HOST}:{mine.controller}"]
                + [f"{name}://{HOST}:{inside}" for name, inside, _ in doors]
            ),
            "advertised.listeners": ",".join(f"{name}://{HOST}:{told}" for name, _, told in doors),
            "listener.security.protocol.map": ",".join(protocols),
            "log.dirs": str(self._data(number)),
            "auto.create.topics.enable": "false",
            "default.replication.factor": copies,
            "min.insync.replicas": "2" if several else "1",
            "offsets.topic.replication.factor": copies,
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": "2" if several else "1",
            "transaction.state.log.num.partitions": "4",
            "group.initial.rebalance.delay.ms": "0",
            **self._settings,
        }

    def _java(self, program: str, *arguments: str) -> list[str]:
        options = [*self._java_options, "-Dorg.slf4j.simpleLogger.showDateTime=true"]
        return [str(java()), *options, "-cp", f"{jars()}/*", program, *arguments]

    def _begin(self, number: int) -> None:
        command = self._java("kafka.Kafka", str(self._properties(number)))
        if self._leash:
            command = leashed(command)
        with self.log(number).open("ab") as log:
            begun = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.folder, start_new_session=True,
            )  # fmt: skip
        Pid.of(begun.pid).write(self._pid_file(number))
        _unburied.append(begun)

    def _wait_for(self, number: int) -> None:
        until = time.monotonic() + _START_S
        while number not in _seen(f"{HOST}:{self.ports[number - 1].clients}"):
            if self.pid(number) is None or time.monotonic() > until:
                said = self.log(number).read_bytes()[-1500:].decode(errors="replace")
                raise CannotRun(f"Broker {number} did not start. It said:\n{said}")
            time.sleep(0.2)


_unburied: list[subprocess.Popen[bytes]] = []
"""Held, so that Python does not complain of children that are meant to go on."""


def free_ports(number: int, wires: int = 0) -> list[Ports]:
    """Ports for that many brokers that nobody listens at now."""
    held: list[socket.socket] = []

    def one() -> int:
        held.append(socket.create_server((HOST, 0)))
        return held[-1].getsockname()[1]

    found = [
        Ports(one(), one(), tuple((one(), one()) for _ in range(wires))) for _ in range(number)
    ]
    for each in held:
        each.close()
    return found


def is_free(port: int) -> bool:
    """Whether nobody listens at the port."""
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True


def _seen(bootstrap: str) -> set[int]:
    """The brokers that a client of this one sees at work."""
    with suppress(KafkaError, OSError):
        way: dict[str, Any] = {"bootstrap_servers": bootstrap, "bootstrap_timeout_ms": 2000}
        client = KafkaAdminClient(**way)
        try:
            return {each["broker_id"] for each in client.describe_cluster()["brokers"]}
        finally:
            client.close()
    return set()
