"""The whole server as `make run` has it, which also says what a page asked, if it is asked to.

`python -m bench.console_served` serves the folder of `LEDGER_DATA_DIR`, and prints its port once
every view has caught up.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final

import httpx
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.logs import write_logs_as_json
from api.parts import open_parts
from api.serve import application, once_ready
from api.server import serve
from api.settings import read_settings

TELL: Final = b"bench-questions"
"""A request with this header is answered with one: what its page asked under /v1."""
NOTARY_S: Final = 120.0
_ASKED: ContextVar[list[list[str]] | None] = ContextVar("asked", default=None)


class Questions:
    """The outermost layer: sees a page's request, and the page's own to /v1."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI asks."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif any(name == TELL for name, _ in scope["headers"]):
            await self._telling(scope, receive, send)
        else:
            asked = _ASKED.get()
            if asked is not None:
                receive = await _noted(asked, scope, receive)
            await self._app(scope, receive, send)

    async def _telling(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked: list[list[str]] = []
        _ASKED.set(asked)

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = (TELL, json.dumps(asked).encode())
                message["headers"] = [*message["headers"], said]
            await send(message)

        await self._app(scope, receive, send_on)


async def _noted(asked: list[list[str]], scope: Scope, receive: Receive) -> Receive:
    """Note the question; its body can be read once, so it is handed on again."""
    message = await receive()
    query = scope["query_string"].decode()
    path = scope["raw_path"].decode() + (f"?{query}" if query else "")
    asked.append([scope["method"], path, message.get("body", b"").decode()])
    waiting = [message]

    async def again() -> Message:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    return again


@contextmanager
def served(folder: Path) -> Generator[tuple[str, int]]:
    """A server over a folder: where it answers, and its process. Its notary has signed."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LEDGER_")}
    settings = {"LEDGER_AUTH": "off", "LEDGER_DATA_DIR": str(folder)}
    command = [sys.executable, "-m", "bench.console_served"]
    process = subprocess.Popen(command, env={**kept, **settings}, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        base = f"http://127.0.0.1:{int(process.stdout.readline())}"
        _wait_for_notary(base)
        yield base, process.pid
    finally:
        process.terminate()
        process.wait(60)


def _wait_for_notary(base: str) -> None:
    """Until the newest checkpoint holds every fact."""
    until = time.monotonic() + NOTARY_S
    while time.monotonic() < until:
        position: Any = httpx.get(f"{base}/v1/policies").headers["ledger-position"]
        found = httpx.get(f"{base}/v1/log/checkpoint")
        if found.status_code == 200 and int(found.text.splitlines()[1]) >= int(position):
            return
        time.sleep(0.5)
    raise TimeoutError("the newest checkpoint does not hold the newest fact")


def _serve() -> None:
    write_logs_as_json(to=Path(os.devnull).open("wb"))  # noqa: SIM115
    with open_parts(read_settings()) as parts:
        app = application(parts)
        app.add_middleware(Questions)
        say = once_ready(parts, lambda _, port: print(port, flush=True))
        serve(app, "127.0.0.1", 0, say, parts.stopping)


if __name__ == "__main__":
    _serve()
