"""Cases: subjects with a stream of their own beside their seller's, as one writer's turn sees them.

A case is short: it is folded from its facts whenever somebody asks something of it, and nothing
is kept of it but when it is next due, and how long its seller's record concerns it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from psycopg import Cursor

from ledger.disputes.evolve import evolve_dispute
from ledger.facts.fact import Fact
from ledger.facts.ids import group_end, group_of, is_group, subject_of
from ledger.facts.instants import Instant
from ledger.facts.kinds import from_bytes
from ledger.performance.day import evolve_day
from ledger.promotions.campaign import evolve_campaign
from ledger.promotions.enrolment import Enrolment
from ledger.promotions.evolve import evolve_enrolment
from ledger.reports.evolve import evolve_report
from ledger.store.sql import queries

SQL: Final = queries("ledger.store", "cases.sql")


class Case(Protocol):
    """What the state of every case has, whatever it is about."""

    @property
    def version(self) -> int:
        """How many facts its stream has."""
        ...

    @property
    def seller_id(self) -> str | None:
        """The seller on whose record it bears; None where it is about nobody's."""
        ...

    def next_due(self) -> Instant | None:
        """When time alone next brings something; None for never."""
        ...


class CaseKind(NamedTuple):
    """How one kind of case is folded."""

    evolve: Callable[[Any, Any, int], Case]
    """From the case before (None at first), a fact of its stream, and the fact's position."""
    concerned_until: Callable[[Any], Instant | None] = lambda _: None
    """Until when what becomes of its seller concerns it; None where that does not."""


CASES: Final[Mapping[str, CaseKind]] = {
    "dispute": CaseKind(evolve_dispute),
    "performance": CaseKind(evolve_day),
    "product": CaseKind(evolve_day),
    "campaign": CaseKind(evolve_campaign),
    "enrolment": CaseKind(evolve_enrolment, Enrolment.concerned_until),
    "report": CaseKind(evolve_report),
}
"""By the first word of their streams."""


def is_case(stream: str) -> bool:
    """Whether this is the stream of a case."""
    return subject_of(stream) in CASES


def evolve_case(stream: str, case: Case | None, fact: Fact, position: int) -> Case:
    """A case of this stream once `fact` is known as well."""
    return CASES[subject_of(stream)].evolve(case, fact, position)


def load_cases(cursor: Cursor[Any], streams: Sequence[str]) -> dict[str, Case]:
    """The cases of these streams, from their facts; one that nobody began is left out."""
    found: dict[str, Case] = {}
    cursor.execute(SQL["load_cases"], (list(streams),))
    for stream, name, state, position in cursor.fetchall():
        fact = from_bytes(name, state)
        found[stream] = evolve_case(stream, found.get(stream), fact, position)
    return found


def load_newest(cursor: Cursor[Any], groups: Sequence[str]) -> dict[str, tuple[str, Case]]:
    """Of each group of streams the last in order that there is, as its newest fact tells it."""
    cursor.execute(SQL["load_newest"], (list(groups), [group_end(group) for group in groups]))
    return {
        group: (stream, evolve_case(stream, None, from_bytes(name, state), position))
        for group, stream, name, state, position in cursor.fetchall()
    }


class Cases:
    """The cases that a turn looked at, with everything appended to them in it."""

    def __init__(self, cursor: Cursor[Any]) -> None:
        self._cursor = cursor
        self._known: dict[str, Case] = {}
        self._looked_for = set[str]()
        self._newest: dict[str, str] = {}
        """Of the groups looked for, the last stream in order."""
        self._anybody: bool | None = None
        self._concerned: dict[str, set[str]] = {}
        self.changed = dict[str, None]()
        """The streams of those with facts of this turn, in order of their first."""

    def load(self, streams: Iterable[str]) -> list[Case]:
        """Have these at hand; returns those that were not and that somebody began. A group of
        streams stands for the last in order that there is.
        """
        missing = sorted(set(streams) - self._looked_for)
        groups = [name for name in missing if is_group(name)]
        names = [name for name in missing if not is_group(name)]
        found = load_cases(self._cursor, names) if names else {}
        self._known |= found
        if groups:
            self._load_groups(groups)
        # Last: where a fact of one cannot be read, the others are looked for again.
        self._looked_for.update(missing)
        return list(found.values())

    def _load_groups(self, groups: Sequence[str]) -> None:
        for group, (stream, case) in load_newest(self._cursor, groups).items():
            self._newest[group] = stream
            # What is known already has the facts of this turn too.
            self._known.setdefault(stream, case)
        for stream in self.changed:
            self._note_newest(stream, set(groups))

    def _note_newest(self, stream: str, groups: Collection[str]) -> None:
        group = group_of(stream)
        if group in groups and stream > self._newest.get(group, ""):
            self._newest[group] = stream

    def get(self, stream: str) -> Case | None:
        """A loaded case, or the last of a loaded group; None for one that nobody began."""
        if is_group(stream):
            stream = self._newest.get(stream, "")
        return self._known.get(stream)

    def __getitem__(self, stream: str) -> Case:
        return self._known[stream]

    def add(self, stream: str, fact: Fact, position: int) -> Case:
        """Put a fact on top of a loaded case."""
        case = evolve_case(stream, self._known.get(stream), fact, position)
        self._known[stream] = case
        self._looked_for.add(stream)
        self.changed[stream] = None
        self._note_newest(stream, self._looked_for)
        self._note_concerned(stream)
        return case

    def sellers(self) -> set[str]:
        """The sellers of those with facts of this turn."""
        sellers = (self._known[stream].seller_id for stream in self.changed)
        return {seller_id for seller_id in sellers if seller_id is not None}

    # -- what becomes of their sellers ---------------------------------------------------

    def is_anybody_concerned(self, now: Instant) -> bool:
        """Whether any case is concerned by what becomes of its seller: asked once a turn, since in
        most ledgers none is, and then nothing more has to be asked of each seller.
        """
        if self._anybody is None:
            self._cursor.execute(SQL["is_anybody_concerned"], (now,))
            row = self._cursor.fetchone()
            self._anybody = row is not None and bool(row[0])
        return self._anybody

    def look_up_concerned(self, seller_ids: Iterable[str], now: Instant) -> None:
        """Find out at once which cases are concerned by what becomes of these sellers."""
        missing = sorted({s for s in seller_ids if s not in self._concerned})
        if not missing:
            return
        self._concerned |= {seller_id: set() for seller_id in missing}
        self._cursor.execute(SQL["cases_concerned"], (missing, now))
        for seller_id, stream in self._cursor.fetchall():
            self._concerned[seller_id].add(stream)
        for stream in self.changed:
            self._note_concerned(stream)

    def concerned_by(self, seller_id: str, now: Instant) -> list[str]:
        """The streams of cases that are concerned by what becomes of a seller now."""
        if seller_id not in self._concerned:
            self.look_up_concerned([seller_id], now)
        return sorted(self._concerned[seller_id])

    def _note_concerned(self, stream: str) -> None:
        case = self._known[stream]
        is_concerned = CASES[subject_of(stream)].concerned_until(case) is not None
        self._anybody = is_concerned or self._anybody
        concerned = None if case.seller_id is None else self._concerned.get(case.seller_id)
        if concerned is None:
            return
        if is_concerned:
            concerned.add(stream)
        else:
            concerned.discard(stream)

    # -- writing -------------------------------------------------------------------------

    def save(self, derived: Collection[str]) -> None:
        """Write what is kept of those changed, and of those of which the database said otherwise
        than their facts (`derived`).
        """
        kept = {stream: self._known[stream] for stream in sorted({*derived, *self.changed})}
        # Of a case told once and for all, such as a day, nothing is kept: nothing is to be dropped.
        more = {stream for stream, case in kept.items() if case.version > 1 or stream in derived}
        dues = {stream: case.next_due() for stream, case in kept.items()}
        if running := [(stream, at) for stream, at in dues.items() if at is not None]:
            self._cursor.execute(SQL["save_case_dues"], _columns(running))
        if over := [stream for stream, at in dues.items() if at is None and stream in more]:
            self._cursor.execute(SQL["drop_case_dues"], (over,))
        concerned: list[tuple[str, str, Instant]] = []
        unconcerned: list[tuple[str, str]] = []
        for stream, case in kept.items():
            until = CASES[subject_of(stream)].concerned_until(case)
            if case.seller_id is not None and until is not None:
                concerned.append((case.seller_id, stream, until))
            elif case.seller_id is not None and stream in more:
                unconcerned.append((case.seller_id, stream))
        if concerned:
            self._cursor.execute(SQL["save_concerned"], _columns(concerned))
        if unconcerned:
            self._cursor.execute(SQL["drop_concerned"], _columns(unconcerned))


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
