"""A receiver of webhooks on this machine: keeps what it got, answers as it is told."""

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self


class Got(NamedTuple):
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Receiver:
    """Listens on loopback inside `with`; `answers` says which status each request gets."""

    def __init__(self, answers: Callable[[Got], int] = lambda _: 204, slow_s: float = 0) -> None:
        self.answers = answers
        self.slow_s = slow_s
        self.got: list[Got] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                got = Got(self.path, headers, body)
                status = receiver.answers(got)
                receiver.got.append(got)
                time.sleep(receiver.slow_s)
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("location", f"{receiver.url}/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def positions(self) -> list[int]:
        return [int(got.json()["position"]) for got in list(self.got)]


def wait_until(true: Callable[[], object], within_s: float = 15) -> None:
    """Return once it is true; fail after a while."""
    until = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < until, "it did not come to that in time"
        time.sleep(0.02)
