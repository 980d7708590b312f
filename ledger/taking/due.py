"""What time alone brings: recorded in due order, once, with the exact instant at which it fell
due.
"""

from ledger.decide.due import record_due
from ledger.facts.ids import seller_of
from ledger.facts.instants import Instant
from ledger.store.turn import Turn
from ledger.taking.cases import record_case_due
from ledger.taking.following import follow


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
    seller_id = seller_of(stream)
    if seller_id is not None:
        facts = record_due(turn.seller(seller_id), due_at, at)
        turn.append(seller_id, facts)
        return len(facts)
    since = len(turn.facts)
    record_case_due(turn, stream, due_at, at)
    follow(turn, since)
    return len(turn.facts) - since
