"""What is kept of a seller in words, and whether anybody still relies on it, as a turn sees it."""

from ledger.decide.erasure_holds import Kept, holds_on
from ledger.store.turn import Turn
from ledger.taking.cases import record_overdue


def counted(turn: Turn, seller_id: str) -> Kept:
    """How many texts are kept of a loaded seller; what stands against erasing them is left out."""
    texts, of_cases, _ = turn.texts.kept(turn.sent(), seller_id)
    return Kept(texts, of_cases)


def kept_of(turn: Turn, seller_id: str) -> Kept:
    """The texts kept of a loaded seller, and what stands against erasing them.

    Deadlines that passed hold, though no worker was here yet: what ended by one holds nothing up.
    """
    streams = turn.texts.kept(turn.sent(), seller_id).streams
    turn.load_cases(streams)
    for stream in streams:
        record_overdue(turn, stream)
    texts, of_cases, _ = turn.texts.kept(turn.sent(), seller_id)
    cases = [turn.cases[stream] for stream in streams]
    return Kept(texts, of_cases, holds_on(turn.seller(seller_id), cases, turn.at))
