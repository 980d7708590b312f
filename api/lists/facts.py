"""The lists that are the log itself: all facts, and those of one seller."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from psycopg import Cursor

from api.lists.listing import Asked, ListOf
from api.lists.tokens import Key
from api.refusals import MalformedParameter
from api.representations import FactSeen, fact_seen
from ledger.facts.ids import seller_stream
from ledger.facts.instants import Instant
from ledger.facts.kinds import KINDS
from ledger.store.reader import facts_after, last_position_before, log_end
from projections.fact_kinds_reading import stretches_of

FACTS: Final = ListOf("facts", "facts", FactSeen, by_position=True, helped_by=("fact-kinds",))
TIMELINE: Final = ListOf("timeline", "facts", FactSeen, by_position=True)


def facts(
    kinds: Sequence[str] | None = None,
    seller_id: str | None = None,
    begin: Instant | None = None,
    end: Instant | None = None,
) -> Asked[FactSeen]:
    """Facts in the order of the log, of any of these kinds, of one seller, recorded at `begin`
    or later and before `end`.
    """
    _refuse_unknown_kinds(kinds)
    stream = None if seller_id is None else seller_stream(seller_id)

    def rows(
        cursor: Cursor[Any], after: Key | None, at_once: int
    ) -> Iterator[tuple[Key, FactSeen]]:
        place = 0 if after is None else int(after[0] or 0)
        if begin is not None:
            place = max(place, last_position_before(cursor, begin))
        to = log_end(cursor) if end is None else last_position_before(cursor, end)
        stretches = [(place, to)]
        if kinds is not None and stream is None:
            stretches = stretches_of(cursor, _versions(kinds), place, to)
        for above, up_to in stretches:
            for stored in facts_after(cursor, above, at_once, to=up_to, kinds=kinds, stream=stream):
                yield (stored.position,), fact_seen(stored)

    told = {"kind": kinds, "seller_id": seller_id, "from": begin, "to": end}
    return Asked(FACTS, rows, told)


def timeline(seller_id: str) -> Asked[FactSeen]:
    """Everything that the ledger recorded of the seller, in order."""
    return Asked(TIMELINE, facts(seller_id=seller_id).rows, {"seller_id": seller_id})


def _versions(kinds: Sequence[str]) -> list[str]:
    """Kinds as they are stored: a name without a version stands for every version."""
    return [name for name in KINDS if name in kinds or name.partition(".")[0] in kinds]


def _refuse_unknown_kinds(asked: Sequence[str] | None) -> None:
    known = {*KINDS, *(name.partition(".")[0] for name in KINDS)}
    for kind in asked or ():
        if kind not in known:
            names = sorted(name for name in known if "." not in name)
            raise MalformedParameter(
                f"no kind of fact is called {kind[:80]!r}", field="kind", accepted=", ".join(names)
            )
