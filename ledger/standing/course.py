"""The course of a standing: every instant at which it changes by what is known, with what happens
there and the standing from then on (RULES §3.5, §3.7).

It is walked once, from one instant to another: totals are carried from change to change, so that
a long history costs its length and not its square.
"""

from bisect import bisect_right
from collections.abc import Iterator
from typing import Literal

import msgspec
from msgspec.structs import replace

from ledger.facts.instants import Instant
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import NO_VIOLATIONS, Seller
from ledger.standing.standing import Standing, standing, standing_with
from ledger.standing.violations import Violation

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


class Course(msgspec.Struct, frozen=True):
    """How a standing goes on from an instant. Instants are microseconds."""

    standing: Standing
    """As of the instant at which it begins."""
    changes: tuple[Change, ...]
    """In order; none of them at the beginning itself."""
    complete: bool
    """Whether these are all; False where more follow than were asked for."""


def course(
    seller: Seller,
    rulebook: Rulebook,
    from_: Instant,
    to: Instant | None,
    known_at: Instant,
    most: int,
) -> Course:
    """What changes after `from_`, up to and with `to` (None: for ever), at most `most` instants;
    `seller` is as known at `known_at`.

    Raises `BeforeFirstPack` where no edition was in force at `from_`.
    """
    begun = standing(seller, rulebook, from_, known_at)
    counting = [v for v in seller.violations if v.counted and v.lapses_at > from_]
    told = _happenings(seller, counting, rulebook, from_, known_at)
    wanted = sorted(at for at in told if to is None or at <= to)
    instants = sorted({*told, *rulebook.effective_instants(known_at)})
    totals = _totals(counting, from_)
    ahead = _without_what_is_over(seller, from_)
    changes: list[Change] = []
    for at in wanted[:most]:
        for happening in told[at]:
            if happening.bucket is not None:
                totals[happening.bucket] = totals.get(happening.bucket, 0) + happening.change
        place = bisect_right(instants, at)
        later = instants[place] if place < len(instants) else None
        policy = rulebook.in_force(at, known_at)
        after = standing_with(ahead, policy, at, known_at, totals, later)
        changes.append(Change(at, tuple(told[at]), after))
    return Course(begun, tuple(changes), len(wanted) <= most)


def _totals(counting: list[Violation], at: Instant) -> dict[str, int]:
    totals: dict[str, int] = {}
    for v in counting:
        if v.effective_at <= at:
            totals[v.bucket] = totals.get(v.bucket, 0) + v.counted
    return totals


def _without_what_is_over(seller: Seller, from_: Instant) -> Seller:
    """The seller with what can still be in force: the totals tell of the violations."""
    return replace(
        seller,
        violations=NO_VIOLATIONS,
        sanctions=tuple(s for s in seller.sanctions if (u := s.until()) is None or u > from_),
        freezes=tuple(f for f in seller.freezes if f.ends_at > from_),
    )


def _happenings(
    seller: Seller,
    counting: list[Violation],
    rulebook: Rulebook,
    from_: Instant,
    known_at: Instant,
) -> dict[Instant, list[Happening]]:
    """What becomes true after an instant, by when it does."""
    found: dict[Instant, list[Happening]] = {}
    for at, happening in (
        *_of_editions(rulebook, from_, known_at),
        *_of_violations(counting),
        *_of_sanctions(seller),
    ):
        if at > from_:
            found.setdefault(at, []).append(happening)
    return found


def _of_editions(
    rulebook: Rulebook, from_: Instant, known_at: Instant
) -> Iterator[tuple[Instant, Happening]]:
    for at in sorted({at for at in rulebook.effective_instants(known_at) if at > from_}):
        edition = rulebook.in_force(at, known_at)
        if edition.effective_from == at:
            yield at, Happening("edition-in-force", edition.ref)


def _of_violations(counting: list[Violation]) -> Iterator[tuple[Instant, Happening]]:
    for v in counting:
        begins = Happening("violation-counts", v.violation_id, v.bucket, v.counted)
        yield v.effective_at, begins
        yield v.lapses_at, Happening("violation-lapses", v.violation_id, v.bucket, -v.counted)


def _of_sanctions(seller: Seller) -> Iterator[tuple[Instant, Happening]]:
    for s in seller.sanctions:
        yield s.starts_at, Happening("sanction-begins", s.sanction_id, s.bucket or None)
        until = s.until()
        if until is not None:
            yield until, Happening("sanction-ends", s.sanction_id, s.bucket or None)
    for f in seller.freezes:
        yield f.starts_at, Happening("funds-frozen", f.freeze_id)
        yield f.ends_at, Happening("funds-released", f.freeze_id)
