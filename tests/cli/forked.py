"""Commands as processes of their own that need not import everything first.

Importing takes a command longer than its work, and a run of the tests is some hundreds of them.
So each is forked from one process that has imported what commands import. From there on it is as
`python -m api.cli` begins it: its own environment, words, streams and status, and its own end.
"""

import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Final

ROOT: Final = Path(__file__).resolve().parents[2]
IMPORTED: Final = (
    "api.cli", "api.doctor", "api.explaining", "api.exporting", "api.importing", "api.looking",
    "api.opening", "api.reads", "api.serve", "api.upkeep", "api.webhooks", "rich.table",
    "projections.rebuilding", "typer.rich_utils",
)  # fmt: skip
"""What most commands use. The rest each imports by itself, as all of them do in earnest."""
_REQUEST_BYTES: Final = 1 << 20
_STREAMS: Final = (0, 1, 2)


class Commands:
    """Runs commands, one process each; begins when the first is asked for."""

    def __init__(self) -> None:
        self._door: socket.socket | None = None
        self._lock = threading.Lock()

    def run(
        self, words: Sequence[str], environment: Mapping[str, str], timeout_s: float
    ) -> "subprocess.CompletedProcess[str]":
        """As `subprocess.run` would, and what it printed as text."""
        told = json.dumps([list(words), dict(environment)]).encode()
        ours, theirs = socket.socketpair()
        with ours, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            with theirs, self._lock:
                given = [0, out.fileno(), err.fileno(), theirs.fileno()]
                socket.send_fds(self._opened(), [told], given)
            ours.settimeout(timeout_s)
            with ours.makefile() as answers:
                pid = int(answers.readline())
                try:
                    status = int(answers.readline())
                except TimeoutError:
                    os.kill(pid, signal.SIGKILL)
                    raise subprocess.TimeoutExpired(list(words), timeout_s) from None
            return subprocess.CompletedProcess(list(words), status, _text(out), _text(err))

    def _opened(self) -> socket.socket:
        if self._door is None:
            self._door, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
            kept = {k: v for k, v in os.environ.items() if not k.startswith("LEDGER_")}
            with theirs:
                subprocess.Popen(
                    [sys.executable, "-m", "tests.cli.forked", str(theirs.fileno())],
                    cwd=ROOT, env=kept, pass_fds=[theirs.fileno()],
                )  # fmt: skip
        return self._door


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


def next_command(door: socket.socket) -> list[str]:
    """The words of a command that is asked for: returns in the process that is to run it."""
    while True:
        told, given, _, _ = socket.recv_fds(door, _REQUEST_BYTES, 4)
        if not told:  # whoever asked is gone
            os._exit(0)
        if not os.fork():
            words, environment = json.loads(told)
            door.close()
            _mind(given[3])
            _become(environment, given)
            return words
        for each in given:
            os.close(each)


def _mind(answers: int) -> None:
    """Wait for the command and tell its status; returns in a child, which is the command."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    command = os.fork()
    if not command:
        return
    os.write(answers, b"%d\n" % command)
    _, status = os.waitpid(command, 0)
    os.write(answers, b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _become(environment: dict[str, str], given: list[int]) -> None:
    for stream, file in zip(_STREAMS, given, strict=False):
        os.dup2(file, stream)
    for each in given:
        os.close(each)
    os.environ.clear()
    os.environ.update(environment)


if __name__ == "__main__":
    for module in IMPORTED:
        __import__(module)
    # What all share stays shared: a collection would write to each of its pages.
    gc.freeze()
    # Nobody waits for those who mind the commands.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    sys.argv = ["api.cli", *next_command(socket.socket(fileno=int(sys.argv[1])))]
    del sys.modules["api.cli"]
    runpy.run_module("api.cli", run_name="__main__", alter_sys=True)
