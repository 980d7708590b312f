"""Requests about a seller: decided from its record, and appended to its stream."""

from ledger.decide.appeal_commands import AboutAppeal, AppealCommand
from ledger.decide.commands import SellerCommand
from ledger.decide.context import Context
from ledger.decide.decide import decide
from ledger.decide.due import record_due
from ledger.facts.ids import seller_stream
from ledger.facts.refusal import Refusal
from ledger.facts.violations import ViolationRecorded
from ledger.repeats import told_before
from ledger.standing.seller import Seller
from ledger.store.keeping import Told
from ledger.store.seals import Sealed
from ledger.store.turn import Turn
from ledger.taking.requests import Outcome, Receipt, Request
from ledger.taking.words import content, seal, threaded


def told_of_seller(turn: Turn, command: SellerCommand) -> Told | None:
    """Where an earlier request under the same id was answered; None for a new one."""
    seller_id = command.seller_id
    version = told_before(command, turn.seller(seller_id), content(turn, command, seller_id))
    return None if version is None else Told(seller_stream(seller_id), version)


def take_of_seller(turn: Turn, request: Request, command: SellerCommand) -> Outcome:
    """Decide a request about a loaded seller, and append what follows."""
    if isinstance(command, AboutAppeal):
        return _take_appeal(turn, request, command)
    version = told_before(command, turn.seller(command.seller_id))
    if version is not None:
        return Told(seller_stream(command.seller_id), version)
    sealed = seal(turn, command, command.seller_id)
    context = Context(turn.at, turn.rulebook, "" if sealed is None else sealed.seal)
    return _decided(turn, request, command, context, sealed)


def _take_appeal(turn: Turn, request: Request, command: AppealCommand) -> Outcome:
    seller_id = command.seller_id
    _record_overdue(turn, seller_id)
    seller = turn.seller(seller_id)
    told = content(turn, command, seller_id)
    version = told_before(command, seller, told)
    if version is not None:
        return Told(seller_stream(seller_id), version)
    sealed = seal(turn, command, seller_id)
    context = Context(
        turn.at,
        turn.rulebook,
        "" if sealed is None else sealed.seal,
        request.actor,
        told,
        _challenged(turn, command, seller),
    )
    return _decided(turn, request, command, context, sealed)


def _decided(
    turn: Turn, request: Request, command: SellerCommand, context: Context, sealed: Sealed | None
) -> Outcome:
    try:
        facts = decide(command, turn.seller(command.seller_id), context)
    except Refusal as refusal:
        return refusal
    appended = turn.append(command.seller_id, threaded(facts, request.correlation_id))
    if sealed is not None:
        turn.keep_sealed(appended[0].position, sealed)
    return Receipt(turn.seller(command.seller_id), tuple(appended))


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
