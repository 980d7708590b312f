"""The lists that are the log itself: facts by what they say, those of one seller, and chains."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, TypeAlias

from psycopg import Cursor

from api.lists.listing import Asked, ListOf
from api.lists.tokens import Key
from api.refusals import MalformedParameter
from api.representations import FactSeen, fact_seen
from ledger.facts.ids import seller_stream
from ledger.facts.instants import Instant
from ledger.facts.kinds import KINDS
from ledger.store.reader import facts_after, last_position_before, log_end
from projections.causes import causes_behind
from projections.facts_backwards import newest_first
from projections.facts_reading import facts_found, views_that_help
from projections.facts_wanted import FactsWanted, Span

FACTS: Final = ListOf("facts", "facts", FactSeen, by_position=True)
TIMELINE: Final = ListOf("timeline", "facts", FactSeen, by_position=True)
CAUSES: Final = ListOf("causes", "facts", FactSeen, by_position=True)

FactSort: TypeAlias = Literal["recorded", "-recorded"]


def facts(
    kinds: Sequence[str] | None = None,
    wanted: FactsWanted | None = None,
    begin: Instant | None = None,
    end: Instant | None = None,
    sort: FactSort = "recorded",
) -> Asked[FactSeen]:
    """Facts in the order of the log or the newest first, of any of these kinds, that say what is
    wanted, recorded at `begin` or later and before `end`.
    """
    _refuse_unknown_kinds(kinds)
    asked = (wanted or FactsWanted())._replace(kinds=None if kinds is None else _versions(kinds))
    if asked.violation_id is not None and asked.seller_id is None:
        raise MalformedParameter(
            "a file number is unique within one seller, and whose is not said",
            field="violation_id",
            accepted="violation_id with seller_id",
        )

    def rows(
        cursor: Cursor[Any], after: Key | None, at_once: int
    ) -> Iterator[tuple[Key, FactSeen]]:
        if sort == "recorded":
            found = facts_found(cursor, asked, _span(cursor, after, begin, end), at_once)
        else:
            span = _span(cursor, None, begin, end)
            before = span.up_to + 1 if after is None else int(after[0] or 0)
            span = span._replace(up_to=min(span.up_to, before - 1))
            found = newest_first(cursor, asked, span, at_once)
        for stored in found:
            yield (stored.position,), fact_seen(stored)

    told = {
        **asked._replace(kinds=None)._asdict(),
        "kind": kinds,
        "from": begin,
        "to": end,
        "sort": sort,
    }
    return Asked(FACTS._replace(helped_by=views_that_help(asked)), rows, told)


def timeline(seller_id: str) -> Asked[FactSeen]:
    """Everything that stands on the seller's own record, in order."""

    def rows(
        cursor: Cursor[Any], after: Key | None, at_once: int
    ) -> Iterator[tuple[Key, FactSeen]]:
        above, to = _span(cursor, after, None, None)
        stream = seller_stream(seller_id)
        for stored in facts_after(cursor, above, at_once, to=to, stream=stream):
            yield (stored.position,), fact_seen(stored)

    return Asked(TIMELINE, rows, {"seller_id": seller_id})


def causes(fact_id: str) -> Asked[FactSeen]:
    """What a fact followed from, and what that did, back to what nothing of the ledger caused."""

    def rows(
        cursor: Cursor[Any],
        after: Key | None,
        at_once: int,  # noqa: ARG001
    ) -> Iterator[tuple[Key, FactSeen]]:
        last = None if after is None else int(after[0] or 0)
        for stored in causes_behind(cursor, fact_id, last):
            yield (stored.position,), fact_seen(stored)

    return Asked(CAUSES, rows, {"fact_id": fact_id})


def _span(
    cursor: Cursor[Any], after: Key | None, begin: Instant | None, end: Instant | None
) -> Span:
    place = 0 if after is None else int(after[0] or 0)
    if begin is not None:
        place = max(place, last_position_before(cursor, begin))
    return Span(place, log_end(cursor) if end is None else last_position_before(cursor, end))


def _versions(kinds: Sequence[str]) -> tuple[str, ...]:
    """Kinds as they are stored: a name without a version stands for every version."""
    return tuple(name for name in KINDS if name in kinds or name.partition(".")[0] in kinds)


def _refuse_unknown_kinds(asked: Sequence[str] | None) -> None:
    known = {*KINDS, *(name.partition(".")[0] for name in KINDS)}
    for kind in asked or ():
        if kind not in known:
            names = sorted(name for name in known if "." not in name)
            raise MalformedParameter(
                f"no kind of fact is called {kind[:80]!r}", field="kind", accepted=", ".join(names)
            )
