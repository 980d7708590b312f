"""How standings, violations, facts and policies look to those who ask."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

import msgspec

from api.fact_data import data_of, fields_of
from ledger.facts.ids import fact_id, seller_of
from ledger.facts.instants import Instant, format_instant
from ledger.facts.kinds import name_of
from ledger.facts.violations import ViolationRecorded
from ledger.policy.book import Book, PublishedEdition
from ledger.standing import seller as known
from ledger.standing import standing as judged
from ledger.standing.appeals import Round, RoundStatus, appealable_until
from ledger.store.loading import StoredFact
from ledger.store.turn import Appended

When = Annotated[
    str,
    msgspec.Meta(
        description="RFC 3339 in UTC with microseconds",
        extra_json_schema={"format": "date-time"},
    ),
]


def position_text(position: int) -> str:
    """A place in the log as others see it: text that they may keep and compare for equality."""
    return str(position)


class Bucket(msgspec.Struct, frozen=True):
    """One running total, its limit, and the way to its next milestone."""

    bucket: str
    value: int
    limit: int | None
    to_next_milestone: int | None
    next_milestone: str | None


class Sanction(msgspec.Struct, frozen=True, omit_defaults=True, rename={"starts_at": "from"}):
    """What a milestone or a person's decision brought: from when, until when (null: without
    end), and because of what.
    """

    sanction_id: str
    kind: str
    milestone: str | None
    """Null where a person decided."""
    starts_at: When
    until: When | None
    because_of: tuple[str, ...]
    listing_ids: tuple[str, ...] = ()
    """The listings that it is about; absent: the whole shop."""


class Freeze(msgspec.Struct, frozen=True, rename={"starts_at": "from"}):
    """Money withheld, its cause and its date of release."""

    freeze_id: str
    cause: str
    starts_at: When
    until: When


class Standing(msgspec.Struct, frozen=True):
    """A seller's standing as of one instant, as known at another."""

    seller_id: str
    as_of: When
    known_at: When
    position: str
    policy: str
    status: judged.Status
    can_sell: bool
    can_promote: bool
    can_withdraw: bool
    buckets: tuple[Bucket, ...]
    sanctions: tuple[Sanction, ...]
    """Those in force; the past is in the timeline."""
    freezes: tuple[Freeze, ...]
    next_change_at: When | None
    valid_until: When | None
    """Up to here time alone changes nothing of the answer; null: for ever."""


class Appeal(msgspec.Struct, frozen=True):
    """A round of an appeal as it is at one instant, recorded or not."""

    round: int
    status: RoundStatus
    filed_at: When
    evidence_until: When | None
    """The last instant for evidence; null where it comes with the filing."""
    next_round_until: When | None
    """The last instant to file the next round; null where there is none to come."""


class Violation(msgspec.Struct, frozen=True):
    """A violation with what became of it."""

    violation_id: str
    seller_id: str
    rule: str
    family: str
    severity: str | None
    bucket: str
    points: int
    """What it counts by its own decision: 0 once cancelled."""
    strikes: int
    points_original: int
    effective_at: When
    recorded_at: When
    lapses_at: When
    status: Literal["current", "cancelled", "expired"]
    appealable_until: When | None
    """The last instant to file the next round, which may be over; null where there is none."""
    appeal: Appeal | None
    """The newest round."""
    policy: str
    source: str
    listing_id: str | None


class FactSeen(msgspec.Struct, frozen=True):
    """A fact as it is read; `data` holds every field of its kind."""

    fact_id: str
    position: str
    kind: str
    seller_id: str | None
    effective_at: When
    recorded_at: When
    actor: str
    caused_by: str | None
    correlation_id: str | None
    policy: str | None
    data: dict[str, Any]


class FactNamed(msgspec.Struct, frozen=True):
    """A fact by its address."""

    kind: str
    fact_id: str


class Edition(msgspec.Struct, frozen=True):
    """An edition of a policy pack as it entered the ledger."""

    policy: str
    pack: str
    edition: str
    digest: str
    effective_from: When
    published_at: When
    recorded_at: When
    position: str


def standing_of(found: judged.Standing, book: Book) -> Standing:
    """A standing; one of a seller never heard of stands where its policy was published."""
    next_change = when(found.next_change_at)
    return Standing(
        seller_id=found.seller_id,
        as_of=format_instant(found.as_of),
        known_at=format_instant(found.known_at),
        position=position_text(found.position or _position_of(found.policy, book)),
        policy=found.policy,
        status=found.status,
        can_sell=found.can_sell,
        can_promote=found.can_promote,
        can_withdraw=found.can_withdraw,
        buckets=tuple(
            Bucket(b.bucket, b.value, b.limit, b.to_next_milestone, b.next_milestone)
            for b in found.buckets
        ),
        sanctions=tuple(map(sanction_of, found.sanctions)),
        freezes=tuple(
            Freeze(f.freeze_id, f.cause, format_instant(f.starts_at), format_instant(f.ends_at))
            for f in found.freezes
        ),
        next_change_at=next_change,
        valid_until=next_change,
    )


def sanction_of(sanction: known.Sanction) -> Sanction:
    """A sanction as far as is known."""
    return Sanction(
        sanction_id=sanction.sanction_id,
        kind=sanction.sanction,
        milestone=sanction.milestone or None,
        starts_at=format_instant(sanction.starts_at),
        until=when(sanction.until()),
        because_of=sanction.because_of,
        listing_ids=sanction.listing_ids,
    )


def status_at(
    violation: known.Violation, now: Instant
) -> Literal["current", "cancelled", "expired"]:
    """Cancelled over expired over current; expired by the instant, recorded or not."""
    if violation.cancelled_at is not None:
        return "cancelled"
    return "expired" if violation.lapses_at <= now else "current"


def violation_of(seller: known.Seller, fact: ViolationRecorded, now: Instant) -> Violation:
    """A violation from its fact and from what is known of its seller."""
    violation = seller.violation(fact.violation_id)
    assert violation is not None
    appeal = seller.appeal(fact.violation_id)
    return violation_as(seller.seller_id, fact, violation, appeal, now)


def violation_as(
    seller_id: str,
    fact: ViolationRecorded,
    violation: known.Violation,
    appeal: known.Appeal | None,
    now: Instant,
) -> Violation:
    """The same for who tells many, and has each at hand: to look one up takes longer the more
    there are.
    """
    cancelled = violation.cancelled_at is not None
    return Violation(
        violation_id=fact.violation_id,
        seller_id=seller_id,
        rule=fact.rule,
        family=fact.family,
        severity=fact.severity,
        bucket=fact.bucket,
        points=0 if cancelled else fact.points,
        strikes=0 if cancelled else fact.strikes,
        points_original=fact.points,
        effective_at=format_instant(fact.effective_at),
        recorded_at=format_instant(fact.recorded_at),
        lapses_at=format_instant(fact.lapses_at),
        status=status_at(violation, now),
        appealable_until=when(appealable_until(violation, appeal, fact)),
        appeal=None if appeal is None else appeal_of(appeal.newest, now),
        policy=fact.policy,
        source=fact.source,
        listing_id=fact.listing_id,
    )


def appeal_of(found: Round, now: Instant) -> Appeal:
    """A round as it is at an instant."""
    return Appeal(
        round=found.round,
        status=found.at(now).status,
        filed_at=format_instant(found.filed_at),
        evidence_until=when(found.evidence_until),
        next_round_until=when(found.next_round_until),
    )


def fact_seen(stored: StoredFact) -> FactSeen:
    """A fact of the log."""
    fact = stored.fact
    told = fields_of(fact)
    effective = told.get("effective_at", told.get("starts_at", fact.recorded_at))
    return FactSeen(
        fact_id=fact_id(stored.stream, stored.version),
        position=position_text(stored.position),
        kind=name_of(fact),
        # A dispute has a stream of its own, and its facts say whose it is.
        seller_id=seller_of(stored.stream) or told.get("seller_id"),
        effective_at=format_instant(effective),
        recorded_at=format_instant(fact.recorded_at),
        actor=fact.actor,
        caused_by=fact.caused_by,
        correlation_id=fact.correlation_id,
        policy=told.get("policy"),
        data=data_of(fact),
    )


def facts_named(facts: Iterable[Appended]) -> tuple[FactNamed, ...]:
    """The facts of an answer, in the order of the log."""
    return tuple(FactNamed(name_of(f.fact), fact_id(f.stream, f.version)) for f in facts)


def edition_of(published: PublishedEdition) -> Edition:
    """An edition, with its place in the log."""
    policy = published.policy
    return Edition(
        policy=policy.ref,
        pack=policy.name,
        edition=policy.edition,
        digest=policy.digest,
        effective_from=format_instant(policy.effective_from),
        published_at=format_instant(policy.published_at),
        recorded_at=format_instant(published.recorded_at),
        position=position_text(published.position),
    )


def _position_of(ref: str, book: Book) -> int:
    return next(edition.position for edition in book.editions if edition.policy.ref == ref)


def when(instant: Instant | None) -> str | None:
    """An instant as text, where there is one."""
    return None if instant is None else format_instant(instant)
