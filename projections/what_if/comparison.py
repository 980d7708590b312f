"""Two worlds' outcomes, added up range by range: summary, distributions and series."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from ledger.standing.rulebook import Rulebook
from projections.archive.manifest import Terms
from projections.what_if.applying import Applied
from projections.what_if.columns import (
    BARS_PROMOTION,
    BARS_SELLING,
    SUSPENDS,
    WITHHOLDS,
    Array,
    Compared,
    Span,
)
from projections.what_if.judging import SANCTION_KINDS
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
from projections.what_if.sums import HIGHEST, Sanctions, Sums, WorldFigures, WorldSums

_np: Any = np
BINS_TO_LIMIT: Final = 8
LIMITS_DRAWN: Final = 2
"""Totals beyond so many times the limit are one bin."""
NO_FAMILY: Final = "none"
IN_FORCE: Final = (SUSPENDS, WITHHOLDS, BARS_SELLING, BARS_PROMOTION | SUSPENDS)
"""Of what the summary counts sellers: suspended, with money withheld, barred from selling and from
promotion.
"""


class Comparison:
    """How both worlds' outcomes are added up, and what the sums amount to."""

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
        self._worlds = tuple(WorldFigures(r, self.families, self.months) for r in self._rulebooks)

    def nothing(self, filters: int, changes: int) -> Sums:
        """The sums of no sellers, for a scenario of so many filters, so many of them of changes."""
        return Sums(
            _np.zeros(3, _np.int64),
            _np.zeros((len(IN_FORCE), 4), _np.int64),
            *(world.nothing() for world in self._worlds),
            matched=_np.zeros(filters, _np.int64),
            kept=_np.zeros(changes, _np.int64),
        )

    def sums(self, compared: Compared, applied: Applied) -> Sums:
        """Those of one range."""
        one, other = compared.baseline, compared.scenario
        differs, there = compared.differs != 0, compared.known > 0
        standing = _np.zeros((len(IN_FORCE), 4), _np.int64)
        for line, bits in enumerate(IN_FORCE):
            was, now = (one.standing & bits) != 0, (other.standing & bits) != 0
            standing[line] = [was.sum(), now.sum(), (now & ~was).sum(), (was & ~now).sum()]
        found = tuple(world.nothing() for world in self._worlds)
        for world, sums, outcome in zip(self._worlds, found, (one, other), strict=True):
            world.count(sums, outcome, there)
        self._count_sanctions(compared, applied, differs, found)
        return Sums(
            sellers=_np.array([there.sum(), compared.known.sum(), differs.sum()], _np.int64),
            standing=standing,
            baseline=found[0],
            scenario=found[1],
            matched=applied.matched,
            kept=applied.kept,
        )

    def _count_sanctions(
        self, compared: Compared, applied: Applied, differs: Array, sums: Sequence[WorldSums]
    ) -> None:
        one, other = compared.baseline, compared.scenario
        # Who was judged once has its sanctions in one outcome, for both worlds.
        held = _np.diff(one.first) >= _np.diff(other.first)
        families = (
            self._family[applied.both.baseline.terms],
            self._family[applied.both.scenario.terms],
        )
        for found, outcome, own, others in (
            (0, one, differs | held, ~differs & held),
            (1, other, differs | ~held, ~differs & ~held),
        ):
            mine, shared = Sanctions.of(outcome, own), Sanctions.of(outcome, others)
            alike = _same_rungs(self._rulebooks[found], self._rulebooks[1 - found])
            shared = shared._replace(rung=alike[shared.rung])
            worlds = self._worlds
            worlds[found].sanctions(sums[found], mine, families[found], self._span)
            worlds[1 - found].sanctions(sums[1 - found], shared, families[found], self._span)

    def summary(self, sums: Sums) -> Summary:
        """The figures over everybody."""
        sellers, facts, differ = (int(n) for n in sums.sellers)
        suspended, frozen, selling, promotion = (
            Sellers(*(int(n) for n in line)) for line in sums.standing
        )
        before, after = sums.baseline, sums.scenario
        return Summary(
            sellers=sellers,
            facts=facts,
            differ=differ,
            suspended=suspended,
            freezes=frozen,
            selling=selling,
            promotion=promotion,
            sanctions={
                kind: _both(before.kinds[n], after.kinds[n])
                for n, kind in enumerate(SANCTION_KINDS)
            },
            suspended_us=_both(before.spans[0], after.spans[0]),
            frozen_us=_both(before.spans[1], after.spans[1]),
        )

    def distributions(self, sums: Sums) -> tuple[Distribution, ...]:
        """How totals are distributed in either world, bucket by bucket."""
        before, after = (
            dict(zip(world.buckets, found.totals, strict=True))
            for world, found in zip(self._worlds, (sums.baseline, sums.scenario), strict=True)
        )
        limits = [_limits(r, self._span) for r in self._rulebooks]
        names = dict.fromkeys((*before, *after))
        return tuple(
            _distribution(name, (limits[0].get(name), limits[1].get(name)), before, after)
            for name in names
        )

    def series(self, sums: Sums) -> Series:
        """The same, by month and by family."""
        (m1, f1), (m2, f2) = ((w.by_month, w.by_family) for w in (sums.baseline, sums.scenario))
        months = (
            Month(name, *(_both(m1[line, n], m2[line, n]) for line in range(3)))
            for n, name in enumerate(self.months.names)
        )
        families = (
            FamilyCount(name, *(_both(f1[line, n], f2[line, n]) for line in range(2)))
            for n, name in enumerate(self.families)
        )
        # Facts that came later may have brought families of which nothing was known.
        return Series(tuple(months), tuple(f for f in families if f.sanctions != Both(0, 0)))


def _same_rungs(found: Rulebook, wanted: Rulebook) -> Array:
    """For each rung of one world, one of another's that does the same."""
    known: dict[str, int] = {}
    for number, (_, m) in enumerate(wanted.rungs):
        known.setdefault(m.sanction, number)
    rungs = [known.get(m.sanction, 0) for _, m in found.rungs]
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
