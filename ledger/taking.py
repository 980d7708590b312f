"""What a turn makes of requests: load what they are about, decide, append; one outcome each.

Requests about a seller go to its stream. Those about a dispute go to the dispute's, and its outcome
to the seller's in the same append.
"""

from collections.abc import Sequence
from typing import TypeAlias, TypeVar, cast

from msgspec import Struct
from msgspec.structs import replace

from ledger.decide.appeal_commands import AboutAppeal, AppealCommand
from ledger.decide.commands import Command, SellerCommand
from ledger.decide.context import Context
from ledger.decide.decide import decide
from ledger.decide.dispute_commands import AboutDispute, DisputeCommand, OpenDispute
from ledger.decide.dispute_due import record_dispute_due
from ledger.decide.dispute_refusals import UnknownDispute
from ledger.decide.disputes import decide_dispute
from ledger.decide.due import record_due
from ledger.decide.prose import content_of, prose_of
from ledger.disputes.dispute import Dispute
from ledger.facts.fact import Fact
from ledger.facts.ids import dispute_of, dispute_stream, seller_of, seller_stream
from ledger.facts.instants import Instant
from ledger.facts.refusal import Refusal
from ledger.facts.violations import ViolationRecorded
from ledger.repeats import dispute_told_before, told_before
from ledger.standing.seller import Seller
from ledger.store.keeping import Told
from ledger.store.seals import Sealed
from ledger.store.turn import Appended, Turn

AnyKind = TypeVar("AnyKind", bound=Fact)


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

    seller: Seller
    facts: tuple[Appended, ...]
    dispute: Dispute | None = None


Outcome: TypeAlias = Receipt | Told | Refusal
"""`Told`: an earlier request had this id or key; whoever asked compares the content."""


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
    sellers = {c.seller_id for c in commands if not isinstance(c, AboutDispute)}
    about_disputes = [c for c in commands if isinstance(c, AboutDispute)]
    if about_disputes:
        turn.load_disputes(command.dispute_id for command in about_disputes)
        sellers |= {c.seller_id for c in about_disputes if isinstance(c, OpenDispute)}
    turn.load(sellers)


def told_in(turn: Turn, command: Command) -> Told | None:
    """Where an earlier request under the same id was answered; None for a new one."""
    if isinstance(command, AboutDispute):
        dispute = turn.disputes.get(command.dispute_id)
        if dispute is None:
            return None
        content = _content(turn, command, dispute.seller_id)
        version = dispute_told_before(command, dispute, content)
        stream = dispute_stream(command.dispute_id)
    else:
        seller = turn.seller(command.seller_id)
        version = told_before(command, seller, _content(turn, command, command.seller_id))
        stream = seller_stream(command.seller_id)
    return None if version is None else Told(stream, version)


def take_one(turn: Turn, request: Request) -> Outcome:
    """Decide a request about what is loaded, and append what follows."""
    command = request.command
    if isinstance(command, AboutDispute):
        return _take_dispute(turn, request, command)
    if isinstance(command, AboutAppeal):
        return _take_appeal(turn, request, command)
    seller = turn.seller(command.seller_id)
    version = told_before(command, seller)
    if version is not None:
        return Told(seller_stream(command.seller_id), version)
    seal = _seal(turn, command, command.seller_id)
    context = Context(turn.at, turn.rulebook, "" if seal is None else seal.seal)
    return _decided(turn, request, command, context, seal)


def _take_appeal(turn: Turn, request: Request, command: AppealCommand) -> Outcome:
    seller_id = command.seller_id
    _record_overdue(turn, seller_id)
    seller = turn.seller(seller_id)
    content = _content(turn, command, seller_id)
    version = told_before(command, seller, content)
    if version is not None:
        return Told(seller_stream(seller_id), version)
    seal = _seal(turn, command, seller_id)
    context = Context(
        turn.at,
        turn.rulebook,
        "" if seal is None else seal.seal,
        request.actor,
        content,
        _challenged(turn, command, seller),
    )
    return _decided(turn, request, command, context, seal)


def _decided(
    turn: Turn, request: Request, command: SellerCommand, context: Context, seal: Sealed | None
) -> Outcome:
    try:
        facts = decide(command, turn.seller(command.seller_id), context)
    except Refusal as refusal:
        return refusal
    appended = turn.append(command.seller_id, _threaded(facts, request))
    if seal is not None:
        turn.keep_sealed(appended[0].position, seal)
    return Receipt(turn.seller(command.seller_id), tuple(appended))


def _take_dispute(turn: Turn, request: Request, command: DisputeCommand) -> Outcome:
    dispute_id = command.dispute_id
    _record_dispute_overdue(turn, dispute_id)
    dispute = turn.disputes.get(dispute_id)
    if dispute is not None:
        seller_id = dispute.seller_id
    elif isinstance(command, OpenDispute):
        seller_id = command.seller_id
    else:
        return UnknownDispute(dispute_id)
    content = _content(turn, command, seller_id)
    version = dispute_told_before(command, dispute, content)
    if version is not None:
        return Told(dispute_stream(dispute_id), version)
    seal = _seal(turn, command, seller_id)
    context = Context(
        turn.at, turn.rulebook, "" if seal is None else seal.seal, request.actor, content
    )
    try:
        facts = decide_dispute(command, dispute, turn.seller(seller_id), context)
    except Refusal as refusal:
        return refusal
    appended = turn.append_case(dispute_id, _threaded(facts, request))
    if seal is not None:
        turn.keep_sealed(appended[0].position, seal)
    return Receipt(turn.seller(seller_id), tuple(appended), turn.disputes[dispute_id])


def _threaded(facts: list[AnyKind], request: Request) -> list[AnyKind]:
    if request.correlation_id is None:
        return facts
    return [replace(fact, correlation_id=request.correlation_id) for fact in facts]


def _seal(turn: Turn, command: Command, seller_id: str) -> Sealed | None:
    prose = prose_of(command)
    return None if prose is None else turn.sealed(seller_id, prose)


def _content(turn: Turn, command: Command, seller_id: str) -> str:
    content = content_of(command)
    return "" if content is None else turn.content(seller_id, content)


def _challenged(turn: Turn, command: AppealCommand, seller: Seller) -> ViolationRecorded | None:
    """The fact of the violation that an appeal is about, if there is one."""
    violation = seller.violation(command.violation_id)
    if violation is None:
        return None
    fact = turn.fact(seller_stream(seller.seller_id), violation.version)
    assert isinstance(fact, ViolationRecorded)
    return fact


def _record_overdue(turn: Turn, seller_id: str) -> None:
    """A deadline that passed holds before anything is decided, though no worker was here yet."""
    seller = turn.seller(seller_id)
    due_at = seller.next_due()
    if due_at is not None and due_at <= turn.at:
        turn.append(seller_id, record_due(seller, turn.at, turn.at))


def _record_dispute_overdue(turn: Turn, dispute_id: str) -> None:
    while (dispute := turn.disputes.get(dispute_id)) is not None:
        seller = turn.seller(dispute.seller_id)
        facts = record_dispute_due(dispute, seller, turn.at, turn.at, turn.rulebook)
        if not facts:
            return
        turn.append_case(dispute_id, facts)


def take_due(turn: Turn, up_to: Instant, most: int, *, dated: bool) -> int:
    """Record what fell due by `up_to`, in due order, at most about `most` facts; returns how many.

    `dated`: each is recorded at its due instant, as sandbox and history clocks demand;
    otherwise at the turn's.
    """
    turn.agenda.open()
    recorded = 0
    while recorded < most and (due := turn.agenda.earliest(up_to)) is not None:
        due_at, stream = due
        at = max(due_at, turn.last_recorded_at) if dated else turn.at
        recorded += _take_one_due(turn, stream, due_at, at)
    return recorded


def _take_one_due(turn: Turn, stream: str, due_at: Instant, at: Instant) -> int:
    dispute_id = dispute_of(stream)
    if dispute_id is None:
        seller_id = cast(str, seller_of(stream))
        facts = record_due(turn.seller(seller_id), due_at, at)
        turn.append(seller_id, facts)
        return len(facts)
    dispute = turn.disputes[dispute_id]
    seller = turn.seller(dispute.seller_id)
    brought = record_dispute_due(dispute, seller, due_at, at, turn.rulebook)
    turn.append_case(dispute_id, brought)
    return len(brought)
