"""Logs: one JSON object a line, on standard error, so that standard output stays for people.

A line never holds a path, a query, a body, a header or an exception's words: ids and free
text may be personal and keys are secret. What other libraries log is shown as the place
that logged it and the pattern of its message, never what was filled in.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from time import gmtime, strftime, time_ns
from typing import Any, BinaryIO, ClassVar, Final

import msgspec
import structlog

_ENCODER: Final = msgspec.json.Encoder(enc_hook=str)
_FRAMES: Final = 8
_log: Final = structlog.get_logger("seller-ledger")


def write_logs_as_json(level: int = logging.INFO, to: BinaryIO | None = None) -> None:
    """Set up logging for the whole process; the command line calls it once."""
    out = to or sys.stderr.buffer
    structlog.configure(
        processors=[_line],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(out),
        cache_logger_on_first_use=to is None,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Elsewhere()]
    root.setLevel(logging.WARNING)


def where(failure: BaseException) -> dict[str, Any]:
    """What failed and where, without the words of the error, which may quote a body."""
    frames = traceback.extract_tb(failure.__traceback__)
    return {
        "error": type(failure).__name__,
        "where": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-_FRAMES:]],
    }


def _line(_: object, method: str, event: MutableMapping[str, Any]) -> bytes:
    return _ENCODER.encode({"at": _stamp(), "level": method, **event})


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

    def emit(self, record: logging.LogRecord) -> None:
        """Show where it comes from; its message only where that is a pattern or our own."""
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
