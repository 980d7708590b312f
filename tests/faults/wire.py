"""A small TCP proxy between a server and what it leans on: it cuts, falls silent, or turns away."""

import selectors
import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from psycopg.conninfo import conninfo_to_dict, make_conninfo


class Wire:
    """Passes bytes on to `dsn`; `self.dsn` is where clients connect.

    `to` may be set anew: connections made from then on go there. A broker tells its clients where
    to knock, so a proxy before one is given its `port`.
    """

    def __init__(self, dsn: str, *, port: int = 0) -> None:
        self.to = dsn
        self.closed = False
        """Whether new connections are turned away."""
        self._listener = socket.create_server(("127.0.0.1", port))
        host, port = self._listener.getsockname()[:2]
        self.dsn = make_conninfo(dsn, host=host, port=port)
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._ending = False

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ending = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)
        self.cut()

    def cut(self, *, one: int | None = None) -> None:
        """Break every connection, or one of them."""
        for pair in self._chosen(one):
            for end in pair:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def close_half(self, *, one: int | None = None) -> None:
        """Tell the database that its client has finished, and the client nothing."""
        for _, server in self._chosen(one):
            with suppress(OSError):
                server.shutdown(socket.SHUT_WR)

    def _chosen(self, one: int | None) -> list[tuple[socket.socket, socket.socket]]:
        alive = [pair for pair in self._pairs if pair[0].fileno() >= 0]
        self._pairs = alive
        return alive if one is None or not alive else [alive[one % len(alive)]]

    def _accept(self) -> None:
        while not self._ending:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                assert not self.closed
                server = _connected(self.to)
            except (OSError, AssertionError):
                client.close()
                continue
            self._pairs.append((client, server))
            threading.Thread(target=_pass_on, args=(client, server), daemon=True).start()


def _connected(dsn: str) -> socket.socket:
    address = conninfo_to_dict(dsn)
    host, port = str(address.get("host", "127.0.0.1")), int(str(address.get("port", 5432)))
    if host.startswith("/"):
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{host}/.s.PGSQL.{port}")
        return server
    return socket.create_connection((host, port), timeout=5)


def _pass_on(client: socket.socket, server: socket.socket) -> None:
    """Pass bytes both ways until either end breaks; an end that only finished may still listen."""
    with client, server, selectors.DefaultSelector() as ready, suppress(OSError):
        server.settimeout(None)
        ready.register(client, selectors.EVENT_READ, server)
        ready.register(server, selectors.EVENT_READ, client)
        while ready.get_map():
            for key, _ in ready.select():
                here, there = key.fileobj, key.data
                assert isinstance(here, socket.socket)
                if data := here.recv(65_536):
                    there.sendall(data)
                else:
                    ready.unregister(here)
                    there.shutdown(socket.SHUT_WR)
                    if here is server:
                        return
