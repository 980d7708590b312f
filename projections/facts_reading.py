"""Facts by what they say: found by a stream's name, by terms, or by the view of violations.

Nothing here waits for a view: what one has yet to read is looked through in the log itself.
"""

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import groupby, islice
from typing import Any, Final

import msgspec
from psycopg import Cursor

from ledger.facts import ids
from ledger.facts.kinds import KINDS
from ledger.store.loading import StoredFact
from ledger.store.reader import facts_after
from ledger.store.sql import queries
from projections import fact_terms as terms
from projections.fact_kinds_reading import stretches_of
from projections.fact_terms import DECISIONS, FIFTY, FactTerms
from projections.facts_wanted import FactsWanted, Span, says
from projections.taking import decoded
from projections.violations import Violations
from projections.violations_reading import ViolationsWanted, violations_read

SQL: Final = queries("projections", "facts_reading.sql")
FIRST_FIFTIES: Final = 8
MOST_FIFTIES: Final = 64
"""Fifties looked up at once: few where a page may be full soon, then more."""
VIOLATIONS_AT_ONCE: Final = 60
DECISION_NAMES: Final = tuple(name for name, kind in KINDS.items() if kind in DECISIONS)


def facts_found(
    cursor: "Cursor[Any]", wanted: FactsWanted, span: Span, at_once: int
) -> Iterator[StoredFact]:
    """The facts wanted, in the order of the log, read so many at once and none too early."""
    found = _looked_for(cursor, wanted, span, at_once)
    return (stored for stored in found if says(stored, wanted))


def views_that_help(wanted: FactsWanted) -> tuple[str, ...]:
    """The views that are looked at, where they are made."""
    of_violations = wanted.rule is not None or wanted.listing_id is not None
    return ("fact-kinds", "fact-terms", *(("violations",) * of_violations))


def _looked_for(
    cursor: "Cursor[Any]", wanted: FactsWanted, span: Span, at_once: int
) -> Iterator[StoredFact]:
    """Facts among which all that are wanted stand, by whatever finds the fewest."""
    look = _Look(cursor, span, at_once, wanted.kinds)
    match wanted:
        case FactsWanted(caused_by=str(cause)):
            address = ids.address_of(cause)
            stream = "" if address is None else address[0]
            return look.together(stream, cause, terms.caused_by(cause))
        case FactsWanted(dispute_id=str(name)):
            stream = ids.dispute_stream(name)
            return look.together(stream, name, terms.case(stream), whole=True)
        case FactsWanted(report_id=str(name)):
            stream = ids.report_stream(name)
            return look.together(stream, name, terms.case(stream), whole=True)
        case FactsWanted(correlation_id=str(name)):
            return look.by_terms(name, [terms.correlation(name)])
        case FactsWanted(violation_id=str(name), seller_id=str(seller)):
            return look.together(ids.seller_stream(seller), name, terms.seller(seller))
        case FactsWanted(seller_id=str(seller)):
            return look.together(
                ids.seller_stream(seller), seller, terms.seller(seller), whole=True
            )
        case FactsWanted(campaign_id=str(name)):
            return look.together(ids.campaign_stream(name), name, terms.campaign(name), whole=True)
        case FactsWanted(decided_by=str(name)):
            return look.done_by(name, DECISION_NAMES)
        case FactsWanted(rule=None, listing_id=None, actor=str(name)):
            return look.done_by(name, tuple(KINDS) if wanted.kinds is None else wanted.kinds)
        case FactsWanted(rule=None, listing_id=None):
            return look.by_kind()
        case _:
            return look.by_violation(wanted)


class _Look:
    """One search, on one cursor."""

    def __init__(
        self, cursor: "Cursor[Any]", span: Span, at_once: int, kinds: Sequence[str] | None
    ) -> None:
        self._cursor = cursor
        self._span = span
        self._at_once = at_once
        self._kinds = kinds

    def together(
        self, stream: str, told: str, term: str, *, whole: bool = False
    ) -> Iterator[StoredFact]:
        """The facts of a stream, all or those that tell a text, and those of others by term."""
        own = self._of_stream(stream) if whole else self._telling(stream, told)
        others = self.by_terms(told, [term], elsewhere=stream)
        return merge(own, others, key=_position)

    def by_kind(self) -> Iterator[StoredFact]:
        """All facts of the kinds, or all there are."""
        stretches: Iterator[tuple[int, int]] = iter([self._span])
        if self._kinds is not None:
            stretches = stretches_of(self._cursor, self._kinds, *self._span)
        for above, up_to in stretches:
            yield from facts_after(self._cursor, above, self._at_once, to=up_to, kinds=self._kinds)

    def done_by(self, actor: str, kinds: Sequence[str]) -> Iterator[StoredFact]:
        """The facts of these kinds that somebody was behind."""
        return self.by_terms(actor, [terms.done_by(actor, kind) for kind in kinds])

    def by_terms(
        self, told: str, wanted: Sequence[str], *, elsewhere: str = ""
    ) -> Iterator[StoredFact]:
        """The facts that tell a text, by their terms; none of the stream `elsewhere`."""
        above, up_to = self._span
        known = min(up_to, self._made(FactTerms.name, FactTerms.version))
        text = {"told": msgspec.json.encode(told), "elsewhere": elsewhere}
        noted = self._noted(text, wanted, known)
        yield from self._with_parked(noted, FactTerms.name, known, elsewhere)
        yield from self._in_tail(max(above, known), text)

    def _noted(
        self, text: dict[str, Any], wanted: Sequence[str], known: int
    ) -> Iterator[StoredFact]:
        above = self._span.above
        for fifties in self._fifties(wanted, known):
            asked = {
                "above": [max(above, fifty * FIFTY - 1) for fifty in fifties],
                "up_to": [min(known, fifty * FIFTY + FIFTY - 1) for fifty in fifties],
            }
            yield from self._read("in_stretches", asked | text)

    def by_violation(self, wanted: FactsWanted) -> Iterator[StoredFact]:
        """The facts that recorded violations of a rule or a listing, by the view of them."""
        above, up_to = self._span
        known = min(up_to, self._made(Violations.name, Violations.version))
        if above < known:
            listed = self._listed(wanted, known)
            yield from self._with_parked(listed, Violations.name, known)
        told = wanted.listing_id or wanted.rule
        text = {"told": msgspec.json.encode(told), "elsewhere": ""}
        yield from self._in_tail(max(above, known), text)

    def _listed(self, wanted: FactsWanted, known: int) -> Iterator[StoredFact]:
        asked = ViolationsWanted(
            rule=wanted.rule, listing_id=wanted.listing_id, reported_by=wanted.actor
        )
        begin, at_once = (self._span.above,), min(self._at_once, VIOLATIONS_AT_ONCE)
        rows = violations_read(self._cursor, asked, "recorded", 0, begin, at_once)
        while some := list(islice(rows, VIOLATIONS_AT_ONCE)):
            positions = [row[0] for row in some if row[0] <= known]
            yield from self._read("at", {"positions": positions})
            if len(positions) < len(some):
                return

    def _with_parked(
        self, found: Iterator[StoredFact], view: str, known: int, elsewhere: str = ""
    ) -> Iterator[StoredFact]:
        """What was found by a view, and the readable facts of streams that it could not take."""
        parked = self._cursor.execute(SQL["parked"], {"name": view}).fetchall()
        missing: list[StoredFact] = []
        for stream, first in parked:
            if stream != elsewhere:
                place = {"stream": stream, "first": first}
                place |= {"above": self._span.above, "up_to": known}
                rows = self._cursor.execute(SQL["of_parked"], place).fetchall()
                missing += decoded(rows)[0]
        missing.sort(key=_position)
        # A term of another stream's may have led to one of them too.
        together = groupby(merge(found, missing, key=_position), _position)
        return (next(same) for _, same in together)

    def _fifties(self, wanted: Sequence[str], known: int) -> Iterator[list[int]]:
        """The fifties of any of some terms up to where the view is, some at a time."""
        above = self._span.above
        after, limit = (above + 1) // FIFTY - 1, FIRST_FIFTIES
        numbers = [terms.number_of(term) for term in wanted]
        while above < known:
            asked = {"terms": numbers, "after": after, "limit": limit}
            rows = self._cursor.execute(SQL["fifties"], asked, prepare=False).fetchall()
            found = [fifty for (fifty,) in rows if fifty * FIFTY <= known]
            if found:
                yield found
            if len(found) < limit:
                return
            after, limit = found[-1], min(2 * limit, MOST_FIFTIES)

    def _in_tail(self, above: int, text: dict[str, Any]) -> Iterator[StoredFact]:
        while above < self._span.up_to:
            asked = {"above": above, "up_to": self._span.up_to, "limit": self._at_once, **text}
            found = list(self._read("tail", asked))
            yield from found
            if len(found) < self._at_once:
                return
            above = found[-1].position

    def _of_stream(self, stream: str) -> Iterator[StoredFact]:
        above, up_to = self._span
        return facts_after(
            self._cursor, above, self._at_once, to=up_to, kinds=self._kinds, stream=stream
        )

    def _telling(self, stream: str, told: str) -> Iterator[StoredFact]:
        above, up_to = self._span
        text = {"stream": stream, "told": msgspec.json.encode(told), "limit": self._at_once}
        while True:
            found = list(self._read("of_stream", {"above": above, "up_to": up_to, **text}))
            yield from found
            if len(found) < self._at_once:
                return
            above = found[-1].position

    def _read(self, name: str, asked: dict[str, Any]) -> Iterator[StoredFact]:
        rows = self._cursor.execute(SQL[name], asked, prepare=False).fetchall()
        return map(StoredFact.of, rows)

    def _made(self, name: str, version: str) -> int:
        """How far a view has read the log; 0 where it was never made."""
        asked = {"name": name, "version": version}
        row = self._cursor.execute(SQL["position"], asked, prepare=False).fetchone()
        return 0 if row is None else int(row[0])


def _position(stored: StoredFact) -> int:
    return stored.position
