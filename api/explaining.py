"""An explanation in words, for the command line; `explanations.py` has it as it is sent."""

from rich.console import Console

from ledger.facts.instants import format_instant
from ledger.standing.explanation import (
    ExplainedBucket,
    ExplainedSanction,
    Explanation,
    Without,
)


def tell(found: Explanation, told: Console) -> None:
    """Every point and every sanction, in words."""
    for bucket in found.buckets:
        _tell_bucket(bucket, told)
    for sanction in found.sanctions:
        _tell_sanction(sanction, told)
    left_out = found.not_counted
    told.print(
        f"\nNot counted: {left_out.cancelled} cancelled, {left_out.expired} expired, "
        f"{left_out.later} effective later."
    )


def _tell_bucket(bucket: ExplainedBucket, told: Console) -> None:
    if not bucket.violations:
        return
    told.print(f"\n[bold]{bucket.standing.bucket}: {bucket.standing.value}[/bold], made up of")
    for v in bucket.violations:
        less = f" of {v.given} given ({v.why})" if v.why else ""
        told.print(
            f"  {v.violation_id}  {v.rule}{f', {v.severity}' if v.severity else ''}: "
            f"{v.counted}{less}, until {format_instant(v.lapses_at)}; {v.policy}, {v.reference}"
        )
        if v.without is not None:
            _tell_without(v.without, told)


def _tell_without(without: Without, told: Console) -> None:
    lifted = f", {' and '.join(without.lifted)} lifted" if without.lifted else ""
    told.print(f"      without it: {without.value}, {without.status}{lifted}", style="dim")


def _tell_sanction(explained_one: ExplainedSanction, told: Console) -> None:
    sanction, lift = explained_one.sanction, explained_one.lift
    hand = ", imposed by hand" if sanction.by_hand else ""
    told.print(
        f"\n[bold]{sanction.sanction} {sanction.sanction_id}[/bold]{hand}, what would lift it:"
    )
    ways = [f"annulling {v}" for v in lift.alone]
    if lift.together:
        ways.append(f"annulling {' and '.join(lift.together)} together")
    if lift.ends_at is not None:
        ways.append(f"time, at {format_instant(lift.ends_at)}")
    people = "two people" if lift.waiver_takes_two else "a person"
    begun = f" ({lift.proposed_by} has proposed it)" if lift.proposed_by else ""
    ways.append(f"a waiver by {people}{begun}")
    for way in ways:
        told.print(f"  {way}")
