"""Explanations and forecasts as they are sent: the engine's answers, with instants as text."""

from base64 import b64encode
from typing import TypeVar

import msgspec

from api.representations import (
    Bucket,
    Sanction,
    Standing,
    When,
    position_text,
    sanction_of,
    standing_of,
    when,
)
from ledger.facts.instants import Instant
from ledger.log import Log
from ledger.policy.book import Book
from ledger.standing import course as foretold
from ledger.standing import explanation as explained
from projections.tree.checkpoints import Covering
from projections.tree.reading import Tree

Shape = TypeVar("Shape")


class CountedViolation(msgspec.Struct, frozen=True):
    """A violation in force: points given and counted, its lapse, and what holds without it."""

    violation_id: str
    rule: str
    severity: str | None
    policy: str
    reference: str
    digest: str
    given: int
    counted: int
    why: str | None
    effective_at: When
    lapses_at: When
    without: explained.Without | None


class BucketExplained(msgspec.Struct, frozen=True):
    """A running total and the violations that make it up."""

    bucket: str
    unit: str
    value: int
    limit: int | None
    to_next_milestone: int | None
    next_milestone: str | None
    pre_warning: int | None
    pre_warned: bool
    violations: tuple[CountedViolation, ...]


class Lift(msgspec.Struct, frozen=True):
    """Every way out of a sanction."""

    alone: tuple[str, ...]
    together: tuple[str, ...]
    complete: bool
    waiver_takes_two: bool
    proposed_by: str | None
    ends_at: When | None


class SanctionExplained(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"starts_at": "from"}
):
    """A sanction in force, what brought it, and what would lift it."""

    sanction_id: str
    kind: str
    milestone: str | None
    starts_at: When
    until: When | None
    because_of: tuple[str, ...]
    listing_ids: tuple[str, ...] = ()
    by_hand: bool
    """Whether a person decided it: it ends by its date or a waiver, whatever is annulled."""
    threshold: int | None
    policy: str
    causes: tuple[explained.Cause, ...]
    lifted_by: Lift


class Checkpoint(msgspec.Struct, frozen=True):
    """The first signed checkpoint that holds every fact that an answer may rest on."""

    log: str
    size: int
    root: str
    """In base64, as in the signed note: `/v1/log/checkpoint?size=`."""
    position: str
    """The last fact that had been recorded by the answer's `known_at`."""
    recorded_at: When
    """Of the last fact that the checkpoint holds."""
    signed_at: When


class Explanation(msgspec.Struct, frozen=True):
    """A standing with its reasons."""

    standing: Standing
    buckets: tuple[BucketExplained, ...]
    sanctions: tuple[SanctionExplained, ...]
    not_counted: explained.NotCounted
    checkpoint: Checkpoint | None
    """Until it is signed, null."""


class Change(msgspec.Struct, frozen=True):
    """An instant at which the standing changes, what happens then, and the standing after it."""

    at: When
    happenings: tuple[foretold.Happening, ...]
    standing: Standing


class Forecast(msgspec.Struct, frozen=True):
    """What time alone will change, in order."""

    standing: Standing
    changes: tuple[Change, ...]
    complete: bool


class StandingHistory(msgspec.Struct, frozen=True):
    """How a standing went from one instant to another, by what is known at a third."""

    standing: Standing
    """As of the instant at which it begins."""
    to: When
    changes: tuple[Change, ...]
    """In order: after the beginning, up to and with `to`."""
    next: When | None
    """Where more follow than were asked for, the instant to go on `from`; else null."""


def checkpoint_of(found: Covering | None) -> Checkpoint | None:
    """A checkpoint, and what it covers."""
    if found is None:
        return None
    return Checkpoint(
        log=found.origin,
        size=found.signed.size,
        root=b64encode(found.signed.root).decode(),
        position=position_text(found.position),
        recorded_at=_told(found.recorded_at),
        signed_at=_told(found.signed_at),
    )


def explanation_of(
    found: explained.Explanation, log: Log, tree: Tree, *, names_people: bool
) -> Explanation:
    """An explanation, with the checkpoint that holds what it rests on; without `names_people`
    nobody's wish to waive is told.
    """
    return Explanation(
        standing=standing_of(found.standing, log.rulebook.book),
        buckets=tuple(map(_bucket, found.buckets)),
        sanctions=tuple(_sanction(s, names_people=names_people) for s in found.sanctions),
        not_counted=found.not_counted,
        checkpoint=checkpoint_of(tree.resting_on(found.standing.known_at)),
    )


def forecast_of(found: foretold.Course, book: Book) -> Forecast:
    """A forecast."""
    return Forecast(standing_of(found.standing, book), _changes(found, book), found.complete)


def history_of(found: foretold.Course, to: Instant, book: Book) -> StandingHistory:
    """The course of a standing up to an instant."""
    return StandingHistory(
        standing=standing_of(found.standing, book),
        to=_told(to),
        changes=_changes(found, book),
        next=None if found.complete else when(found.changes[-1].at),
    )


def _changes(found: foretold.Course, book: Book) -> tuple[Change, ...]:
    return tuple(
        Change(_told(change.at), change.happenings, standing_of(change.standing, book))
        for change in found.changes
    )


def _bucket(found: explained.ExplainedBucket) -> BucketExplained:
    total = found.standing
    return BucketExplained(
        **msgspec.structs.asdict(
            Bucket(
                total.bucket,
                total.value,
                total.limit,
                total.to_next_milestone,
                total.next_milestone,
            )
        ),
        unit=found.unit,
        pre_warning=found.pre_warning,
        pre_warned=found.pre_warned,
        violations=tuple(_with_instants(v, CountedViolation) for v in found.violations),
    )


def _sanction(found: explained.ExplainedSanction, *, names_people: bool) -> SanctionExplained:
    lift = _with_instants(found.lift, Lift)
    if not names_people:
        lift = msgspec.structs.replace(lift, proposed_by=None)
    shown: Sanction = sanction_of(found.sanction)
    return SanctionExplained(
        **msgspec.structs.asdict(shown),
        by_hand=found.sanction.by_hand,
        threshold=found.threshold,
        policy=found.policy,
        causes=found.causes,
        lifted_by=lift,
    )


def _with_instants(told: msgspec.Struct, shape: type[Shape]) -> Shape:
    """The same fields in the shape that is sent, whose instants are text."""
    fields = msgspec.structs.asdict(told)
    return shape(**{name: when(v) if name.endswith("_at") else v for name, v in fields.items()})


def _told(instant: int) -> str:
    text = when(instant)
    assert text is not None
    return text
