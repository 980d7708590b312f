"""A small load client in a process of its own: it keeps connections busy and prints what it saw.

`python -m bench.load PORT CONNECTIONS SECONDS` reads requests from standard input, one a line: a
path to get, or a path, a tab and a body to post. Connections get the same paths again and again;
`once`, as a fourth argument, has each line sent by one connection, and none twice. Traffic goes to
loopback only and ends by itself.
"""

import asyncio
import itertools
import json
import random
import sys
import time
from collections.abc import Iterator
from typing import cast

import uvloop

PATIENCE_S = 10.0
"""How long the last answers may take; a server that swallows a request is a failure, not a wait."""


class Client(asyncio.Protocol):
    """One connection: the next request goes out when the last answer is complete."""

    def __init__(self, requests: Iterator[bytes], until: float, done: "Done") -> None:
        self._requests = requests
        self._until = until
        self._done = done
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no asyncio.Transport by inheritance, though they do what one does.
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        length = self._buffer[:head].lower().find(b"content-length: ")
        size = int(self._buffer[length + 16 : head].split(b"\r\n", 1)[0]) if length >= 0 else 0
        if len(self._buffer) < head + 4 + size:
            return
        self._done.took(self._buffer[9:12], time.perf_counter() - self._sent)
        self._buffer = self._buffer[head + 4 + size :]
        if time.perf_counter() < self._until:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - given by asyncio
        self._done.left()

    def _send(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._transport.close()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)


class Done:
    """What all connections saw."""

    def __init__(self, connections: int) -> None:
        self._open = connections
        self.finished = asyncio.Event()
        self.seconds: list[float] = []
        self.statuses: dict[str, int] = {}

    def took(self, status: bytes, seconds: float) -> None:
        """An answer arrived."""
        self.seconds.append(seconds)
        name = status.decode()
        self.statuses[name] = self.statuses.get(name, 0) + 1

    def left(self) -> None:
        """A connection closed."""
        self._open -= 1
        if not self._open:
            self.finished.set()


async def run(
    port: int, connections: int, seconds: float, requests: list[bytes], once: bool
) -> Done:
    """Keep `connections` busy for `seconds`."""
    done, loop = Done(connections), asyncio.get_running_loop()
    until = time.perf_counter() + seconds
    for number in range(connections):
        turn: Iterator[bytes] = iter(requests[number::connections])
        if not once:
            turn = itertools.cycle(random.Random(number).sample(requests, len(requests)))
        await loop.create_connection(lambda turn=turn: Client(turn, until, done), "127.0.0.1", port)
    await asyncio.wait_for(done.finished.wait(), seconds + PATIENCE_S)
    return done


def request_of(path: str, body: str | None = None) -> bytes:
    """A request as it goes over the wire."""
    if body is None:
        return b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % path.encode()
    told = body.encode()
    return (
        b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (path.encode(), len(told), told)
    )


def main() -> None:
    """Read requests, make load, print one line of JSON."""
    port, connections, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    requests = [request_of(*line.strip().split("\t")) for line in sys.stdin]
    done = uvloop.run(run(port, connections, seconds, requests, "once" in sys.argv[4:]))
    done.seconds.sort()
    print(
        json.dumps(
            {
                "rate": len(done.seconds) / seconds,
                "p50_ms": done.seconds[len(done.seconds) // 2] * 1e3,
                "p99_ms": done.seconds[int(len(done.seconds) * 0.99)] * 1e3,
                "statuses": done.statuses,
            }
        )
    )


if __name__ == "__main__":
    main()
