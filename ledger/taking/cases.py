"""Requests about a case: decided from the case and its seller's record, and appended to the case's
stream; what is about the seller goes to the seller's in the same append.
"""

from ledger.decide.commands import CaseCommand, stream_of
from ledger.decide.context import Context
from ledger.facts.ids import subject_of
from ledger.facts.instants import Instant
from ledger.facts.refusal import Refusal
from ledger.standing.seller import Seller
from ledger.store.keeping import Told
from ledger.store.turn import Turn
from ledger.taking.requests import Outcome, Receipt, Request
from ledger.taking.service import judge_service
from ledger.taking.subjects import SUBJECTS, begun_for, due_facts
from ledger.taking.words import content, seal, threaded


def told_of_case(turn: Turn, command: CaseCommand) -> Told | None:
    """Where an earlier request under the same id was answered; None for a new one."""
    stream = stream_of(command)
    case = turn.cases.get(stream)
    if case is None:
        return None
    told = "" if case.seller_id is None else content(turn, command, case.seller_id)
    version = SUBJECTS[subject_of(stream)].told_before(command, case, told)
    return None if version is None else Told(stream, version)


def take_of_case(turn: Turn, request: Request, command: CaseCommand) -> Outcome:
    """Decide a request about a loaded case, and append what follows."""
    stream = stream_of(command)
    subject = SUBJECTS[subject_of(stream)]
    _record_overdue(turn, stream)
    case = turn.cases.get(stream)
    if case is None and not subject.begins(command):
        return subject.missing(command)
    seller_id = begun_for(subject, command) if case is None else case.seller_id
    told = "" if seller_id is None else content(turn, command, seller_id)
    version = None if case is None else subject.told_before(command, case, told)
    if version is not None:
        return Told(stream, version)
    sealed = None if seller_id is None else seal(turn, command, seller_id)
    context = Context(
        turn.at,
        turn.rulebook,
        "" if sealed is None else sealed.seal,
        request.actor,
        told,
        beside={name: turn.cases.get(name) for name in subject.beside(command)},
    )
    try:
        facts = subject.decide(command, case, _seller(turn, seller_id), context)
    except Refusal as refusal:
        return refusal
    appended = turn.append_case(stream, threaded(facts, request.correlation_id))
    appended += judge_service(turn, seller_id, appended, request.correlation_id)
    if sealed is not None:
        turn.keep_sealed(appended[0].position, sealed)
    return Receipt(_seller(turn, seller_id), tuple(appended), turn.cases[stream])


def _seller(turn: Turn, seller_id: str | None) -> Seller | None:
    return None if seller_id is None else turn.seller(seller_id)


def _record_overdue(turn: Turn, stream: str) -> None:
    """A deadline that passed holds before anything is decided, though no worker was here yet."""
    while (case := turn.cases.get(stream)) is not None and case.seller_id is not None:
        due_at = case.next_due()
        if due_at is None or due_at > turn.at:
            return
        record_case_due(turn, stream, turn.at, turn.at)


def record_case_due(turn: Turn, stream: str, up_to: Instant, at: Instant) -> None:
    """Append what the first deadline of a case passed by `up_to` brings, recorded at `at`."""
    case = turn.cases[stream]
    assert case.seller_id is not None, "what nobody is concerned by never falls due"
    seller = turn.seller(case.seller_id)
    brought = due_facts(stream, case, seller, up_to, at, turn.rulebook)
    judge_service(turn, case.seller_id, turn.append_case(stream, brought), None)
