"""A scenario laid out over one archive, and what one range of its sellers comes to.

What is here is the same wherever it runs: in a thread, in another process, on another machine.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from projections.archive import files
from projections.archive.ids import Ids
from projections.archive.looking import first_instant
from projections.archive.manifest import Manifest, Terms
from projections.what_if.applying import Applied, applied
from projections.what_if.columns import ENROLMENTS, Array, Compared, Facts, Span, does
from projections.what_if.comparison import Comparison
from projections.what_if.differing import Labels, buckets_of, differing
from projections.what_if.enrolled import Enrolments
from projections.what_if.judging import World, compare
from projections.what_if.loading import Replayable
from projections.what_if.losing import Losing, Lost
from projections.what_if.masks import Numbers, matching, sellers_with
from projections.what_if.preparing import Plan, columns_needed, nobody_yet, only, plan, with_sellers
from projections.what_if.room import Room
from projections.what_if.rules import Edition, baseline_world, scenario_world
from projections.what_if.scenario import Scenario
from projections.what_if.sums import Sums
from projections.what_if.world_rules import Known

_np: Any = np
TOLD: Final = ("position", "kind", "seller", "violation", "listing", "correlation", "recorded_at")
"""Columns of the log that filters ask for."""


class Part(NamedTuple):
    """What one range of sellers came to in both worlds."""

    sums: Sums
    differing: Any
    """The sellers that differ, as rows of `differing.schema_of`."""


class Laid(NamedTuple):
    """A scenario laid out: all that judging a range of sellers needs. It can be sent elsewhere."""

    folder: Path
    manifest: Manifest
    plan: Plan
    baseline: World
    scenario: World
    hand: Array
    """Per line of terms, the bits of a sanction by hand."""
    columns: tuple[str, ...]
    sellers: Ids
    """Those included that only the scenario knows."""


def laid_out(scenario: Scenario, known: Known, folder: Path, manifest: Manifest) -> Laid:
    """Lay out a scenario that was read with the same `known`; raises `NotArchived`."""
    sellers = Ids(folder, manifest.sellers)
    numbers = Numbers(manifest.terms, sellers, Ids(folder, manifest.reporters))

    def log() -> Iterator[Any]:
        return files.pieces_of(folder, manifest.log, TOLD)

    laid = plan(scenario, known, numbers, log, first_instant(folder, manifest))
    before = baseline_world(laid.baseline, laid.terms)
    added = [Edition(e.policy, e.recorded_at) for e in laid.world.added]
    after = scenario_world(
        before, laid.baseline, laid.rulebook, laid.terms, laid.world.instead, added
    )
    return Laid(
        folder=folder,
        manifest=manifest,
        plan=laid,
        baseline=before,
        scenario=after,
        hand=hand_of(laid.terms),
        columns=_columns(scenario, laid.span, manifest, before, after),
        sellers=sellers.and_new(laid.new_sellers),
    )


def hand_of(terms: Sequence[Terms]) -> Array:
    """Per line of terms, the bits of a sanction by hand; of any other line nobody asks."""
    return _np.array([does(t.sanction, t.bars) for t in terms], _np.int8)


def _columns(
    scenario: Scenario, span: Span, manifest: Manifest, before: World, after: World
) -> tuple[str, ...]:
    """The replay's columns that this run reads beside those that every run does."""
    asked = set(columns_needed(scenario))
    for world in (before, after):
        if bool(world.rules.caps.any() or world.rules.merges.any()):
            asked |= {"day"}
        if world.rules.decides or len(world.rules.added_from):
            asked |= {"effective"}
    if span.to < min(manifest.recorded_at, span.known_at):
        asked |= {"effective"}
    return tuple(sorted(asked))


class Judge:
    """Judges the ranges of a laid out scenario; from any thread."""

    def __init__(self, laid: Laid) -> None:
        self.laid = laid
        found = laid.plan
        self.archive = Replayable(laid.folder, laid.columns, laid.manifest)
        self.comparison = Comparison(
            laid.baseline, laid.scenario, (found.baseline, found.rulebook), found.terms, found.span
        )
        self._enrolments = Enrolments(laid.folder, laid.manifest)
        self._losing = Losing(
            (laid.baseline, laid.scenario), (found.baseline, found.rulebook), found.span, laid.hand
        )
        self._labels = Labels.of(found.baseline), Labels.of(found.rulebook)
        self.ranges = len(self.archive.ranges) + (1 if found.new_sellers else 0)
        """How many there are. Sellers that only the scenario knows are one of their own."""
        self.buckets = buckets_of(*self._labels)
        archived = [n for n, _ in found.prepared.add if n < laid.sellers.known]
        self._added_to: Array = _np.unique(_np.array(archived, _np.int64))

    def nothing(self) -> Sums:
        """The sums of no sellers."""
        return self.comparison.nothing(len(self.laid.plan.places), self.laid.plan.changes)

    def part(self, place: int, room: Room | None = None) -> Part:
        """Both worlds of one range of sellers."""
        laid, found = self.laid, self.laid.plan
        facts, position = self._facts(place)
        if found.population is not None:
            keep = sellers_with(matching(found.population, facts, position), facts)
            facts, position = only(facts, position, keep)
        told = applied(found.prepared, facts, position)
        compared = compare(
            told.both,
            laid.baseline,
            laid.scenario,
            found.span,
            laid.hand,
            self.comparison.counting,
            room,
        )
        lost = self._lost(place, told, compared)
        sums = self.comparison.sums(compared, told)
        if lost is not None:
            sums = sums._replace(enrolments=lost.figures())
        return Part(sums, differing(compared, told.position, *self._labels, laid.sellers, lost))

    def _lost(self, place: int, told: Applied, compared: Compared) -> Lost | None:
        """The products that lose their part in a campaign; marks the sellers whose do in one world
        alone. None where none takes part.
        """
        if place >= len(self.archive.ranges):
            return None
        found = self._enrolments.of(
            *self.archive.ranges[place], compared.sellers, self.laid.plan.span
        )
        if found is None:
            return None
        lost = self._losing.lost(found, told.both, compared, told.position)
        apart = lost.place[lost.baseline != lost.scenario]
        compared.differs[apart] |= ENROLMENTS
        return lost

    def _facts(self, place: int) -> tuple[Facts, Array]:
        if place < len(self.archive.ranges):
            low, high = self.archive.ranges[place]
            facts, position = self.archive.facts(place)
            told = self._added_to[(self._added_to >= low) & (self._added_to < high)]
            return (with_sellers(facts, told) if len(told) else facts), position
        known, new = self.laid.sellers.known, len(self.laid.plan.new_sellers)
        nobody = nobody_yet(known, new, self.archive.nobody())
        return nobody, _np.zeros(0, _np.int64)
