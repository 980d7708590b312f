"""A finished run as its result: what was asked, what came of it, and what repeats it."""

import json
from collections.abc import Iterator
from typing import Any, Final

from ledger.facts.instants import format_instant
from ledger.policy.book import Book, PublishedEdition
from ledger.policy.diff import differences
from ledger.policy.document import PackData, is_table
from ledger.policy.patch import NotAValue, UnknownPath, patched
from projections.what_if.columns import Array, Span
from projections.what_if.comparison import Comparison
from projections.what_if.preparing import Plan
from projections.what_if.result import Checkpoint, Matched, Pack, Result
from projections.what_if.scenario import PolicyChange, data_of, digest
from projections.what_if.sums import Sums
from projections.what_if.words import matched_words
from projections.what_if.world_rules import Known

MOST_CHANGES: Final = 100
"""Differences of two packs that a result lists."""


def result_of(
    plan: Plan,
    known: Known,
    comparison: Comparison,
    sums: Sums,
    checkpoint: Checkpoint,
    engine: str,
) -> Result:
    """The result of the sums over every range."""
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
        summary=comparison.summary(sums),
        distributions=comparison.distributions(sums),
        series=comparison.series(sums),
        matched=tuple(_matched(plan, sums.matched, sums.kept)),
        packs=tuple(_packs(plan)),
        policy_changes=_policy_changes(plan, known),
        checkpoint=checkpoint,
    )


def _matched(plan: Plan, matched: Array, unchanged: Array) -> Iterator[Matched]:
    left_out = len(plan.prepared.leave_out)
    for n, (where, count) in enumerate(zip(plan.places, matched, strict=True)):
        kept = unchanged[n - left_out] if n >= left_out else 0
        says = matched_words(plan.scenario.filters[where])
        yield Matched(where, says, int(count), int(kept))


def _packs(plan: Plan) -> Iterator[Pack]:
    for edition in _published(plan.baseline.book, plan.baseline.pack, plan.span):
        yield Pack("baseline", edition.policy.ref, edition.policy.digest)
    for edition in _published(plan.rulebook.book, plan.rulebook.pack, plan.span):
        yield Pack("scenario", edition.policy.ref, edition.policy.digest)


def _published(book: Book, pack: str, span: Span) -> list[PublishedEdition]:
    """The editions that were known: those that came later change nothing."""
    return [e for e in book.editions_of(pack) if e.recorded_at <= span.known_at]


def _policy_changes(plan: Plan, known: Known) -> tuple[tuple[str, str, str], ...]:
    change, published = plan.scenario.policy, _published(known.book, known.pack, plan.span)
    if change is None or not published:
        return ()
    newest = published[-1].policy.ref
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
