"""A finished run as its result: what was asked, what came of it, and what repeats it."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from ledger.facts.instants import format_instant
from ledger.policy.diff import differences
from ledger.policy.document import PackData, is_table
from ledger.policy.patch import NotAValue, UnknownPath, patched
from projections.what_if.comparison import Comparison
from projections.what_if.preparing import Plan
from projections.what_if.result import Checkpoint, Matched, Pack, Result
from projections.what_if.scenario import PolicyChange, data_of, digest
from projections.what_if.words import matched_words
from projections.what_if.world_rules import Known

MOST_CHANGES: Final = 100
"""Differences of two packs that a result lists."""


def result_of(
    plan: Plan,
    known: Known,
    comparison: Comparison,
    matched: Sequence[int],
    unchanged: Sequence[int],
    checkpoint: Checkpoint,
    engine: str,
) -> Result:
    """The result; `matched` and `unchanged` are the sums of what `Applied` says of each range."""
    scenario, span = plan.scenario, plan.span
    return Result(
        name=scenario.name,
        about=scenario.about,
        scenario=data_of(scenario),
        digest=digest(scenario),
        begin=format_instant(span.begin),
        to=format_instant(span.to),
        known_at=format_instant(span.known_at),
        engine=engine,
        summary=comparison.summary(),
        distributions=comparison.distributions(),
        series=comparison.series(),
        matched=tuple(_matched(plan, matched, unchanged)),
        packs=tuple(_packs(plan)),
        policy_changes=_policy_changes(scenario.policy, known),
        checkpoint=checkpoint,
    )


def _matched(plan: Plan, matched: Sequence[int], unchanged: Sequence[int]) -> Iterator[Matched]:
    left_out = len(plan.prepared.leave_out)
    for n, (where, count) in enumerate(zip(plan.places, matched, strict=True)):
        kept = unchanged[n - left_out] if n >= left_out else 0
        says = matched_words(plan.scenario.filters[where])
        yield Matched(where, says, int(count), int(kept))


def _packs(plan: Plan) -> Iterator[Pack]:
    for policy in plan.baseline.editions:
        yield Pack("baseline", policy.ref, policy.digest)
    for policy in plan.rulebook.editions:
        yield Pack("scenario", policy.ref, policy.digest)


def _policy_changes(change: PolicyChange | None, known: Known) -> tuple[tuple[str, str, str], ...]:
    if change is None:
        return ()
    newest = known.book.editions_of(known.pack)[-1].policy.ref
    before = known.documents[newest]
    found = [
        (d.path, _said(d.before), _said(d.after))
        for d in differences(before, _after(change, known, before))
        if not d.path.endswith(".source") and not d.path.startswith("notes")
    ]
    return tuple(found[:MOST_CHANGES])


def _after(change: PolicyChange, known: Known, before: PackData) -> PackData:
    if change.patch is None:
        pack: Any = change.pack
        return pack if is_table(pack) else known.documents[pack]
    data = before
    for path, value in change.patch.items():
        try:
            data = patched(data, {path: value})
        except (UnknownPath, NotAValue):
            continue  # an earlier edition has it
    return data


def _said(value: object) -> str:
    match value:
        case None:
            return "-"
        case str():
            return value
        case _:
            return json.dumps(value, ensure_ascii=False)
