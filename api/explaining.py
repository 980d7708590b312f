"""An explanation on the command line: as JSON, and in words."""

from typing import Any, cast

import msgspec
from rich.console import Console

from api.opening import Looking
from api.representations import sanction_of, standing_of
from ledger.facts.instants import Instant, format_instant
from ledger.facts.violations import ViolationRecorded
from ledger.policy.book import Book
from ledger.standing.explanation import (
    ExplainedBucket,
    ExplainedSanction,
    Explanation,
    Without,
    explain,
)


def explained(
    log: Looking, seller_id: str, as_of: Instant | None, known_at: Instant | None
) -> Explanation:
    """A seller's standing with its reasons."""
    seller, as_of, known_at = log.known(seller_id, as_of, known_at)
    facts = [stored.fact for stored in log.reader.stream(seller_id)]
    recorded = {f.violation_id: f for f in facts if isinstance(f, ViolationRecorded)}
    return explain(seller, recorded, log.rulebook, as_of, known_at)


def as_dict(found: Explanation, book: Book) -> dict[str, Any]:
    """For `--json`: instants as text, standing and sanctions as they are everywhere."""
    return {
        "standing": msgspec.to_builtins(standing_of(found.standing, book)),
        "buckets": [
            {**msgspec.to_builtins(b.standing), **_plain(msgspec.structs.asdict(b), "standing")}
            for b in found.buckets
        ],
        "sanctions": [
            {
                **msgspec.to_builtins(sanction_of(s.sanction)),
                **_plain(msgspec.structs.asdict(s), "sanction"),
            }
            for s in found.sanctions
        ],
        "not_counted": msgspec.to_builtins(found.not_counted),
    }


def _plain(fields: dict[str, Any], without: str) -> dict[str, Any]:
    plain = {name: value for name, value in fields.items() if name != without}
    return cast("dict[str, Any]", _dated(msgspec.to_builtins(plain)))


def _dated(value: Any) -> Any:
    match value:
        case dict():
            told = cast("dict[str, Any]", value)
            return {
                name: format_instant(inner)
                if name.endswith("_at") and isinstance(inner, int)
                else _dated(inner)
                for name, inner in told.items()
            }
        case list():
            return [_dated(inner) for inner in cast("list[Any]", value)]
        case _:
            return value


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
    told.print(f"\n[bold]{sanction.sanction} {sanction.sanction_id}[/bold], what would lift it:")
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
