"""A scenario laid out for one archive, before a row of it is judged."""

from typing import Any, NamedTuple

import numpy as np

from ledger.standing.rulebook import Rulebook
from projections.archive.ids import Ids
from projections.archive.manifest import Terms
from projections.what_if.applying import Prepared
from projections.what_if.columns import Array, Facts, Span
from projections.what_if.filters import Filter
from projections.what_if.masks import Chosen, Numbers, chosen, needs_log
from projections.what_if.redeciding import Redeciding
from projections.what_if.scenario import Scenario
from projections.what_if.told import Appealed, Log, appealed, positions_of
from projections.what_if.world_rules import Known, WorldBook, world_book

_np: Any = np
_NO_APPEALS = Appealed(*(_np.zeros(0, _np.int64) for _ in Appealed._fields))
NEEDS_ALWAYS = ("effective", "day")
"""Columns that a scenario reads which changes or adds facts."""


class Plan(NamedTuple):
    """What a run of the scenario needs to know of it."""

    scenario: Scenario
    span: Span
    baseline: Rulebook
    world: WorldBook
    rulebook: Rulebook
    """Of the scenario's world."""
    terms: tuple[Terms, ...]
    """By which both worlds are laid out: the archive's lines, and those that the scenario needs."""
    prepared: Prepared
    population: Chosen | None
    new_sellers: tuple[str, ...]
    """Sellers that only the scenario knows; they are numbered behind the archive's."""
    places: tuple[str, ...]
    """What the lines of `Applied.matched` are about."""

    @property
    def changes(self) -> int:
        """How many of those are changes; they come last."""
        return len(self.prepared.change)


def plan(scenario: Scenario, known: Known, numbers: Numbers, log: Log, first: int) -> Plan:
    """Lay a scenario out that was read with the same `known`; `first` is the first fact's instant.

    Raises `NotArchived` where a filter asks for what the archive does not hold.
    """
    known_at = known.end if scenario.known_at is None else scenario.known_at
    to = known_at if scenario.to is None else scenario.to
    begin = min(first, to) if scenario.begin is None else scenario.begin
    world = world_book(scenario.policy, known)
    baseline = Rulebook(known.book, known.pack)
    rulebook = baseline if scenario.policy is None else Rulebook(world.book, world.pack)
    appeals = _NO_APPEALS
    if any(_asks_of_appeals(found) for found in scenario.filters.values()):
        appeals = appealed(log, known_at)
    found = {
        where: chosen(f, numbers, positions_of(f, log, appeals) if needs_log(f) else None)
        for where, f in scenario.filters.items()
    }
    population = found.pop("population", None)
    redeciding = _foreseen(scenario, baseline, rulebook, numbers, found)
    sellers, new_sellers = _numbered(
        tuple(added.seller_id for added in scenario.facts.add), numbers.sellers
    )
    reporters, _ = _numbered(
        tuple(added.reported_by for added in scenario.facts.add), numbers.reporters
    )
    facts = scenario.facts
    prepared = Prepared(
        leave_out=tuple(found[f"facts.leave_out[{n}]"] for n in range(len(facts.leave_out))),
        change=tuple(
            (found[f"facts.change[{n}].where"], change.set) for n, change in enumerate(facts.change)
        ),
        add=tuple((sellers[added.seller_id], added) for added in facts.add),
        known_at=known_at,
        appeals=appeals,
        redeciding=redeciding,
        reporters=reporters,
    )
    return Plan(
        scenario=scenario,
        span=Span(begin, to, known_at),
        baseline=baseline,
        world=world,
        rulebook=rulebook,
        terms=tuple(redeciding.terms),
        prepared=prepared,
        population=population,
        new_sellers=new_sellers,
        places=tuple(found),
    )


def columns_needed(scenario: Scenario) -> tuple[str, ...]:
    """The replay's columns that the scenario's filters and changes read, beside those that are
    always read, and `position`.
    """
    asked: set[str] = set()
    if scenario.facts.change or scenario.facts.add:
        asked |= set(NEEDS_ALWAYS)
    for found in scenario.filters.values():
        said = found.said().keys()
        asked |= {"effective"} if said & {"effective_from", "effective_to"} else set()
        asked |= {"reporter"} if "reporter" in said else set()
    return tuple(sorted(asked))


def nobody_yet(first_number: int, count: int, like: Facts) -> Facts:
    """The facts of sellers that only the scenario knows: none; their columns are of the same kinds
    as those of a range of the archive.
    """
    empty = {name: getattr(like, name)[:0] for name in Facts._fields}
    numbers = _np.arange(first_number, first_number + count, dtype=like.sellers.dtype)
    return Facts(**(empty | {"sellers": numbers, "bounds": _np.zeros(count + 1, _np.int64)}))


def with_sellers(facts: Facts, numbers: Array) -> Facts:
    """These facts, and these sellers too: those of whom the archive has no row have none here,
    so that a scenario may add some.
    """
    absent = _np.setdiff1d(numbers, facts.sellers)
    places = _np.searchsorted(facts.sellers, absent)
    return facts._replace(
        sellers=_np.insert(facts.sellers, places, absent),
        bounds=_np.insert(facts.bounds, places, facts.bounds[places]),
    )


def only(facts: Facts, position: Array, keep: Array) -> tuple[Facts, Array]:
    """The facts of the sellers marked, and their positions."""
    counts = _np.diff(facts.bounds)
    rows = _np.repeat(keep, counts)
    bounds = _np.concatenate([[0], _np.cumsum(counts[keep])]).astype(facts.bounds.dtype)
    columns = {
        name: column[rows] if len(column) == len(rows) else column
        for name in Facts._fields
        if name not in ("sellers", "bounds")
        for column in (getattr(facts, name),)
    }
    return Facts(sellers=facts.sellers[keep], bounds=bounds, **columns), position[rows]


def _asks_of_appeals(found: Filter) -> bool:
    return bool(found.said().keys() & {"appeal", "decided_from", "decided_to"})


def _foreseen(
    scenario: Scenario,
    baseline: Rulebook,
    rulebook: Rulebook,
    numbers: Numbers,
    found: dict[str, Chosen],
) -> Redeciding:
    redeciding = Redeciding(baseline, rulebook, numbers.terms)
    for n, change in enumerate(scenario.facts.change):
        if change.set.said().keys() & {"rule", "severity", "effective_at"}:
            redeciding.foresee(change.set, found[f"facts.change[{n}].where"].terms)
    for added in scenario.facts.add:
        redeciding.foresee_added(added)
    return redeciding


def _numbered(names: tuple[str, ...], known: Ids) -> tuple[dict[str, int], tuple[str, ...]]:
    """Their numbers in the archive, and those that it does not know, which come behind."""
    asked = list(dict.fromkeys(names))
    numbers = known.numbers_of(asked)
    new = tuple(name for name in asked if name not in numbers)
    return numbers | {name: len(known) + n for n, name in enumerate(new)}, new
