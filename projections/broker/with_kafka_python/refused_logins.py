"""Logins that a broker refuses. kafka-python would try them until its time is over, and then say
that no broker answered, for two reasons. Who refuses, answers and hangs up at once: what was read
in the same moment as the end of a connection is thrown away. And who refused is to be remembered,
so that the next use says it, but is forgotten at once. Here the answer is read, and remembered.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, TypeAlias

from kafka import errors as failed

_NET: Final = "kafka.net"
"""Its modules have no types: what we take from them is typed here."""
_Manager: Final[Any] = import_module(f"{_NET}.manager").KafkaConnectionManager
_Selector: Final[Any] = import_module(f"{_NET}.selector").NetworkSelector
_Client: Final[Any] = import_module(f"{_NET}.compat").KafkaNetClient
_reach: Final[Any] = _Manager._build_transport  # noqa: SLF001 - there is no other way in
_enter: Final[Any] = _Manager._connect  # noqa: SLF001
_REFUSED: Final = (
    failed.SaslAuthenticationFailedError,
    failed.UnsupportedSaslMechanismError,
)

_Receive: TypeAlias = Callable[[], tuple[bytes, Exception | None]]


class _Remembering(_Manager):
    """Connections, and who refused to let them in."""

    _auth_failures: dict[Any, Exception]

    async def _build_transport(self, *given: Any, **how: Any) -> Any:
        transport = await _reach(self, *given, **how)
        transport._sock_recv = _words_before_the_end(transport._sock_recv)  # noqa: SLF001
        return transport

    async def _connect(self, node: Any, conn: Any, **how: Any) -> None:
        await _enter(self, node, conn, **how)
        entered = conn.init_future
        if entered.failed() and isinstance(entered.exception, _REFUSED):
            self._auth_failures[node.node_id] = entered.exception


def _words_before_the_end(receive: _Receive) -> _Receive:
    """The same, with the end of the connection left for the next time where something came."""

    def received() -> tuple[bytes, Exception | None]:
        came, failure = receive()
        return came, None if came else failure

    return received


def client_that_remembers(**given: Any) -> Any:
    """What kafka-python's consumers, producers and administrators connect through."""
    selector = _Selector(**given)
    return _Client(selector, _Remembering(selector, **given))
