"""What the publisher is given: how things are said, where messages go, and who else has some."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

import structlog

from ledger.standing.standing import Standing
from ledger.store.loading import StoredFact
from projections.broker.client import MessageTooLarge, Reader, Sender
from projections.broker.messages import Message
from projections.broker.topics import LARGEST_MESSAGE, STANDING

PUBLISHER: Final = "seller-ledger.publisher"
"""The name under which one publisher at a time sends."""

_log: Final = structlog.get_logger("seller-ledger")


class Telling(NamedTuple):
    """How facts and standings are said."""

    fact: Callable[[StoredFact], Message]
    standing: Callable[[Standing], Message]


class Broker(NamedTuple):
    """How senders and readers are opened; each may raise a `BrokerFailure`."""

    sender: Callable[[str], Sender]
    reader: Callable[[Sequence[str]], Reader]


class Relayed(NamedTuple):
    """A message of others that is sent on, under its number."""

    number: int
    message: Message


class Relays(Protocol):
    """Messages that others left to be sent on, each once."""

    def after(self, number: int, most: int) -> list[Relayed]:
        """The first of them behind a number, in order."""
        ...

    def sent(self, number: int) -> None:
        """All up to this number were sent, and need not be kept."""
        ...

    def shorten(self, number: int) -> None:
        """Its topic does not take this one: leave something out of it."""
        ...


class NothingRelayed:
    """Nobody left anything."""

    def after(self, number: int, most: int) -> list[Relayed]:  # noqa: ARG002 - as `Relays` asks
        """As `Relays.after`."""
        return []

    def sent(self, number: int) -> None:
        """As `Relays.sent`."""

    def shorten(self, number: int) -> None:
        """As `Relays.shorten`."""


def said(telling: Telling, found: Standing) -> Message:
    """A standing as it is sent. Where it cannot be said, copies are told to forget the seller:
    what they hold is wrong by now, and the ledger itself can be asked.
    """
    try:
        return fitting(telling.standing(found))
    except Exception:  # noqa: BLE001 - one seller must not keep all others from being told
        _log.exception("a standing cannot be published", seller=found.seller_id)
        return Message(STANDING, found.seller_id.encode(), None)


def fitting(message: Message) -> Message:
    """The message, if brokers take one of its size; raises `MessageTooLarge`."""
    # Most are small: only of others is it worth knowing how small.
    if len(message.value or b"") > LARGEST_MESSAGE // 2 and message.size() > LARGEST_MESSAGE:
        raise MessageTooLarge(message)
    return message
