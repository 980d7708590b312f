"""Taking requests in a turn, in order: of sellers and of cases alike."""

from collections.abc import Sequence

from ledger.decide.commands import Command, stream_of
from ledger.decide.fields import AboutCase
from ledger.facts.ids import subject_of
from ledger.store.keeping import Told
from ledger.store.turn import Turn
from ledger.taking.cases import take_of_case, told_of_case
from ledger.taking.following import follow, look_up_products
from ledger.taking.requests import Outcome, Receipt, Request
from ledger.taking.sellers import take_of_seller, told_of_seller
from ledger.taking.subjects import SUBJECTS, begun_for


def look_up(turn: Turn, requests: Sequence[Request]) -> dict[tuple[str, str], Told]:
    """Have what requests are about at hand; returns where their keys were answered before."""
    load(turn, [request.command for request in requests])
    return turn.told([(r.actor, r.key) for r in requests if r.key is not None])


def take_each(
    turn: Turn, requests: Sequence[Request], keys: dict[tuple[str, str], Told]
) -> list[Outcome]:
    """Decide each request in order, and append what follows; `keys` are looked up for all."""
    outcomes: list[Outcome] = []
    for request in requests:
        told = None if request.key is None else keys.get((request.actor, request.key))
        outcome = take_one(turn, request) if told is None else told
        outcomes.append(outcome)
        if request.key is not None and isinstance(outcome, Receipt):
            first = outcome.facts[0]
            told = Told(first.stream, first.version)
            keys[request.actor, request.key] = told
            turn.keep_told(request.actor, request.key, told, first.fact.recorded_at)
    return outcomes


def load(turn: Turn, commands: Sequence[Command]) -> None:
    """Have at hand what these commands are about."""
    sellers = set[str]()
    streams: list[str] = []
    for command in commands:
        if not isinstance(command, AboutCase):
            sellers.add(command.seller_id)
            continue
        stream = stream_of(command)
        subject = SUBJECTS[subject_of(stream)]
        streams += (stream, *subject.beside(command))
        if (seller_id := begun_for(subject, command)) is not None:
            sellers.add(seller_id)
    if streams:
        turn.load_cases(streams)
    turn.load(sellers)
    look_up_products(turn, commands)


def told_in(turn: Turn, command: Command) -> Told | None:
    """Where an earlier request under the same id was answered; None for a new one."""
    if isinstance(command, AboutCase):
        return told_of_case(turn, command)
    return told_of_seller(turn, command)


def take_one(turn: Turn, request: Request) -> Outcome:
    """Decide a request about what is loaded, and append what follows."""
    command, since = request.command, len(turn.facts)
    if isinstance(command, AboutCase):
        outcome = take_of_case(turn, request, command)
    else:
        outcome = take_of_seller(turn, request, command)
    follow(turn, since)
    return outcome
