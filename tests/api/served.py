"""A small server for tests/api/test_server.py: says where it listens, and when it ended."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from api.server import AddressTaken, serve


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    if "--broken" in sys.argv:
        raise RuntimeError("the parts do not start")
    say("started")
    yield
    say("ended")


async def pid() -> PlainTextResponse:
    return PlainTextResponse(str(os.getpid()))


async def slow() -> PlainTextResponse:
    await asyncio.sleep(1)
    return PlainTextResponse("done")


def blocking() -> PlainTextResponse:
    time.sleep(1)
    return PlainTextResponse("done")


async def endless() -> StreamingResponse:
    async def ticks() -> AsyncGenerator[bytes]:
        while True:
            yield b"tick\n"
            await asyncio.sleep(0.05)

    return StreamingResponse(ticks())


class Half(Response):
    """An answer that stops in the middle without a word, as one does that fails there."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})


async def half() -> Half:
    return Half()


def listening(host: str, port: int) -> None:
    say(f"listening {host} {port}")


if __name__ == "__main__":
    app = FastAPI(lifespan=lifespan)
    for ask in (pid, slow, blocking, endless, half):
        app.get(f"/{ask.__name__}")(ask)
    try:
        serve(app, "127.0.0.1", int(sys.argv[1]), listening)
    except AddressTaken as refused:
        sys.exit(str(refused))
