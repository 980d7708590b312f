"""`forecast`: what time alone will change about a seller, if nothing more happens (RULES §3.7)."""

from collections.abc import Iterator
from typing import Literal

import msgspec
from msgspec.structs import replace

from ledger.facts.instants import Instant
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Seller
from ledger.standing.standing import Standing, changes, standing
from ledger.standing.violations import Violations

What = Literal[
    "violation-counts",
    "violation-lapses",
    "sanction-begins",
    "sanction-ends",
    "funds-frozen",
    "funds-released",
    "edition-in-force",
]


class Happening(msgspec.Struct, frozen=True):
    """One thing that becomes true at an instant.

    Things begin in a forecast only when it is asked from an instant that has passed.
    """

    what: What
    subject: str
    """The id of the violation, sanction or freeze; the name of the edition."""
    bucket: str | None = None
    change: int = 0
    """By how much it changes its bucket's total."""


class Change(msgspec.Struct, frozen=True):
    """An instant at which the standing changes, what happens, and the standing from then on."""

    at: Instant
    happenings: tuple[Happening, ...]
    standing: Standing


class Forecast(msgspec.Struct, frozen=True):
    """The changes to come, in order. Instants are microseconds."""

    standing: Standing
    """As of the instant that the forecast starts from."""
    changes: tuple[Change, ...]
    complete: bool
    """Whether these are all; False where more follow than were asked for."""


def forecast(
    seller: Seller, rulebook: Rulebook, from_: Instant, known_at: Instant, most: int = 100
) -> Forecast:
    """What changes after `from_`, at most `most` instants; `seller` is as known at `known_at`.

    Raises `BeforeFirstPack` where no edition was in force. Costs a standing for each instant.
    """
    ahead = _still_ahead(seller, from_)
    instants = sorted({at for at in changes(ahead, rulebook, known_at) if at > from_})
    told: list[Change] = []
    for at in instants:
        happenings = tuple(_happenings(ahead, rulebook, at, known_at))
        if not happenings:
            continue
        if len(told) == most:
            return Forecast(standing(seller, rulebook, from_, known_at), tuple(told), False)
        told.append(Change(at, happenings, standing(ahead, rulebook, at, known_at)))
    return Forecast(standing(seller, rulebook, from_, known_at), tuple(told), True)


def _still_ahead(seller: Seller, from_: Instant) -> Seller:
    """The seller without the violations that count no more: they are most of a long history."""
    live = Violations.of(
        v for v in seller.violations if v.cancelled_at is None and v.lapses_at > from_
    )
    return replace(seller, violations=live)


def _happenings(
    seller: Seller, rulebook: Rulebook, at: Instant, known_at: Instant
) -> Iterator[Happening]:
    """What becomes true at exactly this instant."""
    edition = rulebook.in_force(at, known_at)
    if edition.effective_from == at:
        yield Happening("edition-in-force", edition.ref)
    for v in seller.violations:
        if v.counted and v.effective_at == at:
            yield Happening("violation-counts", v.violation_id, v.bucket, v.counted)
        if v.counted and v.lapses_at == at:
            yield Happening("violation-lapses", v.violation_id, v.bucket, -v.counted)
    for s in seller.sanctions:
        if s.starts_at == at:
            yield Happening("sanction-begins", s.sanction_id, s.bucket or None)
        if s.until() == at:
            yield Happening("sanction-ends", s.sanction_id, s.bucket or None)
    for f in seller.freezes:
        if f.starts_at == at:
            yield Happening("funds-frozen", f.freeze_id)
        if f.ends_at == at:
            yield Happening("funds-released", f.freeze_id)
