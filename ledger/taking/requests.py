"""What comes in, and what goes out: a request and its outcome."""

from typing import TypeAlias

from msgspec import Struct

from ledger.decide.commands import Command
from ledger.facts.refusal import Refusal
from ledger.standing.seller import Seller
from ledger.store.cases import Case
from ledger.store.keeping import Told
from ledger.store.turn import Appended


class Request(Struct, frozen=True, gc=False):
    """A command, who sends it, and the key under which a repeat is known."""

    command: Command
    actor: str
    """Empty where nobody is named: then the party that the command is about acts."""
    key: str | None = None
    correlation_id: str | None = None
    """What the asking system calls the matter; kept with every fact that follows."""


class Receipt(Struct, frozen=True, gc=False):
    """What was appended for a request, and what it is about right after."""

    seller: Seller | None
    """None where it is about no seller."""
    facts: tuple[Appended, ...]
    case: Case | None = None


Outcome: TypeAlias = Receipt | Told | Refusal
"""`Told`: an earlier request had this id or key; whoever asked compares the content."""
