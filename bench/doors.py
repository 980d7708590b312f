"""The same violations through every door: `make bench-doors LINES=200000`.

Bare bulk, `seller-ledger import` told now and as a history, and `POST /v1/facts:batch`, each from
one file, in a process and a database of its own, one after another on one server. Prints how fast
lines were durable, the processor time a line took with the program's start and end, and the most
memory that the process held. Behind HTTP the views follow in the server's own process.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Final, NamedTuple

from api.opening import open_ledger, system_now
from api.settings import Settings
from bench.bulk import record
from bench.ground import fresh_database, server, violation_lines
from ledger.facts.instants import DAY_US, format_instant

VIOLATIONS_EACH: Final = 20
HISTORY_US: Final = 60 * DAY_US
"""How long the history took: less than a violation lives, so that bulk records as much."""
READ_AT_ONCE: Final = 64 << 10


class Passed(NamedTuple):
    """How lines came through a door."""

    seconds: float
    processor_s: float
    most_mib: float


def main() -> int:
    """Send the same lines through each door, and print a row for it."""
    count, rounds = int(os.environ.get("LINES", "200000")), int(os.environ.get("ROUNDS", "1"))
    print(f"{'':<22}{'lines/s':>9} {'of bulk':>8} {'us a line':>10} {'MiB':>6}")
    with server() as dsn, TemporaryDirectory(prefix="ledger doors ") as folder:
        for turn in range(rounds):
            bulk_s = 0.0
            now, history = _files(Path(folder), count, turn)
            for number, (name, door) in enumerate(DOORS.items()):
                passed = door(
                    fresh_database(dsn, f"door_{turn}_{number}"),
                    history if "history" in name else now,
                )
                bulk_s = bulk_s or passed.seconds
                print(
                    f"{name:<22}{count / passed.seconds:>9,.0f} {bulk_s / passed.seconds:>7.2f}x "
                    f"{passed.processor_s / count * 1e6:>10.1f} {passed.most_mib:>6.0f}",
                    flush=True,
                )
    return 0


def _files(folder: Path, count: int, seed: int) -> tuple[Path, Path]:
    """A file of commands, and the same as a history that ends now."""
    lines = violation_lines(count, max(1, count // VIOLATIONS_EACH), seed)
    now, history = folder / "now.ndjson", folder / "history.ndjson"
    now.write_bytes(b"\n".join(lines) + b"\n")
    first, step = system_now() - HISTORY_US, HISTORY_US // (count + 1)
    with history.open("wb") as file:
        for number, line in enumerate(lines):
            at = format_instant(first + number * step)
            file.write(b'%b,"recorded_at":"%b"}\n' % (line[:-1], at.encode()))
    return now, history


def _bulk(dsn: str, file: Path) -> Passed:
    return _run([sys.executable, "-m", "bench.doors", str(file)], dsn)


def _import(dsn: str, file: Path, *options: str) -> Passed:
    program = Path(sys.executable).with_name("seller-ledger")
    return _run([str(program), "import", str(file), "--json", *options], dsn)


def _import_history(dsn: str, file: Path) -> Passed:
    return _import(dsn, file, "--history")


def _run(command: list[str], dsn: str) -> Passed:
    """Run a program that prints its seconds; what it used over its whole life."""
    with _begun(command, {"LEDGER_DATABASE_URL": dsn}) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.read())
        assert not told.get("refused"), told
        return _ended(process, told["seconds"])


def _post(dsn: str, file: Path) -> Passed:
    command = [sys.executable, "-m", "bench.serving", "ledger"]
    with _begun(command, {"BENCH_SERVES": dsn}) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        began = time.perf_counter()
        with socket.create_connection(("127.0.0.1", port)) as connection:
            Thread(target=_send, args=(connection, file), daemon=True).start()
            answer, accepted = b"", 0
            while not answer.endswith(b"\r\n0\r\n\r\n"):
                part = connection.recv(READ_AT_ONCE)
                assert part, answer
                answer = answer[-40:] + part
                accepted += answer.count(b'"accepted"') - answer[: -len(part)].count(b'"accepted"')
        seconds = time.perf_counter() - began
        assert accepted == sum(1 for _ in file.open("rb")), accepted
        process.terminate()
        return _ended(process, seconds)


def _send(connection: socket.socket, file: Path) -> None:
    """The file as one request's body, in chunks."""
    connection.sendall(
        b"POST /v1/facts:batch HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n"
        b"content-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    with file.open("rb") as source:
        while part := source.read(READ_AT_ONCE):
            connection.sendall(b"%x\r\n%b\r\n" % (len(part), part))
    connection.sendall(b"0\r\n\r\n")


def _begun(command: list[str], settings: Mapping[str, str]) -> "subprocess.Popen[str]":
    environment = {**os.environ, "LEDGER_AUTH": "off", **settings}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def _ended(process: "subprocess.Popen[str]", seconds: float) -> Passed:
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Passed(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


DOORS: Final[Mapping[str, Callable[[str, Path], Passed]]] = {
    "bulk": _bulk,
    "import": _import,
    "import --history": _import_history,
    "POST facts:batch": _post,
}


def _record(dsn: str, file: Path) -> None:
    with open_ledger(dsn, Settings(auth="off")) as ledger:
        print(json.dumps({"seconds": record(ledger, file.read_bytes().splitlines())}))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _record(os.environ.pop("LEDGER_DATABASE_URL"), Path(sys.argv[1]))
    else:
        sys.exit(main())
