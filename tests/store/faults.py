"""A line to the database that breaks where a test wants it to."""

import socket
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from psycopg.conninfo import conninfo_to_dict, make_conninfo

Fault = Literal["none", "answer of a commit is lost", "commit is lost", "away"]


class Line:
    """Passes bytes between clients and the server of `dsn`; `dsn` of the line is for clients.

    A fault strikes the next commit only, save "away", which lasts until it is taken back.
    """

    def __init__(self, dsn: str) -> None:
        address = conninfo_to_dict(dsn)
        self._port = str(address.get("port", "5432"))
        self._server = str(Path(str(address["host"])) / f".s.PGSQL.{self._port}")
        self._folder = tempfile.TemporaryDirectory()
        self.dsn = make_conninfo(dsn, host=self._folder.name)
        self.fault: Fault = "none"
        self.struck = threading.Event()
        self.then_away = False
        """Whether the server is away after the next fault."""
        self._pairs: list[tuple[socket.socket, socket.socket]] = []

    def __enter__(self) -> Self:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(Path(self._folder.name) / f".s.PGSQL.{self._port}"))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cut()
        # To close alone would leave the thread in accept().
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._folder.cleanup()

    def cut(self) -> None:
        """Break every connection."""
        for pair in self._pairs:
            _break(*pair)
        self._pairs.clear()

    def leave(self) -> None:
        """The server goes away."""
        self.fault = "away"
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.fault == "away":
                client.close()
                continue
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._server)
            self._pairs.append((client, server))
            threading.Thread(target=self._ask, args=(client, server), daemon=True).start()
            threading.Thread(target=self._answer, args=(client, server), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65_536):
                if b"COMMIT" in data and self.fault not in ("none", "away"):
                    self._strike(client, server, data)
                    return
                server.sendall(data)
        _break(client, server)

    def _strike(self, client: socket.socket, server: socket.socket, data: bytes) -> None:
        self.struck.set()
        lost, self.fault = self.fault, "away" if self.then_away else "none"
        if lost == "answer of a commit is lost":
            # Nobody reads the answer any more, but the server finishes what it was asked.
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
            server.sendall(data)
            server.shutdown(socket.SHUT_WR)
        else:
            _break(client, server)

    def _answer(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65_536):
                client.sendall(data)
        _break(client, server)


def _break(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
