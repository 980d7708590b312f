"""Serves an application with granian inside this process, and stops cleanly.

granian's own command keeps a supervisor and forks its workers. Here the process that
started the embedded PostgreSQL has to stay its parent and die with it, so the
server runs in this process; its network side is native code on threads of its own.
Its embedded server is marked experimental: this file is the only one that knows it.
"""

import asyncio
import signal
import socket
from collections.abc import Callable
from typing import Any, Final

import uvloop
from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from starlette.applications import Starlette

DRAIN_S: Final = 10.0
"""How long requests in flight may take once the server was told to stop."""
_BACKLOG: Final = 1024
MOST_CONNECTIONS: Final = 20_000
"""Connections served at once. Left alone, granian takes as many as its backlog, and then
accepts nobody: a thousand readers of a stream would close the door to everybody else.
"""


class AddressTaken(Exception):
    """Somebody else listens where we should, or the address is not this machine's."""


class _Server(Server):
    """Takes a socket that is bound already.

    Left alone, granian binds with SO_REUSEPORT: a second server on the same port
    would start without a word and take half the requests.
    """

    def __init__(self, target: Any, listening: socket.socket) -> None:
        super().__init__(
            target,
            interface=Interfaces.ASGINL,
            http=HTTPModes.auto,
            websockets=False,
            backlog=_BACKLOG,
            backpressure=MOST_CONNECTIONS,
            log_enabled=False,
        )
        self._listening = listening

    def _init_shared_socket(self) -> None:
        self._shd = SocketHolder(self._listening.detach(), False, _BACKLOG)  # pyright: ignore[reportCallIssue]


def _nothing() -> None:
    """What is done where nothing has to be."""


def serve(
    app: Starlette,
    host: str,
    port: int,
    on_listening: Callable[[str, int], None],
    on_stopping: Callable[[], None] = _nothing,
) -> None:
    """Serve until SIGINT or SIGTERM; a second signal does not wait for requests in flight.

    `on_listening` is told the address once requests are answered (port 0 takes a free one);
    `on_stopping` is told when no more are taken, so that answers without end can end.
    Raises `AddressTaken`, and whatever the application's start raises.
    """
    with _bound(host, port) as listening:
        uvloop.run(_serve(app, listening, on_listening, on_stopping))


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
        listening.setblocking(False)
    except OSError as cause:
        raise AddressTaken(f"cannot listen on {host} port {port}: {cause.strerror}") from cause
    return listening


async def _serve(
    app: Starlette,
    listening: socket.socket,
    on_listening: Callable[[str, int], None],
    on_stopping: Callable[[], None],
) -> None:
    told_to_stop: asyncio.Queue[int] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told_to_stop.put_nowait, number)
    host, port = listening.getsockname()[:2]
    async with app.router.lifespan_context(app):
        server = _Server(app, listening)
        serving = loop.create_task(server.serve())
        stopping = loop.create_task(told_to_stop.get())
        loop.call_soon(on_listening, host, port)
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        server.stop()
        on_stopping()
        impatient = loop.create_task(told_to_stop.get())
        await asyncio.wait(
            {serving, impatient}, timeout=DRAIN_S, return_when=asyncio.FIRST_COMPLETED
        )
        # What still runs is cut off, and granian's complaints about that say nothing new.
        loop.set_exception_handler(_say_nothing)
        for task in (serving, stopping, impatient):
            task.cancel()
        failure, *_ = await asyncio.gather(serving, stopping, impatient, return_exceptions=True)
        if isinstance(failure, Exception):
            raise failure


def _say_nothing(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Deaf to complaints."""
