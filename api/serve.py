"""`seller-ledger serve`: starts everything here, says when it is ready, stops cleanly."""

import sys
import threading
import time
from collections.abc import Callable
from typing import Final

from fastapi import FastAPI

from api.app import create_app
from api.console.openid.client import client_of
from api.console.pages import CONSOLE
from api.logs import write_logs_as_json
from api.metrics_of_process import ProcessNumbers
from api.metrics_of_what_if import WhatIfNumbers
from api.parts import LedgerParts, open_parts
from api.routes import OPEN, ROUTERS
from api.server import serve
from api.settings import Settings, refuse_open_doors
from api.tracing import tracing
from ledger.store.refusals import Unavailable

_TELL_AFTER_S: Final = 2.0
_LOOK_S: Final = 0.02
_WAYS: Final = {"keys": "keys are asked for", "off": "no keys are asked for: this machine only"}


def application(parts: LedgerParts) -> FastAPI:
    """The application that answers every route from these parts."""
    app = create_app(parts, (*ROUTERS, *OPEN, *CONSOLE))
    app.state.visitors = parts.visitors
    app.state.metrics.sources += [
        ProcessNumbers(parts),
        parts.database_numbers,
        WhatIfNumbers(parts.what_if, lambda: parts.ledger.memory.head.last_position),
    ]
    return app


def serve_ledger(settings: Settings, host: str, port: int, *, works: bool = True) -> None:
    """Serve until SIGINT or SIGTERM; without `works`, requests are answered and nothing else done.

    Raises `BadSettings`, and whatever keeps the database, the log or the address from us:
    `FolderInUse`, `ServerUnavailable`, `DatabaseIsNewer`, `AddressTaken`, a `Refusal`.
    """
    refuse_open_doors(settings, host)
    client_of(settings)  # refused before anything is opened
    write_logs_as_json()

    def say_ready(at: str, on: int) -> None:
        where = f"[{at}]" if ":" in at else at
        clock = "the sandbox clock, " if settings.clock == "test" else ""
        sys.stdout.write(
            f"seller-ledger is ready at http://{where}:{on} "
            f"({clock}{_WAYS[settings.auth]}; try /console/ and /v1/docs)\n"
        )
        sys.stdout.flush()

    with open_parts(settings, works=works) as parts:
        app = application(parts)
        with tracing(app, parts.ledger):
            serve(app, host, port, once_ready(parts, say_ready), parts.stopping)


def once_ready(parts: LedgerParts, say: Callable[[str, int], None]) -> Callable[[str, int], None]:
    """`say`, held back until every view has caught up; standings are answered meanwhile."""

    def wait(at: str, on: int) -> None:
        told = False
        until = time.monotonic() + _TELL_AFTER_S
        while (why_not := _why_not(parts)) is not None:
            if time.monotonic() > until and not told:
                told = True
                sys.stderr.write(f"seller-ledger answers, and its views catch up: {why_not}\n")
            time.sleep(_LOOK_S)
        say(at, on)

    def begin(at: str, on: int) -> None:
        threading.Thread(target=wait, args=(at, on), name="ready", daemon=True).start()

    return begin


def _why_not(parts: LedgerParts) -> str | None:
    try:
        return parts.ready()
    except Unavailable as away:
        return str(away)
