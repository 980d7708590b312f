"""The words of a request: kept apart under its seller's seal, and known again by a digest."""

from typing import TypeVar

from msgspec.structs import replace

from ledger.decide.commands import Command
from ledger.decide.prose import content_of, prose_of
from ledger.facts.fact import Fact
from ledger.store.seals import Sealed
from ledger.store.turn import Turn

AnyKind = TypeVar("AnyKind", bound=Fact)


def seal(turn: Turn, command: Command, seller_id: str) -> Sealed | None:
    """The text to be kept beside the first fact; None where the request says nothing in words."""
    prose = prose_of(command)
    return None if prose is None else turn.sealed(seller_id, prose)


def content(turn: Turn, command: Command, seller_id: str) -> str:
    """A digest that tells the request's evidence from other evidence; empty where it has none."""
    told = content_of(command)
    return "" if told is None else turn.content(seller_id, told)


def threaded(facts: list[AnyKind], correlation_id: str | None) -> list[AnyKind]:
    """The facts with what the asking system calls the matter, if it said."""
    if correlation_id is None:
        return facts
    return [replace(fact, correlation_id=correlation_id) for fact in facts]
