"""Logs: one JSON object a line, on standard error, so that standard output stays for people.

A line never holds a path, a query, a body, a header or an exception's words: ids and free
text may be personal and keys are secret. What other libraries log is shown as the place
that logged it and the pattern of its message, never what was filled in.
"""

import atexit
import logging
import sys
import traceback
from collections import deque
from collections.abc import MutableMapping
from contextlib import suppress
from threading import Lock, Thread
from time import gmtime, monotonic, sleep, strftime, time_ns
from typing import Any, BinaryIO, ClassVar, Final, cast

import msgspec
import structlog

_ENCODER: Final = msgspec.json.Encoder(enc_hook=str)
_log: Final = structlog.get_logger("seller-ledger")
_FRAMES: Final = 8
_MOST_HELD: Final = 100_000
"""Lines: where nobody takes them, the oldest are dropped and the server goes on."""
CHATTER_S: Final = 300.0
PAUSE_S: Final = 0.1
"""How long a line may wait to be written."""


class Lines:
    """Lines on their way out, written together ten times a second by a thread of their own.

    A write for each would hand the interpreter to another thread each time: measured, it
    cost a read from memory a fifth of its speed.
    """

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._held = deque[bytes](maxlen=_MOST_HELD)
        self._writing = Lock()
        Thread(target=self._run, name="log lines", daemon=True).start()
        atexit.register(self.empty)

    def write(self, line: bytes) -> None:
        """Take one line, with its end."""
        self._held.append(line)

    def flush(self) -> None:
        """Nothing: they are written soon."""

    def empty(self) -> None:
        """Write what is held."""
        with self._writing, suppress(OSError, ValueError):  # nobody reads them any more
            ready: list[bytes] = []
            with suppress(IndexError):
                while True:
                    ready.append(self._held.popleft())
            if ready:
                self._out.write(b"".join(ready))
                self._out.flush()

    def _run(self) -> None:
        while True:
            sleep(PAUSE_S)
            self.empty()


class RequestLine(msgspec.Struct, frozen=True):
    """What is logged of every request."""

    at: str
    level: str
    event: str
    request_id: str
    correlation_id: str | None
    method: str
    route: str
    """The template of the route, never the path."""
    status: int
    ms: float


class RequestLog:
    """A line for each request: by hand, since structlog takes a few times as long."""

    lines: Lines | None = None
    """Where they go; until logging is set up they are events of structlog."""

    def note(
        self, request_id: str, correlation_id: str | None, method: str, route: str, status: int,
        seconds: float,
    ) -> None:  # fmt: skip
        """One request was answered."""
        ms = round(seconds * 1000, 2)
        line = RequestLine(
            _stamp(), "info", "request", request_id, correlation_id, method, route, status, ms
        )
        if self.lines is not None:
            self.lines.write(_ENCODER.encode(line) + b"\n")
            return
        told = msgspec.structs.asdict(line)
        _log.info(**{name: told[name] for name in told if name not in ("at", "level")})


REQUESTS: Final = RequestLog()


def write_logs_as_json(level: int = logging.INFO, to: BinaryIO | None = None) -> Lines:
    """Set up logging for the whole process; the command line calls it once."""
    out = REQUESTS.lines = Lines(to or sys.stderr.buffer)
    structlog.configure(
        processors=[_line],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(cast(BinaryIO, out)),
        cache_logger_on_first_use=to is None,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Elsewhere()]
    root.setLevel(logging.WARNING)
    return out


def where(failure: BaseException) -> dict[str, Any]:
    """What failed and where, without the words of the error, which may quote a body."""
    frames = traceback.extract_tb(failure.__traceback__)
    return {
        "error": type(failure).__name__,
        "where": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-_FRAMES:]],
    }


def _line(_: object, method: str, event: MutableMapping[str, Any]) -> bytes:
    failure = event.pop("exc_info", None)
    if failure is True:
        failure = sys.exc_info()[1]
    more = where(failure) if isinstance(failure, BaseException) else {}
    return _ENCODER.encode({"at": _stamp(), "level": method, **event, **more})


class _Second:
    """The second that it is, as text: made once and used by all its lines."""

    now: ClassVar[tuple[int, str]] = (0, "")


def _stamp() -> str:
    second, micros = divmod(time_ns() // 1_000, 1_000_000)
    known, text = _Second.now
    if second != known:
        text = strftime("%Y-%m-%dT%H:%M:%S", gmtime(second))
        _Second.now = (second, text)
    return f"{text}.{micros:06d}Z"


class _Elsewhere(logging.Handler):
    """Takes what is logged by the standard library's means, our own libraries' included."""

    def __init__(self) -> None:
        super().__init__()
        self._told_at: dict[tuple[str, int], float] = {}

    def _is_chatter(self, record: logging.LogRecord) -> bool:
        """Whether Kafka's client said the same a short while ago: while no broker answers, it does
        so several times a second.
        """
        if record.name.partition(".")[0] not in ("kafka", "confluent_kafka"):
            return False
        place, now = (record.pathname, record.lineno), monotonic()
        if now - self._told_at.get(place, -CHATTER_S) < CHATTER_S:
            return True
        self._told_at[place] = now
        return False

    def emit(self, record: logging.LogRecord) -> None:
        """Show where it comes from; its message only where that is a pattern or our own."""
        if self._is_chatter(record):
            return
        ours = record.name.partition(".")[0] in ("api", "projections", "ledger")
        says = {"says": record.msg} if isinstance(record.msg, str) and (ours or record.args) else {}
        failure = record.exc_info[1] if record.exc_info else None
        _log.log(
            record.levelno,
            "logged by a library",
            logger=record.name,
            at_line=f"{record.module}:{record.lineno}",
            **says,
            **({} if failure is None else where(failure)),
        )
