"""Given what was told of a day, when it is told again, then this follows.

    told_of(seller_day(orders=10)).when(seller_day(orders=9)).is_refused(ToldDifferently)

Everything is told at one instant, at noon in UTC of a day in March, unless a story says otherwise.
"""

from typing import Any, NamedTuple

from ledger.decide.context import Context
from ledger.decide.day_facts import first_difference, told_before
from ledger.decide.performance import report_day
from ledger.decide.performance_commands import (
    PerformanceCommand,
    ReportPerformance,
    ReportProductPerformance,
)
from ledger.decide.refusals import ToldDifferently
from ledger.facts.instants import Instant, parse_instant
from ledger.facts.refusal import Refusal
from ledger.performance.day import Day, DayFact, evolve_day
from ledger.policy.book import Book, PublishedEdition
from ledger.policy.policy import Policy
from ledger.standing.rulebook import Rulebook
from tests.spec.given import POLICY

DATE = "2026-03-10"
NOON = "2026-03-10T12:00:00Z"


def seller_day(date: str = DATE, **counts: Any) -> ReportPerformance:
    return ReportPerformance(**{"seller_id": "s-1", "date": date, **counts})


def product_day(date: str = DATE, **counts: Any) -> ReportProductPerformance:
    return ReportProductPerformance(
        **{"product_id": "p-1", "seller_id": "s-1", "date": date, **counts}
    )


class Answered(NamedTuple):
    """What came of a report."""

    fact: DayFact | None
    refusal: Refusal | None

    def is_told(self, **fields: Any) -> DayFact:
        """A fact with these fields."""
        assert self.refusal is None, self.refusal
        assert self.fact is not None, "it was told before"
        assert {name: getattr(self.fact, name) for name in fields} == fields
        return self.fact

    def is_a_repeat(self) -> None:
        assert self == (None, None)

    def is_refused(self, why: type[Refusal], field: str, accepted: str | None = None) -> None:
        """A refusal of this kind, of this field, that says what would be accepted."""
        assert type(self.refusal) is why, self.refusal
        assert self.refusal.field == field
        assert str(self.refusal)
        assert self.refusal.accepted
        if accepted is not None:
            assert self.refusal.accepted == accepted


class Told(NamedTuple):
    """A day as it was told so far."""

    policy: Policy = POLICY
    day: Day | None = None
    owner: str | None = None
    facts: tuple[DayFact, ...] = ()

    def also(self, *commands: PerformanceCommand) -> "Told":
        """These were told one after the other, and taken."""
        story = self
        for command in commands:
            fact = story.when(command).is_told()
            story = story._replace(
                day=evolve_day(story.day, fact, 7),
                owner=story.owner or command.seller_id,
                facts=(*story.facts, fact),
            )
        return story

    def when(self, command: PerformanceCommand, at: str = NOON, actor: str = "") -> Answered:
        """Tell a day."""
        version = told_before(command, self.day)
        if version is not None:
            field = first_difference(command, self.facts[version - 1])
            return Answered(None, None if field is None else ToldDifferently("the day", field))
        try:
            context = Context(parse_instant(at), rulebook_of(self.policy), actor=actor)
            return Answered(report_day(command, self.day, self.owner, context), None)
        except Refusal as refusal:
            return Answered(None, refusal)


def rulebook_of(policy: Policy, published: Instant = 0) -> Rulebook:
    return Rulebook(Book().with_edition(PublishedEdition(policy, published, 1)), policy.name)


def told_of(*commands: PerformanceCommand, policy: Policy = POLICY) -> Told:
    return Told(policy).also(*commands)
