"""What a request would bring about if it were told now: decided like any other, and not written."""

from typing import NamedTuple

from ledger.decide.commands import Command, stream_of
from ledger.decide.fields import AboutCase
from ledger.facts.instants import Instant
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Seller
from ledger.store.rehearsal import Rehearsal
from ledger.store.turn import Appended
from ledger.taking.requests import Outcome, Receipt, Request
from ledger.taking.take import look_up, take_one


class Preview(NamedTuple):
    """A request's outcome on paper."""

    at: Instant
    """When it would be recorded."""
    before: Seller | None
    """The seller as it stands; None where the request is about none."""
    after: Seller | None
    """The seller as it would stand; the same where nothing would be written."""
    outcome: Outcome
    """As the clerk's: a refusal, where it was answered before, or what would be appended."""
    facts: tuple[Appended, ...]
    """All that would be appended for it, what follows for others included; nothing where it is
    refused, or was told before."""
    rulebook: Rulebook
    """The rules by which it was decided."""


def foresee(turn: Rehearsal, request: Request) -> Preview:
    """Take one request in a turn that nobody writes."""
    look_up(turn, [request])
    known = dict(turn.known)
    outcome = take_one(turn, request)
    seller_id = _seller_of(turn, request.command)
    before = None if seller_id is None else known[seller_id].seller
    if not isinstance(outcome, Receipt):
        return Preview(turn.at, before, before, outcome, (), turn.rulebook)
    # Deadlines that had passed come first, and would be recorded without the request too.
    first = outcome.facts[0].position
    facts = tuple(appended for appended in turn.facts if appended.position >= first)
    after = None if seller_id is None else turn.seller(seller_id)
    return Preview(turn.at, before, after, outcome, facts, turn.rulebook)


def _seller_of(turn: Rehearsal, command: Command) -> str | None:
    if not isinstance(command, AboutCase):
        return command.seller_id
    case = turn.cases.get(stream_of(command))
    return None if case is None else case.seller_id
