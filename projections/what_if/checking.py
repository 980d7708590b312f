"""What makes no sense in a scenario although each of its tables is well formed, by itself or
for the ledger that it is for.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, get_args

from ledger.facts.instants import Instant, format_instant
from ledger.facts.refusal import Refusal
from ledger.policy.mistakes import Mistake, shown
from ledger.policy.policy import Family, Policy
from projections.what_if.filters import Filter, filter_mistakes
from projections.what_if.scenario import Added, Change, PolicyChange, Scenario, Setting
from projections.what_if.world_rules import (
    Known,
    WorldBook,
    WrongPolicy,
    draft_of,
    if_meant,
    world_book,
)

Places = Mapping[int, str]

KEPT: Final = ("name", "edition", "effective_from", "published_at")
"""What a patched edition goes by: whatever else it says, it is that edition."""


def inconsistencies(scenario: Scenario, known: Known | None, places: Places) -> Iterator[Mistake]:
    """Every such mistake; `places` says where each table was read, by its identity."""
    world = None
    try:
        if scenario.policy is not None:
            _one_of_both(scenario.policy)
            draft_of(scenario.policy)
        world = None if known is None else world_book(scenario.policy, known)
    except WrongPolicy as wrong:
        yield from wrong.mistakes
    yield from _times(scenario, known)
    for where, found in _filters(scenario, places):
        for key, was, accepted in filter_mistakes(found):
            yield Mistake(f"{where}.{key}" if key else where, was, accepted)
    for change in scenario.facts.change:
        yield from _setting(change, places[id(change)])
    yield from _added(scenario, known, places)
    if known is not None:
        yield from _names(scenario, known, places)
    if world is not None:
        for change in scenario.facts.change:
            yield from _can_be_weighed(change.set, world, f"{places[id(change)]}.set")
        for added in scenario.facts.add:
            yield from _can_be_recorded(added, world, places[id(added)])


def _one_of_both(policy: PolicyChange) -> None:
    if (policy.pack is None) == (policy.patch is None):
        found = "neither pack nor patch" if policy.pack is None else "both pack and patch"
        raise WrongPolicy([Mistake("policy", found, "one of pack and patch")])
    if policy.patch is not None and policy.applies != "throughout":
        accepted = "throughout: patched editions keep their dates"
        raise WrongPolicy([Mistake("policy.applies", policy.applies, accepted)])
    accepted = "another path: patched editions keep their names and dates"
    patch = policy.patch or {}
    if kept := [path for path in KEPT if path in patch]:
        raise WrongPolicy(
            Mistake(f"policy.patch.{path}", shown(patch[path]), accepted) for path in kept
        )


def _filters(scenario: Scenario, places: Places) -> Iterator[tuple[str, Filter]]:
    for found in scenario.filters.values():
        yield places[id(found)], found


def _times(scenario: Scenario, known: Known | None) -> Iterator[Mistake]:
    end = None if known is None else known.end
    known_at = end if scenario.known_at is None else scenario.known_at
    if end is not None and known_at is not None and known_at > end:
        yield Mistake("known_at", format_instant(known_at), f"up to {_end(end)}")
        known_at = end
    to = known_at if scenario.to is None else scenario.to
    if to is not None and known_at is not None and to > known_at:
        limit = _end(known_at) if known_at == end else f"known_at, {format_instant(known_at)}"
        yield Mistake("to", format_instant(to), f"up to {limit}")
    if scenario.begin is not None and to is not None and scenario.begin >= to:
        yield Mistake("from", format_instant(scenario.begin), f"before {format_instant(to)}")


def _end(end: Instant) -> str:
    return f"{format_instant(end)}, where the log ends"


def _setting(change: Change, where: str) -> Iterator[Mistake]:
    said = change.set.said()
    if not said:
        yield Mistake(f"{where}.set", "an empty table", ", ".join(Setting.model_fields))
    settled = change.set.appeal
    if settled is None:
        return
    can_change = ("lapsed", "rejected", "withdrawn") if settled == "upheld" else ("upheld",)
    chosen = change.where.appeal
    if chosen is None or set(chosen) - set(can_change):
        found = "nothing" if chosen is None else " and ".join(sorted(set(chosen) - set(can_change)))
        accepted = f"{' or '.join(can_change)}, for only these can be set to {settled}"
        yield Mistake(f"{where}.where.appeal", found, accepted)


def _added(scenario: Scenario, known: Known | None, places: Places) -> Iterator[Mistake]:
    end = scenario.known_at or (None if known is None else known.end)
    seen: set[tuple[str, str]] = set()
    for added in scenario.facts.add:
        where = places[id(added)]
        recorded = format_instant(added.recorded_at)
        if added.effective_at is not None and added.effective_at > added.recorded_at:
            found = format_instant(added.effective_at)
            yield Mistake(f"{where}.effective_at", found, f"up to its recorded_at, {recorded}")
        if end is not None and added.recorded_at > end:
            accepted = f"up to {format_instant(end)}, else nobody knows of it"
            yield Mistake(f"{where}.recorded_at", recorded, accepted)
        if added.violation_id is not None:
            key = added.seller_id, added.violation_id
            if key in seen:
                found = shown(added.violation_id)
                yield Mistake(f"{where}.violation_id", found, "each id once for a seller")
            seen.add(key)


def _names(scenario: Scenario, known: Known, places: Places) -> Iterator[Mistake]:
    """Rules and families that no edition ever had: they can match nothing."""
    rules = {rule for edition in known.book.editions for rule in edition.policy.rules}
    for where, found in _filters(scenario, places):
        yield from _unknown(found.rule, rules, f"{where}.rule")
        yield from _unknown(found.family, get_args(Family), f"{where}.family")


def _unknown(names: Iterable[str] | None, known: Iterable[str], where: str) -> Iterator[Mistake]:
    every = set(known)
    for name in names or ():
        if name not in every:
            yield Mistake(where, shown(name), if_meant(name, every))


def _can_be_weighed(setting: Setting, world: WorldBook, where: str) -> Iterator[Mistake]:
    """Whether the rule that violations are changed to exists, and takes severity and points."""
    if setting.rule is None:
        return
    policy = _newest_with(setting.rule, world)
    try:
        policy.rule(setting.rule).weigh(setting.severity, setting.points)
    except Refusal as refused:
        yield _refused(refused, setting, where)


def _can_be_recorded(added: Added, world: WorldBook, where: str) -> Iterator[Mistake]:
    at = added.recorded_at
    effective = at if added.effective_at is None else added.effective_at
    try:
        policy = world.book.in_force(world.pack, effective, at)
        policy.rule(added.rule).weigh(added.severity, added.points)
    except Refusal as refused:
        yield _refused(refused, added, where)


def _refused(refused: Refusal, table: Added | Setting, where: str) -> Mistake:
    """What the pack refuses of a violation, told of the field that is at fault."""
    field = "recorded_at" if refused.field == "known_at" else refused.field or ""
    found: object = getattr(table, field, None)
    if field in ("effective_at", "recorded_at"):
        told = getattr(table, "recorded_at", None) if found is None else found
        found = format_instant(told) if isinstance(told, int) else shown(told)
        return Mistake(f"{where}.{field}", found, refused.accepted or str(refused))
    return Mistake(f"{where}.{field}".rstrip("."), shown(found), refused.accepted or str(refused))


def _newest_with(rule: str, world: WorldBook) -> Policy:
    editions = [e.policy for e in world.book.editions_of(world.pack)]
    return next((p for p in reversed(editions) if rule in p.rules), editions[-1])
