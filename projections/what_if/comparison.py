"""Two worlds' outcomes, added up range by range: summary, distributions and series.

Only sums of whole numbers are kept, so that the order in which ranges come, and how many there
are, changes nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from ledger.standing.rulebook import Rulebook
from projections.archive.manifest import Terms
from projections.what_if.columns import (
    ENDED,
    ROW,
    RUNG,
    START,
    UNTIL,
    Array,
    Compared,
    Facts,
    Outcome,
    Span,
)
from projections.what_if.judging import SANCTION_KINDS, SUSPENSION
from projections.what_if.months import Months
from projections.what_if.result import (
    Bin,
    Both,
    Distribution,
    FamilyCount,
    Month,
    Sellers,
    Series,
    Summary,
)

_np: Any = np
HIGHEST: Final = 4_095
"""Totals from here on are counted together."""
BINS_TO_LIMIT: Final = 8
LIMITS_DRAWN: Final = 2
"""Totals beyond so many times the limit are one bin."""
NO_FAMILY: Final = "none"


class Sanctions(NamedTuple):
    """The sanctions of one world, by seller, each in order of their beginnings."""

    seller: Array
    row: Array
    rung: Array
    start: Array
    end: Array

    @classmethod
    def of(cls, outcome: Outcome, sellers: Array) -> "Sanctions":
        """Those of the sellers marked."""
        counts = _np.diff(outcome.first)
        seller = _np.repeat(_np.arange(len(counts)), counts)
        lines = outcome.sanctions[sellers[seller]]
        end = _np.minimum(lines[:, UNTIL], lines[:, ENDED])
        return cls(seller[sellers[seller]], lines[:, ROW], lines[:, RUNG], lines[:, START], end)


class _World:
    """One world's sums in the making."""

    def __init__(self, rulebook: Rulebook, families: Sequence[str], months: Months) -> None:
        self.buckets = tuple(rulebook.bucket_number)
        self.totals = {b: _np.zeros(HIGHEST + 1, _np.int64) for b in self.buckets}
        self.kinds = _np.zeros(len(SANCTION_KINDS), _np.int64)
        self.suspended_us = 0
        self.frozen_us = 0
        self.no_promotion = 0
        self.by_month = _np.zeros((3, len(months.names)), _np.int64)
        self.by_family = _np.zeros((2, len(families)), _np.int64)
        milestones = [milestone for _, milestone in rulebook.rungs]
        self._suspends = _flags(m.sanction == SANCTION_KINDS[SUSPENSION] for m in milestones)
        self._bars = _flags("promotion" in m.bars for m in milestones)

    def count(self, outcome: Outcome) -> None:
        """Figures that are there for every seller."""
        for number, bucket in enumerate(self.buckets):
            values = _np.clip(outcome.values[:, number], 0, HIGHEST)
            self.totals[bucket] += _np.bincount(values, minlength=HIGHEST + 1)
        self.kinds += outcome.imposed.sum(axis=0)
        self.suspended_us += int(outcome.suspended_us.sum())
        self.frozen_us += int(outcome.frozen_us.sum())

    def sanctions(self, found: Sanctions, family: Array, months: Months, span: Span) -> None:
        """Figures of sanctions; `family` is that of each row, by number."""
        suspends = self._suspends[found.rung]
        inside = (found.start >= span.begin) & (found.start <= span.to)
        of = family[found.row]
        for line, which in enumerate((inside, inside & suspends)):
            self.by_month[line] += months.counts(found.start[which])
            self.by_family[line] += _np.bincount(of[which], minlength=self.by_family.shape[1])
        self.by_month[2] += months.in_force(
            found.seller[suspends], found.start[suspends], found.end[suspends]
        )
        barred = self._bars[found.rung] & (found.start <= span.to) & (span.to < found.end)
        self.no_promotion += len(_np.unique(found.seller[barred]))


class Comparison:
    """Both worlds' sums over the ranges that were added."""

    def __init__(
        self, baseline: Rulebook, scenario: Rulebook, terms: Sequence[Terms], span: Span
    ) -> None:
        self._rulebooks = baseline, scenario
        self._span = span
        self.months = Months.between(span.begin, span.to)
        names = sorted({line.family for line in terms if line.family})
        self.families = (*names, NO_FAMILY)
        number = {name: n for n, name in enumerate(self.families)}
        lines = [number[line.family or NO_FAMILY] for line in terms]
        self._family = _np.array(lines, dtype=_np.int64)
        self._worlds = tuple(_World(r, self.families, self.months) for r in self._rulebooks)
        self._sellers = _np.zeros(3, _np.int64)
        self._standing = _np.zeros((2, 4), _np.int64)

    def add(self, compared: Compared, baseline: Facts, scenario: Facts) -> None:
        """One range: its outcomes, and the facts of either world, which have the same rows."""
        one, other = compared.baseline, compared.scenario
        differs = compared.differs != 0
        self._sellers += [len(compared.sellers), compared.rows, int(differs.sum())]
        for line, name in enumerate(("suspended", "frozen")):
            was, now = getattr(one, name), getattr(other, name)
            self._standing[line] += [was.sum(), now.sum(), (now & ~was).sum(), (was & ~now).sum()]
        for world, outcome in zip(self._worlds, (one, other), strict=True):
            world.count(outcome)
        # Who was judged once has its sanctions in one outcome, for both worlds.
        held = _np.diff(one.first) >= _np.diff(other.first)
        families = self._family[baseline.terms], self._family[scenario.terms]
        for found, outcome, own, others in (
            (0, one, differs | held, ~differs & held),
            (1, other, differs | ~held, ~differs & ~held),
        ):
            self._sanctions(found, found, Sanctions.of(outcome, own), families[found])
            self._sanctions(1 - found, found, Sanctions.of(outcome, others), families[found])

    def _sanctions(self, world: int, found: int, sanctions: Sanctions, family: Array) -> None:
        """Count sanctions for a world that were found in the outcome of one of both."""
        if world != found:
            alike = _same_rungs(self._rulebooks[found], self._rulebooks[world])
            sanctions = sanctions._replace(rung=alike[sanctions.rung])
        self._worlds[world].sanctions(sanctions, family, self.months, self._span)

    def summary(self) -> Summary:
        """The figures over everybody."""
        sellers, facts, differ = (int(n) for n in self._sellers)
        suspended, frozen = (Sellers(*(int(n) for n in line)) for line in self._standing)
        before, after = self._worlds
        return Summary(
            sellers=sellers,
            facts=facts,
            differ=differ,
            suspended=suspended,
            freezes=frozen,
            promotion=Both(before.no_promotion, after.no_promotion),
            sanctions={
                kind: _both(before.kinds[n], after.kinds[n])
                for n, kind in enumerate(SANCTION_KINDS)
            },
            suspended_us=Both(before.suspended_us, after.suspended_us),
            frozen_us=Both(before.frozen_us, after.frozen_us),
        )

    def distributions(self) -> tuple[Distribution, ...]:
        """How totals are distributed in either world, bucket by bucket."""
        before, after = (world.totals for world in self._worlds)
        limits = [_limits(r, self._span) for r in self._rulebooks]
        names = dict.fromkeys((*before, *after))
        return tuple(
            _distribution(name, (limits[0].get(name), limits[1].get(name)), before, after)
            for name in names
        )

    def series(self) -> Series:
        """The same, by month and by family."""
        (m1, f1), (m2, f2) = ((w.by_month, w.by_family) for w in self._worlds)
        months = (
            Month(name, *(_both(m1[line, n], m2[line, n]) for line in range(3)))
            for n, name in enumerate(self.months.names)
        )
        families = (
            FamilyCount(name, *(_both(f1[line, n], f2[line, n]) for line in range(2)))
            for n, name in enumerate(self.families)
        )
        found = tuple(f for f in families if f.family != NO_FAMILY or f.sanctions != Both(0, 0))
        return Series(tuple(months), found)


def _same_rungs(found: Rulebook, wanted: Rulebook) -> Array:
    """For each rung of one world, one of another's that does the same."""
    known: dict[Any, int] = {}
    for number, (_, m) in enumerate(wanted.rungs):
        known.setdefault((m.sanction, "promotion" in m.bars), number)
    rungs = [known.get((m.sanction, "promotion" in m.bars), 0) for _, m in found.rungs]
    return _np.array(rungs or [0])


def _limits(rulebook: Rulebook, span: Span) -> dict[str, int | None]:
    policy = rulebook.in_force(span.to, span.known_at)
    return {bucket.name: bucket.limit for bucket in policy.buckets}


def _distribution(
    bucket: str,
    limit: tuple[int | None, int | None],
    before: Mapping[str, Array],
    after: Mapping[str, Array],
) -> Distribution:
    nobody = _np.zeros(HIGHEST + 1, _np.int64)
    was, now = before.get(bucket, nobody), after.get(bucket, nobody)
    known = [n for n in limit if n is not None]
    width = max(1, min(known) // BINS_TO_LIMIT) if known else 1
    occupied = _np.flatnonzero(was + now)
    top = max([int(occupied[-1]) if len(occupied) else 0, *known])
    last = min(top, LIMITS_DRAWN * max(known, default=top))
    edges = [0, *range(1, last + 1, width)]
    bins: list[Bin] = []
    for least, following in zip(edges, [*edges[1:], None], strict=True):
        part = slice(least, following)
        most = None if following is None else following - 1
        bins.append(Bin(least, most, int(was[part].sum()), int(now[part].sum())))
    return Distribution(bucket, limit, tuple(bins))


def _both(baseline: Any, scenario: Any) -> Both:
    return Both(int(baseline), int(scenario))


def _flags(marks: Any) -> Array:
    return _np.array([*marks] or [False], dtype=_np.bool_)
