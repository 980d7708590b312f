"""Bodies: how they are read into the ledger's own structs, and how answers are written.

A body says only what the address has not said already: path parameters are merged
in, so that a request over HTTP and a line of a batch become the same command.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, Generic, TypeAlias, TypeVar, cast

import msgspec
from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from api.mistakes import mistake_in, mistake_in_line
from api.refusals import (
    BodyTooLarge,
    BodyTooSlow,
    MalformedBody,
    NotAcceptable,
    WrongMediaType,
)
from ledger.decide.commands import Command

JSON_AT_MOST: Final = 1 << 20
LINE_AT_MOST: Final = 64 << 10
BODY_S: Final = 30
"""How long a body that is read whole may be on its way."""
NDJSON: Final = "application/x-ndjson"
LINES: Final = frozenset({NDJSON, "application/ndjson", "application/jsonl"})

Shape = TypeVar("Shape")
Numbered: TypeAlias = tuple[int, bytes]
"""A line and its number, counted from 1."""


class Reading(Generic[Shape]):
    """A dependency that reads the JSON body into `shape`; the OpenAPI document asks it which."""

    def __init__(self, shape: type[Shape], *, optional: bool = False) -> None:
        self.shape = shape
        self.optional = optional

    async def __call__(self, request: Request) -> Shape:
        body = await whole_body(request)
        if self.optional and not body:
            return into(self.shape, b"{}", request.path_params)
        expect_media_type(request, frozenset({"application/json"}))
        return into(self.shape, body, request.path_params)


def reads(shape: type[Any], *, optional: bool = False) -> Any:
    """Declare that a route's parameter is the body, read as `shape`. One that is optional may be
    left out where the address says it all.
    """
    return Depends(Reading(shape, optional=optional))


def into(shape: type[Shape], body: bytes, path: Mapping[str, Any]) -> Shape:
    """A body and its path parameters as one struct; raises `MalformedBody`."""
    try:
        told = msgspec.json.decode(body)
        if not isinstance(told, dict):
            return msgspec.convert(told, shape)
        told = cast(dict[str, Any], told)
        _refuse_nulls(body, told)
        for name, value in path.items():
            if told.setdefault(name, value) != value:
                raise MalformedBody(
                    f"{name} differs from the address", field=name, accepted=f"{value}, or nothing"
                )
        return msgspec.convert(told, shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise mistake_in(error, shape) from None


_commands: Final = msgspec.json.Decoder(Command)


def command_in(line: bytes) -> Command:
    """One line of a batch as a command; raises `MalformedBody` or `BodyTooLarge`."""
    if len(line) > LINE_AT_MOST:
        raise BodyTooLarge(LINE_AT_MOST, "the line")
    try:
        if b"\\u0000" in line:
            _refuse_nulls(line, msgspec.json.decode(line))
        return _commands.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise mistake_in_line(error, line) from None


async def whole_body(request: Request, most: int = JSON_AT_MOST) -> bytes:
    """The body, of at most `most` bytes: more is refused before it is held in memory.

    Raises `BodyTooSlow` for one that does not come, so that nobody keeps a place for nothing.
    """
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > most:
        raise BodyTooLarge(most)
    held = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for part in request.stream():
                held += part
                if len(held) > most:
                    raise BodyTooLarge(most)
    except TimeoutError:
        raise BodyTooSlow(BODY_S) from None
    return bytes(held)


async def lines_of(request: Request) -> AsyncIterator[list[Numbered]]:
    """The body's lines with their numbers, those together that arrive together; blank ones are
    counted and left out.

    A line that is too long is yielded cut, one byte above the limit, so that
    `command_in` refuses it and the lines behind it are still read.
    """
    expect_media_type(request, LINES)
    held = bytearray()
    number = 1
    async for part in request.stream():
        first, *others = part.split(b"\n")
        held += first[: LINE_AT_MOST + 1 - len(held)]
        if not others:
            continue
        ended = [bytes(held), *others[:-1]]
        if lines := [(n, _cut(line)) for n, line in enumerate(ended, number) if line.strip()]:
            yield lines
        held[:] = _cut(others[-1])
        number += len(ended)
    if held.strip():
        yield [(number, bytes(held))]


def _cut(line: bytes) -> bytes:
    return line[: LINE_AT_MOST + 1]


def expect_media_type(request: Request, accepted: frozenset[str]) -> None:
    """Refuse a body that does not say it is one of `accepted`, in UTF-8."""
    given = request.headers.get("content-type", "")
    kind, _, rest = given.partition(";")
    charset = rest.replace(" ", "").replace('"', "").lower()
    if kind.strip().lower() not in accepted or charset not in ("", "charset=utf-8"):
        raise WrongMediaType(given, " or ".join(sorted(accepted)))


class ReadingCommand(Reading[Any]):
    """A dependency that reads a body which is one command, as a line of a batch is."""

    async def __call__(self, request: Request) -> Command:
        body = await whole_body(request, LINE_AT_MOST)
        expect_media_type(request, frozenset({"application/json"}))
        return command_in(body)


def reads_command() -> Any:
    """Declare that a route's parameter is the body, read as any command."""
    return Depends(ReadingCommand(cast(type[Any], Command)))


def preferred(request: Request, offered: tuple[str, ...]) -> str:
    """The media type to answer in: the client's first choice among `offered`, best first."""
    given = request.headers.get("accept", "*/*") or "*/*"
    best, choice = 0.0, None
    for offer in offered:
        _, weight = max(_wish(part, offer) for part in given.split(","))
        if weight > best:
            best, choice = weight, offer
    if choice is None:
        raise NotAcceptable(offered)
    return choice


def answer(told: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A struct as the JSON answer."""
    return Response(msgspec.json.encode(told), status, headers, media_type="application/json")


def _wish(part: str, offer: str) -> tuple[int, float]:
    """How exactly a part of Accept names the offer, and how much it wants it (RFC 9110 §12.5.1)."""
    kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
    names = ("*/*", f"{offer.partition('/')[0]}/*", offer)
    if kind not in names:
        return -1, 0.0
    weight = 1.0
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                weight = float(parameter[2:])
            except ValueError:
                weight = 0.0
    return names.index(kind), weight


def _refuse_nulls(body: bytes, told: object) -> None:
    """PostgreSQL cannot keep U+0000, and nobody writes it on purpose."""
    if b"\\u0000" in body and _holds_null(told):
        raise MalformedBody("the body holds the character U+0000", accepted="text without U+0000")


def _holds_null(told: object) -> bool:
    match told:
        case str():
            return "\0" in told
        case list():
            return any(map(_holds_null, cast(list[object], told)))
        case dict():
            pairs = cast(dict[str, object], told)
            return any(map(_holds_null, [*pairs, *pairs.values()]))
        case _:
            return False
