"""Days of files told to the ledger: those it does not know, and those that it knows otherwise.

What the ledger holds already is read before a day is told: the same counts are not told again,
other ones get the next revision. What a layout does not say of a day, such as messages, stays as
it was told by others.
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from time import monotonic
from typing import Any, Final, NamedTuple

import msgspec
from msgspec.structs import replace

from api.bodies import command_in
from api.orders.days import Days, Watch
from api.orders.layout import Layout
from ledger.decide.commands import stream_of
from ledger.decide.day_facts import first_difference
from ledger.decide.performance_commands import (
    PerformanceCommand,
    RatingsTold,
    RatingTold,
    ReportPerformance,
    ShippedTold,
)
from ledger.facts.instants import format_instant
from ledger.facts.kinds import AnyFact
from ledger.facts.performance import (
    PerformanceReported,
    ProductPerformanceReported,
    Rating,
    Ratings,
)
from ledger.facts.refusal import Refusal
from ledger.ledger import Ledger
from ledger.performance.day import DayFact
from ledger.taking.requests import Outcome, Receipt, Request

DAYS_AT_ONCE: Final = 1_000
BATCHES_AHEAD: Final = 2
MOST_REFUSALS: Final = 20
_ENCODER: Final = msgspec.json.Encoder()


class RefusedDay(msgspec.Struct, frozen=True):
    """A day that the ledger did not take, and why."""

    subject: str
    """The seller or the product."""
    date: str
    problem: str
    accepted: str | None


class Summary(msgspec.Struct, frozen=True):
    """What an import did, or would do."""

    folder: str
    orders: int
    items: int
    reviews: int
    orders_without_items: int
    """They count for no seller, because nobody knows whose they are."""
    sellers_days: int
    products_days: int
    new: int
    """Days told for the first time."""
    corrected: int
    """Days told with a higher revision, because their counts differ."""
    unchanged: int
    refused: int
    first_refusals: tuple[RefusedDay, ...]
    seconds: float
    """Reading included."""
    dry_run: bool


class _Counts:
    """What became of days so far."""

    def __init__(self) -> None:
        self.new = self.corrected = self.unchanged = self.refused = 0
        self.refusals: list[RefusedDay] = []

    def done(self) -> int:
        """How many days."""
        return self.new + self.corrected + self.unchanged + self.refused

    def take(self, command: PerformanceCommand, outcome: Outcome | None) -> None:
        """Count a day that was told; None where it only would be."""
        if isinstance(outcome, Receipt | None):
            self.new += command.revision == 1
            self.corrected += command.revision > 1
            return
        if isinstance(outcome, Refusal):
            self.refuse(command, str(outcome), outcome.accepted)
        else:
            self.refuse(command, "somebody else told it meanwhile", "the same command again")

    def refuse(self, command: PerformanceCommand, problem: str, accepted: str | None) -> None:
        """Count a day that is not taken."""
        self.refused += 1
        if len(self.refusals) < MOST_REFUSALS:
            subject = getattr(command, "product_id", command.seller_id)
            self.refusals.append(RefusedDay(subject, command.date, problem, accepted))


class _Batch(NamedTuple):
    """Days that the clerk was given."""

    commands: list[PerformanceCommand]
    outcomes: "Future[list[Outcome]] | None"


def tell_days(ledger: Ledger, days: Days, watch: Watch, *, dry_run: bool = False) -> Summary:
    """Tell the ledger the days that files came to; with `dry_run`, only find out which."""
    counts, found = _Counts(), days.found
    total = found.sellers_days + found.products_days
    watch(0, total)
    under_way: deque[_Batch] = deque()
    for commands in _to_tell(ledger, days, counts):
        under_way.append(_handed_in(ledger, commands, dry_run=dry_run))
        if len(under_way) > BATCHES_AHEAD:
            _count(under_way.popleft(), counts)
        watch(counts.done(), total)
    while under_way:
        _count(under_way.popleft(), counts)
    watch(total, total)
    return Summary(
        folder=str(days.folder),
        **found._asdict(),
        new=counts.new,
        corrected=counts.corrected,
        unchanged=counts.unchanged,
        refused=counts.refused,
        first_refusals=tuple(counts.refusals),
        seconds=round(monotonic() - days.began, 3),
        dry_run=dry_run,
    )


def _to_tell(ledger: Ledger, days: Days, counts: _Counts) -> Iterator[list[PerformanceCommand]]:
    """The days of which the ledger knows nothing, or something else."""
    for commands in days.commands(DAYS_AT_ONCE):
        known = ledger.reader.newest([stream_of(command) for command in commands])
        telling: list[PerformanceCommand] = []
        for command in commands:
            stored = known.get(stream_of(command))
            next_report = command if stored is None else _next(command, stored.fact, days.layout)
            if next_report is None:
                counts.unchanged += 1
            elif _passes(next_report, counts):
                telling.append(next_report)
        yield telling


def _passes(command: PerformanceCommand, counts: _Counts) -> bool:
    """Whether a report is one that could have come by any other door: what files add up to is held
    to the same limits.
    """
    try:
        command_in(_ENCODER.encode(command))
    except Refusal as problem:
        counts.refuse(command, str(problem), problem.accepted)
        return False
    return True


def _next(command: PerformanceCommand, fact: AnyFact, layout: Layout) -> PerformanceCommand | None:
    """The report that follows one in the ledger; None where it would say the same."""
    assert isinstance(fact, PerformanceReported | ProductPerformanceReported)
    following = completed(command, fact, layout)
    same = replace(following, revision=fact.revision)
    return None if first_difference(same, fact) in _ALIKE else following


_ALIKE: Final = (None, "actor")
"""Who told a day does not make it another."""


def completed(command: PerformanceCommand, fact: DayFact, layout: Layout) -> PerformanceCommand:
    """The next report of a day: what the layout does not say stays as it was told."""
    revision = fact.revision + 1
    if isinstance(command, ReportPerformance):
        assert isinstance(fact, PerformanceReported)
        return replace(command, revision=revision, **_unsaid(fact, layout))
    assert isinstance(fact, ProductPerformanceReported)
    kept: dict[str, Any] = {}
    if fact.listed_at is not None:
        kept["listed_at"] = format_instant(fact.listed_at)
    if command.category is None:
        kept["category"] = fact.category
    if command.free_delivery is None:
        kept["free_delivery"] = fact.free_delivery
    if layout.reviews is None:
        kept |= {"reviews": fact.reviews, "rating_sum": fact.rating_sum}
    return replace(command, revision=revision, **kept)


def _unsaid(fact: PerformanceReported, layout: Layout) -> dict[str, Any]:
    """What a layout does not say of a seller's day, as it was told."""
    kept: dict[str, Any] = {
        name: getattr(fact, name) for name in ("messages_due", "replied_24h", "replied_72h")
    }
    if not layout.counts_shipping:
        kept["carriers"] = {n: ShippedTold(c.shipped, c.on_time) for n, c in fact.carriers.items()}
    reviews = layout.reviews
    if reviews is None:
        kept |= {"reviews": fact.reviews, "positive_reviews": fact.positive_reviews}
    if reviews is None or not (
        reviews.description or reviews.communication or reviews.shipping_speed
    ):
        kept["ratings"] = _ratings_told(fact.ratings)
    return kept


def _ratings_told(ratings: Ratings) -> RatingsTold:
    def told(rating: Rating) -> RatingTold | None:
        return RatingTold(rating.sum, rating.count) if rating.count else None

    return RatingsTold(
        told(ratings.description), told(ratings.communication), told(ratings.shipping_speed)
    )


def _handed_in(ledger: Ledger, commands: list[PerformanceCommand], *, dry_run: bool) -> _Batch:
    if dry_run or not commands:
        return _Batch(commands, None)
    requests = [Request(command, command.actor or "") for command in commands]
    return _Batch(commands, ledger.clerk.submit(requests))


def _count(batch: _Batch, counts: _Counts) -> None:
    outcomes = [None] * len(batch.commands) if batch.outcomes is None else batch.outcomes.result()
    for command, outcome in zip(batch.commands, outcomes, strict=True):
        counts.take(command, outcome)
