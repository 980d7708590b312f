"""Two worlds' outcomes, added up range by range: summary, distributions and series."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from ledger.standing.rulebook import Rulebook
from projections.archive.manifest import Terms
from projections.what_if.adding import add_standings, add_up
from projections.what_if.applying import Applied
from projections.what_if.columns import (
    BARS_PROMOTION,
    BARS_SELLING,
    SUSPENDS,
    WITHHOLDS,
    Array,
    Compared,
    Counting,
    Span,
)
from projections.what_if.judging import SANCTION_KINDS, World
from projections.what_if.months import Months
from projections.what_if.result import (
    Bin,
    Both,
    Distribution,
    Enrolments,
    FamilyCount,
    Month,
    Sellers,
    Series,
    Summary,
)
from projections.what_if.sums import HIGHEST, Sums, no_figures

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
        self, baseline: World, scenario: World, rulebooks: tuple[Rulebook, Rulebook],
        terms: Sequence[Terms], span: Span,
    ) -> None:  # fmt: skip
        self._worlds = baseline, scenario
        self._rulebooks = rulebooks
        self._span = span
        self.months = Months.between(span.begin, span.to)
        names = sorted({line.family for line in terms if line.family})
        self.families = (*names, NO_FAMILY)
        number = {name: n for n, name in enumerate(self.families)}
        lines = [number[line.family or NO_FAMILY] for line in terms]
        self.counting = Counting(
            begin=span.begin,
            to=span.to,
            starts=self.months.starts,
            ends=self.months.ends,
            family=_np.array(lines, dtype=_np.int64),
            families=len(self.families),
        )

    def nothing(self, filters: int, changes: int) -> Sums:
        """The sums of no sellers, for a scenario of so many filters, so many of them of changes."""
        return Sums(
            _np.zeros(3, _np.int64),
            _np.zeros((len(IN_FORCE), 4), _np.int64),
            *(no_figures(rulebook, self.counting) for rulebook in self._rulebooks),
            enrolments=_np.zeros(4, _np.int64),
            matched=_np.zeros(filters, _np.int64),
            kept=_np.zeros(changes, _np.int64),
        )

    def sums(self, compared: Compared, applied: Applied) -> Sums:
        """Those of one range; `compared` was counted by this comparison's `counting`."""
        one, other = compared.baseline, compared.scenario
        sums = self.nothing(0, 0)
        add_standings(one.standing, other.standing, _np.array(IN_FORCE), sums.standing)
        mine, theirs = (world.rungs for world in self._worlds)
        both = applied.both
        for figures, own, its, rungs, its_rungs, facts in (
            (sums.baseline, one, other, mine, theirs, both.baseline),
            (sums.scenario, other, one, theirs, mine, both.scenario),
        ):
            add_up(
                compared.known, compared.alike, own, its, rungs, its_rungs, facts.terms,
                self.counting, figures,
            )  # fmt: skip
            figures.by_month[3] += own.points_by_month
            figures.by_family[2] += own.points_by_family
        counts = (compared.known > 0).sum(), compared.known.sum(), (compared.differs != 0).sum()
        return sums._replace(
            sellers=_np.array(counts, _np.int64), matched=applied.matched, kept=applied.kept
        )

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
            enrolments=Enrolments(*(int(n) for n in sums.enrolments)),
        )

    def distributions(self, sums: Sums) -> tuple[Distribution, ...]:
        """How totals are distributed in either world, bucket by bucket."""
        before, after = (
            dict(zip(rulebook.bucket_number, found.totals, strict=True))
            for rulebook, found in zip(self._rulebooks, (sums.baseline, sums.scenario), strict=True)
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
            Month(name, *(_both(m1[line, n], m2[line, n]) for line in range(4)))
            for n, name in enumerate(self.months.names)
        )
        families = (
            FamilyCount(name, *(_both(f1[line, n], f2[line, n]) for line in range(3)))
            for n, name in enumerate(self.families)
        )
        # Facts that came later may have brought families of which nothing was known.
        return Series(
            tuple(months),
            tuple(f for f in families if Both(0, 0) != f.points or Both(0, 0) != f.sanctions),
        )


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
