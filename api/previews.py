"""How a preview looks to those who ask: the standing before and after, and the facts between."""

from typing import Any, Final

import msgspec
from msgspec.structs import replace

from api.fact_data import data_of, fields_of
from api.representations import Standing, When, standing_of
from ledger.facts.ids import fact_id, seller_of
from ledger.facts.instants import Instant, format_instant
from ledger.facts.kinds import name_of
from ledger.standing.seller import Seller
from ledger.standing.standing import standing
from ledger.store.keeping import Told
from ledger.store.turn import Appended
from ledger.taking.preview import Preview

_SEALS: Final = ("seal", "content")
"""Of a text that is kept nowhere there is no digest that anybody could check."""


class FactForeseen(msgspec.Struct, frozen=True):
    """A fact that would be recorded. It has no position, since it is not in the log."""

    kind: str
    fact_id: str
    """The address it gets if nothing comes before it."""
    seller_id: str | None
    effective_at: When
    actor: str
    caused_by: str | None
    policy: str | None
    data: dict[str, Any]


class Foreseen(msgspec.Struct, frozen=True):
    """What a command would bring about if it were told now; nothing of it is written."""

    at: When
    """The instant for which this was worked out."""
    replayed: bool
    """Whether the same was told before: then nothing new would be recorded."""
    standing: Standing | None
    """The seller as it stands; null where the command is about no seller."""
    after: Standing | None
    """The seller as it would stand."""
    facts: tuple[FactForeseen, ...]
    """All that would be recorded together, in order."""


def foreseen(found: Preview) -> Foreseen:
    """A preview as others read it."""
    before = _standing(found, found.before)
    after = _standing(found, found.after)
    if before is not None and after is not None:
        # Both rest on the log as it is: no place in it is given away.
        after = replace(after, position=before.position)
    return Foreseen(
        at=format_instant(found.at),
        replayed=isinstance(found.outcome, Told),
        standing=before,
        after=after,
        facts=tuple(map(_fact, found.facts)),
    )


def _standing(found: Preview, seller: Seller | None) -> Standing | None:
    if seller is None:
        return None
    at: Instant = found.at
    return standing_of(standing(seller, found.rulebook, at, at), found.rulebook.book)


def _fact(appended: Appended) -> FactForeseen:
    fact = appended.fact
    told = fields_of(fact)
    effective = told.get("effective_at", told.get("starts_at", fact.recorded_at))
    data = data_of(fact)
    for name in _SEALS:
        data.pop(name, None)
    return FactForeseen(
        kind=name_of(fact),
        fact_id=fact_id(appended.stream, appended.version),
        seller_id=seller_of(appended.stream) or told.get("seller_id"),
        effective_at=format_instant(effective),
        actor=fact.actor,
        caused_by=fact.caused_by,
        policy=told.get("policy"),
        data=data,
    )
