"""`make broker` and `make broker-stop`: brokers that go on when the command has ended. And
`make broker-read` and `make broker-send`: what stands on a topic of theirs, and more of it.

python -m deploy.broker start [--port 9092] [--brokers 3] [--folder .data/broker] | stop | keep
python -m deploy.broker read --topic seller-ledger.facts.v1 | send
"""

import argparse
import fcntl
import json
import sys
from pathlib import Path
from typing import Final

from deploy.broker.cluster import Cluster, Ports, free_ports, is_free
from deploy.broker.console import become, reading, writing
from deploy.broker.programs import CACHE, CannotRun, locked

USUAL_PORT: Final = 9092
COMMANDS: Final = "seller-ledger.commands.v1"
_BROKERS_AT_MOST: Final = 9


def start(folder: Path, brokers: int | None, port: int | None) -> None:
    """Start brokers, or say that they run already; the last line is where clients begin."""
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / "start.lock"):
        cluster = _left_in(folder)
        if cluster is not None and _runs(cluster):
            _refuse_others(cluster, brokers, port)
            cluster.start()  # those of them that have ended since
            print(f"Apache Kafka runs already; `make broker-stop` ends it. Its log: {folder}")
        else:
            cluster = _prepared(folder, cluster, brokers, port)
            print(f"Starting Apache Kafka; its data and log: {folder}", flush=True)
            try:
                cluster.start()
            except BaseException:
                cluster.kill()
                raise
    print(cluster.bootstrap)


def stop(folder: Path) -> None:
    """Stop what was started in the folder; its data stay."""
    cluster = _left_in(folder)
    if cluster is None or not _runs(cluster):
        print(f"No broker of {folder} runs.")
        return
    cluster.stop()
    print(f"Stopped. The data stay in {folder}.")


def bootstrap(folder: Path) -> str:
    """Where clients begin of what runs in the folder. Raises `CannotRun` where nothing does."""
    cluster = _left_in(folder)
    if cluster is None or not _runs(cluster):
        raise CannotRun(f"No broker of {folder} runs: start one with `make broker`.")
    return cluster.bootstrap


def keep(folder: Path, wires: int, settings: dict[str, str]) -> None:
    """Run one broker for as long as anybody holds a shared lock on the folder's `users`.

    For test runs: a lock ends with its process, so nothing is left when a run is killed.
    """
    cluster = Cluster(
        folder, free_ports(1, wires), leash=True, java_options=QUICK, settings=settings
    )
    try:
        cluster.start()
    except CannotRun as why:
        (folder / "failed").write_text(str(why))
        raise
    told = {"bootstrap": cluster.bootstrap, "wires": cluster.ports[0].wires}
    fresh = folder / "ready.new"
    fresh.write_text(json.dumps(told))
    fresh.rename(folder / "ready.json")
    with (folder / "users").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_EX)
    cluster.kill()


QUICK: Final = ("-Xmx400m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""For brokers that live for a few minutes: they are up sooner, and leave more to others."""


def _left_in(folder: Path) -> Cluster | None:
    """The cluster that was last started in the folder."""
    try:
        ports = json.loads((folder / "ports.json").read_text())
    except FileNotFoundError:
        return None
    return Cluster(folder, [Ports(*each) for each in ports])


def _runs(cluster: Cluster) -> bool:
    return any(cluster.pid(number) for number in range(1, len(cluster.ports) + 1))


def _refuse_others(running: Cluster, brokers: int | None, port: int | None) -> None:
    if brokers not in (None, len(running.ports)) or port not in (None, running.ports[0].clients):
        raise CannotRun(
            f"{len(running.ports)} broker(s) run already at {running.bootstrap}: "
            "`make broker-stop` first, then start others."
        )


def _prepared(folder: Path, last: Cluster | None, brokers: int | None, port: int | None) -> Cluster:
    """The cluster to start: what the last one's data ask for, at ports that are free."""
    if last is not None and brokers not in (None, len(last.ports)):
        raise CannotRun(
            f"{folder} holds the data of {len(last.ports)} broker(s): start as many with "
            f"BROKERS={len(last.ports)}, or remove the folder."
        )
    if port is not None and not is_free(port):
        raise CannotRun(f"Port {port} is in use: choose another with PORT=, or leave PORT away.")
    ports = free_ports(len(last.ports) if last else brokers or 1)
    first = port or next(
        (each for each in (last and last.ports[0].clients, USUAL_PORT) if each and is_free(each)),
        ports[0].clients,
    )
    ports[0] = ports[0]._replace(clients=first)
    (folder / "ports.json").write_text(json.dumps(ports))
    return Cluster(folder, ports)


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m deploy.broker")
    parser.add_argument("what", choices=["start", "stop", "keep", "read", "send"])
    parser.add_argument("--folder", type=Path, default=CACHE / "broker")
    parser.add_argument("--port", type=int, help=f"absent: {USUAL_PORT}, or any that is free")
    parser.add_argument("--brokers", type=int, choices=range(1, _BROKERS_AT_MOST + 1))
    parser.add_argument("--wires", type=int, default=0)
    parser.add_argument("--topic", default=COMMANDS)
    parser.add_argument("--settings", type=json.loads, default={})
    asked = parser.parse_args()
    folder: Path = asked.folder.resolve()
    try:
        match asked.what:
            case "start":
                start(folder, asked.brokers, asked.port)
            case "stop":
                stop(folder)
            case "read":
                become(reading(bootstrap(folder), asked.topic))
            case "send":
                become(writing(bootstrap(folder), asked.topic))
            case _:
                keep(folder, asked.wires, asked.settings)
    except CannotRun as why:
        sys.exit(str(why))


if __name__ == "__main__":
    main()
