"""What falls due when, as one writer's turn sees it: what the database keeps of sellers and
cases, and what the turn changed.
"""

import heapq
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, LiteralString, Protocol
from weakref import proxy

from psycopg import Cursor

from ledger.facts.ids import seller_stream
from ledger.facts.instants import Instant
from ledger.facts.kinds import UnreadableFact
from ledger.store.cases import SQL as CASES_SQL
from ledger.store.loading import SQL

LOOK_AHEAD: Final = 1_000
"""How many due subjects are read at a time."""


class Subjects(Protocol):
    """The sellers and cases of a turn, each by its stream."""

    def changed_streams(self) -> list[str]:
        """Those with facts of this turn, in order."""
        ...

    def load_streams(self, streams: Iterable[str]) -> None:
        """Have these at hand."""
        ...

    def next_due(self, stream: str) -> Instant | None:
        """When a loaded one is next due, with everything appended in the turn."""
        ...


class _Kept:
    """One table of due instants, as far as it was looked through."""

    def __init__(self, statement: LiteralString, stream_of: Callable[[str], str]) -> None:
        self._statement: LiteralString = statement
        self._stream_of = stream_of
        self._seen: tuple[Instant, str] = (0, "")
        self._seen_to: Instant = -1

    def is_behind(self, up_to: Instant, first: tuple[Instant, str] | None) -> bool:
        """Whether something that it keeps may come before `first` and by `up_to`."""
        if self._seen_to >= up_to:
            return False
        due_at, subject = self._seen
        return first is None or first > (due_at, self._stream_of(subject))

    def more(self, cursor: Cursor[Any], up_to: Instant) -> list[tuple[Instant, str]]:
        """The next due instants with their streams."""
        cursor.execute(self._statement, (*self._seen, up_to, LOOK_AHEAD))
        rows = cursor.fetchall()
        if len(rows) == LOOK_AHEAD:
            self._seen = rows[-1]
        else:
            self._seen, self._seen_to = (up_to + 1, ""), up_to
        return [(due_at, self._stream_of(subject)) for due_at, subject in rows]


class Agenda:
    """Due instants in order; what was changed in the turn counts as it stands now."""

    def __init__(self, cursor: Cursor[Any], subjects: Subjects) -> None:
        self.horizon: Instant = 0
        """How far ahead due work is looked up at once."""
        self.derived = set[str]()
        """Streams of which the database said that something was due, and facts say otherwise."""
        self._cursor = cursor
        # The turn holds its agenda: were it held in turn, both would wait for a rare collection.
        self._subjects: Subjects = proxy(subjects)
        self.watching = False
        """Whether it has to hear of what changes."""
        self._heap: list[tuple[Instant, str]] = []
        self._found: dict[str, Instant | None] = {}
        self._kept = (
            _Kept(SQL["due_sellers"], seller_stream),
            _Kept(CASES_SQL["due_cases"], str),
        )

    def open(self) -> None:
        """From here on also watch what is changed in this turn."""
        if not self.watching:
            self.watching = True
            for stream in self._subjects.changed_streams():
                self.watch(stream)

    def earliest(self, up_to: Instant) -> tuple[Instant, str] | None:
        """The earliest (instant, stream) due by `up_to`, taken off; None if nothing is.
        Needs `open`.
        """
        while True:
            first = self._heap[0] if self._heap else None
            behind = [kept for kept in self._kept if kept.is_behind(up_to, first)]
            if behind:
                for kept in behind:
                    self._look_ahead(kept, max(up_to, self.horizon))
                continue
            if first is None or first[0] > up_to:
                return None
            due_at, stream = heapq.heappop(self._heap)
            if self.due_of(stream) == due_at:
                return due_at, stream
            if stream not in self._found:
                # Its row was written by another engine: what this one derives holds.
                self.derived.add(stream)
                self.watch(stream)

    def watch(self, stream: str) -> None:
        """Something changed: note when it is due now."""
        if not self.watching:
            return
        due_at = self._found[stream] = self._subjects.next_due(stream)
        if due_at is not None:
            heapq.heappush(self._heap, (due_at, stream))

    def due_of(self, stream: str) -> Instant | None:
        """When it is next due; of what is watched, as found when it last changed."""
        if stream in self._found:
            return self._found[stream]
        return self._subjects.next_due(stream)

    def _look_ahead(self, kept: _Kept, up_to: Instant) -> None:
        rows = kept.more(self._cursor, up_to)
        unreadable = self._unreadable([stream for _, stream in rows])
        for due_at, stream in rows:
            if stream not in self._found and stream not in unreadable:
                heapq.heappush(self._heap, (due_at, stream))

    def _unreadable(self, streams: Sequence[str]) -> set[str]:
        """Load them; returns those with a stored fact that no kind explains. What is due of
        them waits until that is mended; what is due of others does not wait for it.
        """
        try:
            self._subjects.load_streams(streams)
        except UnreadableFact:
            if len(streams) == 1:
                return set(streams)
            half = len(streams) // 2
            return self._unreadable(streams[:half]) | self._unreadable(streams[half:])
        return set()
