"""That somebody read what people wrote, as a fact of the log."""

from msgspec.structs import replace

from ledger.facts.ids import reads_stream
from ledger.facts.instants import format_instant
from ledger.facts.reads import SensitiveRecordRead
from ledger.store.turn import Appended, Turn


def record_read(turn: Turn, found: SensitiveRecordRead) -> Appended:
    """Append a read as of now; `recorded_at` is given here. Every read is one more: none is a
    repeat of another.
    """
    assert turn.head.next_position > 1, "a log without facts has no words beside it"
    at = turn.at
    stream = reads_stream(format_instant(at)[: len("2026-11")])
    version = turn.version_of(stream) + 1
    return turn.append_to(stream, version, replace(found, recorded_at=at))
