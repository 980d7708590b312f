"""The server as a real process: one process, one owner of its port, a clean end."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

SERVED = Path(__file__).with_name("served.py")
ROOT = Path(__file__).resolve().parents[2]


class Running:
    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(SERVED), *arguments],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.strip())
            if line.startswith("listening"):
                self.port = int(line.split()[2])
                break

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out, err


@pytest.fixture
def running() -> Iterator[Running]:
    server = Running("0")
    yield server
    server.process.kill()
    server.process.wait()


def asking(address: str, answers: list[str]) -> threading.Thread:
    def ask() -> None:
        answers.append(httpx.get(address, timeout=20).text)

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.3)
    return thread


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(running: Running, number: signal.Signals) -> None:
    assert httpx.get(running.address("pid")).text == str(running.process.pid)
    running.process.send_signal(number)
    assert running.end() == (0, "ended\n", "")
    assert running.said == ["started", f"listening 127.0.0.1 {running.port}"]


def test_requests_in_flight_are_answered_and_new_ones_are_not(running: Running) -> None:
    answers: list[str] = []
    threads = [asking(running.address(path), answers) for path in ("slow", "blocking")]
    running.process.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    with pytest.raises(httpx.TransportError):
        httpx.get(running.address("pid"))
    for thread in threads:
        thread.join()
    assert answers == ["done", "done"]
    assert running.end() == (0, "ended\n", "")


def test_a_second_signal_does_not_wait(running: Running) -> None:
    with httpx.stream("GET", running.address("endless"), timeout=20) as stream:
        ticks = stream.iter_lines()
        assert next(ticks) == "tick"
        running.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        assert (running.process.poll(), next(ticks)) == (None, "tick")
        running.process.send_signal(signal.SIGTERM)
        assert running.end() == (0, "ended\n", "")


def test_half_an_answer_is_never_taken_for_a_whole(running: Running) -> None:
    with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
        httpx.get(running.address("half"))
    assert httpx.get(running.address("pid")).status_code == 200


def test_a_port_has_one_server(running: Running) -> None:
    second = Running(str(running.port))
    code, out, err = second.end()
    assert (code, out, second.said) == (1, "", [])
    assert f"cannot listen on 127.0.0.1 port {running.port}" in err


def test_what_does_not_start_says_so_and_listens_nowhere() -> None:
    broken = Running("0", "--broken")
    code, _, err = broken.end()
    assert (code, broken.said) == (1, [])
    assert "the parts do not start" in err
