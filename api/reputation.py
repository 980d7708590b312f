"""A seller's reputation as it is sent: every service metric in each of its windows.

Counts are exact. `value` is their quotient rounded to six decimals, halves to the even digit.
Levels are judged by the counts: a value may look as if it met a threshold that it just misses.
"""

import hashlib
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from psycopg import Cursor

from api.representations import When
from api.standings import naming
from ledger.facts.dates import format_date
from ledger.facts.instants import Instant, format_instant
from ledger.ledger import Ledger
from ledger.policy.policy import Policy
from ledger.policy.service import UNJUDGED, Level, MetricName, MetricRules, ServiceRules
from ledger.policy.window import day_number
from ledger.service.metrics import Measured, measured, windows_of
from projections.service_reading import recorded_at, view_position, windows_summed
from projections.views import Views

VIEWS: Final = ("service-days",)
DECIMALS: Final = 6

CalendarDate = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date"})]


class MetricSeen(msgspec.Struct, frozen=True, rename={"first_date": "from", "last_date": "to"}):
    """One metric in one window: an average is its sum over its count, as a rate is."""

    metric: MetricName
    window_days: int
    first_date: CalendarDate
    last_date: CalendarDate
    numerator: int
    denominator: int
    value: float | None
    """Null below the minimum sample."""
    minimum_sample: int
    level: Level
    weak: str | None
    """The pack's threshold: of what went wrong the level begins at it, of all else below it."""
    suspicious: str | None
    carrier: str | None
    """Of fast delivery: the carrier that does best."""


class Reputation(msgspec.Struct, frozen=True):
    """How a seller served, as of one instant's date, as known at another."""

    seller_id: str
    as_of: When
    known_at: When
    policy: str
    metrics: tuple[MetricSeen, ...]
    labels: tuple[str, ...]
    """What its listings may show: `fast-delivery`, where that metric is good."""


class Judged(NamedTuple):
    """By which rules, for which date and by what is known a reputation is told."""

    cursor: "Cursor[Any]"
    position: int
    as_of: Instant
    known_at: Instant
    policy: Policy

    @property
    def rules(self) -> ServiceRules:
        """What the edition in force says of service."""
        return self.policy.service or UNJUDGED

    @property
    def day(self) -> int:
        """The date that windows end with."""
        return day_number(self.as_of, self.policy.zone)


class Reputations:
    """Answers about reputations. May be used from any thread, once the views hold all that has to
    be seen.
    """

    def __init__(self, ledger: Ledger, views: Views) -> None:
        self._ledger = ledger
        self._views = views

    def asked(self, seller_id: str, as_of: Instant | None, known_at: Instant | None) -> Reputation:
        """The reputation as of the date of one instant, as known at another."""
        with self._views.snapshot(VIEWS) as seen:
            return _reputation(seller_id, judging(self._ledger, seen.cursor, as_of, known_at))


def judging(
    ledger: Ledger, cursor: "Cursor[Any]", as_of: Instant | None, known_at: Instant | None
) -> Judged:
    """The rules and instants of a question, asked of one moment of the view; raises
    `BeforeFirstPack`. Known is all that the view holds, unless it is said; as of then or now.
    """
    position = view_position(cursor)
    if position > ledger.memory.head.last_position:
        # The view is ahead of this process: the rules of what it holds have to be known too.
        ledger.reader.catch_up()
    known = recorded_at(cursor, position) if known_at is None else known_at
    of = as_of if as_of is not None else ledger.now() if known_at is None else known_at
    with naming("known_at" if as_of is None else "as_of"):
        policy = ledger.rulebook.in_force(of, known)
    return Judged(cursor, position, of, known, policy)


def etag_of(found: Reputation) -> str:
    """Names what is told beside the instants: it stays until a fact or a date changes that."""
    told = msgspec.json.encode((found.seller_id, found.policy, found.metrics, found.labels))
    return f'W/"{hashlib.sha256(told).hexdigest()[:32]}"'


def metric_of(seller_id: str, judged: Judged, rules: MetricRules, window_days: int) -> Measured:
    """One metric of one window."""
    sums = windows_summed(judged.cursor, [seller_id], judged.day, [window_days], judged.known_at)
    return measured(rules, window_days, sums[seller_id, window_days])


def _reputation(seller_id: str, judged: Judged) -> Reputation:
    wanted = list(windows_of(judged.rules))
    lengths = [days for _, days in wanted]
    sums = windows_summed(judged.cursor, [seller_id], judged.day, lengths, judged.known_at)
    found = [(rules, measured(rules, days, sums[seller_id, days])) for rules, days in wanted]
    return Reputation(
        seller_id=seller_id,
        as_of=format_instant(judged.as_of),
        known_at=format_instant(judged.known_at),
        policy=judged.policy.ref,
        metrics=tuple(_seen(rules, one, judged.day) for rules, one in found),
        labels=tuple(
            one.metric for _, one in found if one.metric == "fast-delivery" and one.level == "good"
        ),
    )


def _seen(rules: MetricRules, found: Measured, day: int) -> MetricSeen:
    value = found.value
    return MetricSeen(
        metric=found.metric,
        window_days=found.window_days,
        first_date=format_date(day - found.window_days + 1),
        last_date=format_date(day),
        numerator=found.numerator,
        denominator=found.denominator,
        value=None if value is None else float(round(value, DECIMALS)),
        minimum_sample=found.minimum_sample,
        level=found.level,
        weak=None if rules.weak is None else rules.weak.text,
        suspicious=None if rules.suspicious is None else rules.suspicious.text,
        carrier=found.carrier,
    )
