"""Reports of days: dates that have come, counts that add up, corrections that are newer."""

from typing import assert_never

from ledger.decide.context import Context
from ledger.decide.day_facts import RATED, day_fact, instant_told
from ledger.decide.performance_commands import (
    MOST_STARS,
    PerformanceCommand,
    RatingTold,
    ReportPerformance,
    ReportProductPerformance,
)
from ledger.decide.performance_refusals import (
    CountsDoNotAddUp,
    DayBeforeFirstPack,
    DayInFuture,
    ListedLater,
    ProductOfAnotherSeller,
    RevisionTooLow,
)
from ledger.facts.dates import format_date, parse_date
from ledger.facts.ids import product_days
from ledger.facts.instants import format_instant
from ledger.performance.day import Day, DayFact
from ledger.policy.policy import Policy
from ledger.policy.window import day_number
from ledger.standing.seller import Seller


def beside_day(command: PerformanceCommand) -> tuple[str, ...]:
    """What a decision looks at beside the day: the product's newest, which says whose it is."""
    if isinstance(command, ReportProductPerformance):
        return (product_days(command.product_id),)
    return ()


def decide_day(
    command: PerformanceCommand,
    day: Day | None,
    seller: Seller,  # noqa: ARG001 - what a day brings its seller is decided from windows of days
    context: Context,
) -> list[DayFact]:
    """The fact that follows from a report of a day; raises a `Refusal`."""
    owner: str | None = None
    for name in beside_day(command):
        newest = context.beside[name]
        owner = newest.seller_id if isinstance(newest, Day) else None
    return [report_day(command, day, owner, context)]


def report_day(
    command: PerformanceCommand, day: Day | None, owner: str | None, context: Context
) -> DayFact:
    """A day as it is told now. `owner` is the seller whose product it is, if that was ever told."""
    policy = context.rulebook.in_force_now(context.at)
    told = _dated(command.date, policy, context)
    if day is not None and command.revision < day.revision:
        raise RevisionTooLow(command.date, command.revision, day.revision)
    match command:
        case ReportPerformance():
            return _sellers_day(command, context)
        case ReportProductPerformance():
            if owner not in (None, command.seller_id):
                raise ProductOfAnotherSeller(command.product_id, owner, command.seller_id)
            return _products_day(command, told, policy, context)
        case _:
            assert_never(command)


def _dated(date: str, policy: Policy, context: Context) -> int:
    """The day that is told: one that has begun, and no earlier than the rules."""
    told, today = parse_date(date, "date"), day_number(context.at, policy.zone)
    if told > today:
        raise DayInFuture(date, format_date(today), policy.zone)
    if told < day_number(policy.effective_from, policy.zone):
        _demand_rules(told, context)
    return told


def _demand_rules(told: int, context: Context) -> None:
    """Whether an edition was in force at some time of that day; raises `BeforeFirstPack`."""
    book, pack = context.rulebook.book, context.rulebook.pack
    firsts = [e.policy for e in book.editions_of(pack) if e.recorded_at <= context.at]
    first = min(firsts, key=lambda policy: policy.effective_from)
    begins = day_number(first.effective_from, first.zone)
    if told < begins:
        raise DayBeforeFirstPack(pack, format_date(told), format_date(begins))


def _sellers_day(command: ReportPerformance, context: Context) -> DayFact:
    _demand_sums(command)
    return day_fact(command, context.at, context.actor)


def _products_day(
    command: ReportProductPerformance, told: int, policy: Policy, context: Context
) -> DayFact:
    _demand_stars("rating_sum", command.rating_sum, "reviews", command.reviews)
    listed_at = instant_told(command)
    if listed_at is not None:
        if listed_at > context.at:
            raise ListedLater(listed_at, format_instant(context.at))
        if day_number(listed_at, policy.zone) > told:
            raise ListedLater(listed_at, f"{command.date} in {policy.zone}")
    return day_fact(command, context.at, context.actor)


def _demand_sums(command: ReportPerformance) -> None:
    """Whether every part fits its whole; raises `CountsDoNotAddUp` for the first that does not."""
    _demand_part("incomplete", command.incomplete, "orders", command.orders)
    _demand_part("unsent", command.unsent, "orders", command.orders)
    _demand_part("positive_reviews", command.positive_reviews, "reviews", command.reviews)
    ratings = command.ratings
    for kind in RATED if ratings is not None else ():
        rating: RatingTold | None = getattr(ratings, kind)
        if rating is not None:
            _demand_stars(f"ratings.{kind}.sum", rating.sum, f"ratings.{kind}.count", rating.count)
    _demand_part("replied_72h", command.replied_72h, "messages_due", command.messages_due)
    _demand_part("replied_24h", command.replied_24h, "replied_72h", command.replied_72h)
    for name, taken in (command.carriers or {}).items():
        field = f"carriers.{name}"
        _demand_part(f"{field}.on_time", taken.on_time, f"{field}.shipped", taken.shipped)


def _demand_part(field: str, told: int, whole: str, most: int) -> None:
    if told > most:
        raise CountsDoNotAddUp(field, told, 0, most, f"{whole} {most:,}: a part of them")


def _demand_stars(field: str, told: int, counted: str, ratings: int) -> None:
    most = ratings * MOST_STARS
    if not ratings <= told <= most:
        why = f"{counted} {ratings:,}: each gives 1 to {MOST_STARS}"
        raise CountsDoNotAddUp(field, told, ratings, most, why)
