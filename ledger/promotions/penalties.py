"""What happened to a seller's record since it registered a product: that alone takes it out.

`since` is the version of the record at registration. Its facts behind that came afterwards,
whatever their instants say.
"""

from collections.abc import Iterable
from typing import NamedTuple

from ledger.facts.campaigns import WithdrawnWhy
from ledger.facts.ids import fact_id, seller_stream
from ledger.facts.instants import Instant
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Sanction, Seller
from ledger.standing.violations import Violation


class Penalty(NamedTuple):
    """Why a product takes no part any more."""

    why: WithdrawnWhy
    fact: str
    """The address of the sanction's or the violation's fact."""
    because_of: tuple[str, ...]
    """The violations behind it."""
    points: int | None = None
    """How many points since registration, where they were too many."""


class Penalties(NamedTuple):
    """Everything since a version of a seller's record that counts against its products."""

    seller_id: str
    sanctions: tuple[Sanction, ...]
    """Milestones reached, and what a person imposed that bars promotion."""
    strikes: tuple[Violation, ...]
    points: tuple[Violation, ...]

    @property
    def points_given(self) -> int:
        """Points counted since, after caps and merges; what was overturned counts nothing."""
        return sum(violation.counted for violation in self.points)

    def against(self, max_points: int | None) -> Penalty | None:
        """Why a product with this limit of points is out, if it is: the gravest, oldest reason."""
        for sanction in self.sanctions:
            why = "sanction" if sanction.by_hand else "milestone"
            return Penalty(why, self._fact(sanction), sanction.because_of)
        for strike in self.strikes:
            return Penalty("strike", self._fact(strike), (strike.violation_id,))
        if max_points is None or self.points_given < max_points:
            return None
        because_of = tuple(violation.violation_id for violation in self.points)
        return Penalty("points", self._fact(self.points[-1]), because_of, self.points_given)

    def facts(self) -> tuple[str, ...]:
        """The addresses of all of them."""
        return tuple(map(self._fact, (*self.sanctions, *self.strikes, *self.points)))

    def _fact(self, found: Sanction | Violation) -> str:
        return fact_id(seller_stream(self.seller_id), found.version)


def penalties_since(seller: Seller, since: int, at: Instant, rulebook: Rulebook) -> Penalties:
    """What of a seller's record came after a version of it and by `at`, and was not overturned."""
    violations = [
        v
        for v in _after(seller, since)
        if v.counted and v.lapses_at > v.recorded_at and v.recorded_at <= at
    ]
    return Penalties(
        seller.seller_id,
        tuple(
            s
            for s in seller.sanctions
            if s.version > since and s.starts_at <= at and _stands(s, seller, at)
        ),
        tuple(v for v in violations if _is_strike(v, rulebook)),
        tuple(v for v in violations if not _is_strike(v, rulebook)),
    )


def _after(seller: Seller, since: int) -> Iterable[Violation]:
    """Violations recorded since, the oldest first."""
    found: list[Violation] = []
    for violation in reversed(seller.violations):
        if violation.version <= since:
            break
        found.append(violation)
    return reversed(found)


def _is_strike(violation: Violation, rulebook: Rulebook) -> bool:
    return rulebook.edition(violation.policy).bucket(violation.bucket).unit == "strikes"


def _stands(sanction: Sanction, seller: Seller, at: Instant) -> bool:
    """Whether a sanction still speaks against its seller: all of the time that it ran may have been
    found in error since. By hand, it counts where it bars promotion.
    """
    if sanction.by_hand:
        return "promotion" in sanction.bars or sanction.sanction == "suspension"
    until = sanction.until()
    ran_us = (at if until is None else min(until, at)) - sanction.starts_at
    if ran_us > 0:
        return sanction.error_us < ran_us
    # A warning runs for no time, and what was lifted at once ran for none.
    return sanction.cut != "lifted" and not all(
        _is_void(seller, violation_id) for violation_id in sanction.because_of
    )


def _is_void(seller: Seller, violation_id: str) -> bool:
    violation = seller.violation(violation_id)
    return violation is None or violation.cancelled_at is not None
