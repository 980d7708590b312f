"""The next piece of the log as messages, and where publishing stands once they are sent."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import structlog
from msgspec.structs import replace

from ledger.store.loading import StoredFact
from ledger.store.reader import Reader
from projections.broker.messages import Message
from projections.latest_standings import LatestStandings
from projections.outbox.progress import MOST_PARKED, Parked, Progress
from projections.outbox.telling import Telling, fitting, said
from projections.standing_changes import without_last_append
from projections.taking import LONGEST_CAUSE, SQL, Stretch, decoded, read_stretch

MOST_FACTS: Final = 4_000
MOST_BYTES: Final = 8 << 20
"""Of stored facts in one transaction: what is sent at once also has to be held at once."""

_log: Final = structlog.get_logger("seller-ledger")


class TooManyParked(Exception):
    """So many streams cannot be told that something else must be wrong."""


class Piece(NamedTuple):
    """What is sent in one transaction, its progress record apart."""

    facts: list[Message]
    standings: list[Message]
    progress: Progress


class Pieces:
    """Makes pieces of the log, each from where the one before it ended."""

    def __init__(self, reader: Reader, telling: Telling, latest: LatestStandings) -> None:
        self._reader = reader
        self._telling = telling
        self._latest = latest

    def after(self, progress: Progress, head: int, larger: int = 1) -> Piece:
        """What comes next, at least one decision with all its facts. Raises `Unavailable`,
        `GapInLog` or `TooManyParked`.
        """
        with self._reader.cursor() as cursor:
            stretch = read_stretch(cursor, progress.position, head, larger * MOST_FACTS)
        facts, end = _whole_appends(_bounded(stretch, larger * MOST_BYTES), head)
        if end == progress.position < head:
            return self.after(progress, head, 4 * larger)
        parked = dict(progress.parked)
        for stream, position, cause in stretch.unreadable:
            if position <= end:
                _park(parked, stream, position, cause)
        told, messages = self._told(facts, parked)
        latest = self._latest.of(told, end, progress.swept)
        for stream, cause in latest.failed.items():
            _park(parked, stream, next(f.position for f in told if f.stream == stream), cause)
        if latest.failed:
            both = zip(told, messages, strict=True)
            messages = [message for fact, message in both if fact.stream not in latest.failed]
        standings = [said(self._telling, found) for found in latest.standings]
        return Piece(messages, standings, replace(progress, position=end, parked=parked))

    def of_parked(self, progress: Progress, stream: str) -> Piece | None:
        """What a parked stream held back, if it can be told by now. Raises `Unavailable`."""
        first = progress.parked[stream].position
        with self._reader.cursor() as cursor:
            place = {"stream": stream, "first": first, "last": progress.position}
            cursor.execute(SQL["facts_of_stream"], place)
            facts, unreadable = decoded(cursor.fetchall())
        if unreadable:
            return None
        parked = {name: each for name, each in progress.parked.items() if name != stream}
        told, messages = self._told(facts, dict(parked))
        latest = self._latest.of(told, progress.position, progress.swept)
        if len(told) < len(facts) or latest.failed:
            return None
        standings = [said(self._telling, found) for found in latest.standings]
        return Piece(messages, standings, replace(progress, parked=parked))

    def _told(
        self, facts: Sequence[StoredFact], parked: dict[str, Parked]
    ) -> tuple[list[StoredFact], list[Message]]:
        """The facts that can be told, and how; a stream is parked from its first that cannot."""
        told: list[StoredFact] = []
        messages: list[Message] = []
        for stored in facts:
            waits = parked.get(stored.stream) if parked else None
            if waits is not None and stored.position >= waits.position:
                continue
            try:
                message = fitting(self._telling.fact(stored))
            except Exception as cause:  # noqa: BLE001 - whatever it is, others must not wait for it
                _park(parked, stored.stream, stored.position, f"{type(cause).__name__}: {cause}")
            else:
                told.append(stored)
                messages.append(message)
        return told, messages


def _bounded(stretch: Stretch, most_bytes: int) -> Stretch:
    """The beginning of a stretch that holds no more than so many bytes."""
    held = 0
    for place, stored in enumerate(stretch.facts):
        held += len(stored.state)
        if held > most_bytes and place:
            return stretch._replace(last=stored.position - 1, facts=stretch.facts[:place])
    return stretch


def _whole_appends(stretch: Stretch, head: int) -> tuple[list[StoredFact], int]:
    """The facts of a stretch up to the end of a decision, and where that is."""
    if stretch.last == head or not stretch.facts:
        return stretch.facts, stretch.last
    kept = without_last_append(stretch.facts)
    return kept, stretch.facts[len(kept)].position - 1


def _park(parked: dict[str, Parked], stream: str, position: int, cause: str) -> None:
    if stream in parked:
        return
    if len(parked) >= MOST_PARKED:
        raise TooManyParked(f"{MOST_PARKED:,} streams cannot be told; the newest: {cause}")
    cause = cause.replace("\0", "?").encode()[:LONGEST_CAUSE].decode(errors="ignore")
    parked[stream] = Parked(position, cause)
    _log.error("a stream cannot be published further", stream=stream, position=position, why=cause)
