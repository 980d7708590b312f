"""Batches: commands as lines, read as they arrive, written a thousand at a time, answered in order.

Three tasks pass chunks on through queues that hold little, so that a client who sends faster
than the ledger writes, or reads slower than it answers, is made to wait.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import aclosing
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec
import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.access import Actor
from api.bodies import NDJSON, Numbered, command_in, lines_of
from api.problems import BROKEN, Problem, problem_of
from api.representations import position_text
from api.writing import outcomes_of, signed
from ledger.earlier import Earlier
from ledger.facts.refusal import Refusal
from ledger.ledger import Ledger
from ledger.store.keeping import Told
from ledger.taking.requests import Outcome, Receipt
from ledger.taking.requests import Request as Wish

LINES_AT_ONCE: Final = 1_000
PARTS_WAITING: Final = 4
"""Parts of a body, with the lines that arrived together; a server gives some 64 KiB at a time."""
CHUNKS_IN_FLIGHT: Final = 3

_log: Final = structlog.get_logger("seller-ledger")
_encoder: Final = msgspec.json.Encoder()


class Accepted(msgspec.Struct, frozen=True, tag_field="status", tag="accepted", gc=False):
    """A line whose facts are durable; `replayed` where they were so before."""

    line: int
    position: str
    replayed: bool


class Refused(msgspec.Struct, frozen=True, tag_field="status", tag="refused"):
    """A line that changed nothing, and why."""

    line: int
    problem: Problem


LineAnswer: TypeAlias = Accepted | Refused


class _Line(NamedTuple):
    number: int
    wish: Wish | Refusal
    """What the line asks for; a refusal where it cannot be read or may not be asked."""


class _Chunk(NamedTuple):
    lines: list[_Line]
    outcomes: "asyncio.Task[list[Outcome | _Broken]]"
    """Of the lines that ask for something, in order."""


class NdjsonStream(Response):
    """Lines sent as they are made, while the request is still being read.

    Starlette's own streaming answer reads the request too, to see a client leave; here that
    would take lines away from the batch.
    """

    media_type = NDJSON

    def __init__(self, lines: AsyncGenerator[bytes]) -> None:
        self._lines = lines
        self.status_code = 200
        self.background = None
        self.init_headers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        async with aclosing(self._lines) as answered:
            async for lines in answered:
                await send({"type": "http.response.body", "body": lines, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def answers_to(
    request: Request, actor: Actor, ledger: Ledger, correlation_id: str | None
) -> AsyncGenerator[bytes]:
    """The answer's lines, a few at a time, in the order of the request's."""
    parts: asyncio.Queue[list[Numbered] | None] = asyncio.Queue(PARTS_WAITING)
    chunks: asyncio.Queue[_Chunk | None] = asyncio.Queue(CHUNKS_IN_FLIGHT)

    async def read() -> None:
        async for arrived in lines_of(request):
            for start in range(0, len(arrived), LINES_AT_ONCE):
                await parts.put(arrived[start : start + LINES_AT_ONCE])

    async def submit() -> None:
        async for waiting in _together(parts):
            read_lines = [_read(number, line, actor, correlation_id) for number, line in waiting]
            wishes = [found.wish for found in read_lines if isinstance(found.wish, Wish)]
            writing = asyncio.create_task(_outcomes(ledger, wishes))
            await chunks.put(_Chunk(read_lines, writing))

    tasks = [
        asyncio.create_task(_to_the_end(read(), parts)),
        asyncio.create_task(_to_the_end(submit(), chunks)),
    ]
    try:
        while (chunk := await chunks.get()) is not None:
            outcomes = iter(await chunk.outcomes)
            told = [
                (line, next(outcomes) if isinstance(line.wish, Wish) else line.wish)
                for line in chunk.lines
            ]
            if any(isinstance(outcome, Told) for _, outcome in told):
                yield await run_in_threadpool(_answers, ledger, told)
            else:
                yield _answers(ledger, told)
    finally:
        for task in tasks:
            task.cancel()


async def _to_the_end(work: Coroutine[Any, Any, None], queue: "asyncio.Queue[Any]") -> None:
    """Do the work and mark the queue's end, however it went, so that its reader does not hang."""
    try:
        await work
    except ClientDisconnect:
        pass  # what arrived whole is written, though nobody reads the answer
    except Exception as failure:  # noqa: BLE001
        _log.error("batch broke off", error=type(failure).__name__)
    await queue.put(None)


async def _together(
    parts: "asyncio.Queue[list[Numbered] | None]",
) -> AsyncIterator[list[Numbered]]:
    """The lines that have arrived, a thousand or somewhat more at once; a lone line waits for no
    others.
    """
    while (waiting := await parts.get()) is not None:
        while len(waiting) < LINES_AT_ONCE and not parts.empty():
            following = parts.get_nowait()
            if following is None:
                parts.put_nowait(None)
                break
            waiting += following
        yield waiting


def _read(number: int, line: bytes, actor: Actor, correlation_id: str | None) -> _Line:
    try:
        return _Line(number, signed(command_in(line), actor, None, correlation_id))
    except Refusal as refusal:
        return _Line(number, refusal)


async def _outcomes(ledger: Ledger, wishes: list[Wish]) -> "list[Outcome | _Broken]":
    """What became of the wishes; what hinders all of them is told to each."""
    try:
        return list(await outcomes_of(ledger, wishes)) if wishes else []
    except Refusal as refusal:
        return [refusal for _ in wishes]
    except Exception as failure:  # noqa: BLE001 - the lines behind have to be answered too
        _log.error("batch failed", error=type(failure).__name__)
        return [_Broken() for _ in wishes]


class _Broken(Exception):
    """The ledger failed; only this module knows it, and tells it as `BROKEN`."""


def _answers(ledger: Ledger, told: "list[tuple[_Line, Outcome | _Broken]]") -> bytes:
    earlier = ledger.earlier(outcome for _, outcome in told)
    return _encoder.encode_lines([_answer(earlier, line, outcome) for line, outcome in told])


def _answer(earlier: Earlier, line: _Line, outcome: "Outcome | _Broken") -> LineAnswer:
    try:
        match outcome:
            case Receipt():
                return Accepted(line.number, position_text(outcome.facts[-1].position), False)
            case Told():
                assert isinstance(line.wish, Wish)
                before = earlier.facts(line.wish.command, outcome)
                return Accepted(line.number, position_text(before[-1].position), True)
            case Refusal() | _Broken():
                raise outcome
    except _Broken:
        return Refused(line.number, BROKEN)
    except Refusal as refusal:
        return Refused(line.number, problem_of(refusal))
