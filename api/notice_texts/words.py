"""What all notices are made of: the words of one, what they need beside their fact, and plain ways
to say instants, spans and numbers.

Nothing here names a person or repeats a note of the house: a fact's actor and its sealed
texts are never looked at. Instants are told in the time zone of the rules that decided.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from ledger.facts.instants import DAY_US, HOUR_US, Instant
from ledger.facts.violations import ViolationRecorded
from ledger.policy.policy import Policy
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Seller

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Words(NamedTuple):
    """A notice's title, its text, and until when what it tells of lasts."""

    title: str
    text: str
    until: Instant | None = None


class Context(NamedTuple):
    """What sentences need beside the fact that they are about."""

    seller: Seller
    recorded: Mapping[str, ViolationRecorded]
    """Violations by id, as they were recorded."""
    rulebook: Rulebook
    now: Instant

    def policy_of(self, ref: str) -> Policy:
        """The edition that decided."""
        return self.rulebook.book.by_ref(ref)

    def zone_at(self, instant: Instant) -> str:
        """The time zone of the rules in force at an instant."""
        return self.rulebook.in_force(instant, self.now).zone


def spoken(instant: Instant, zone: str) -> str:
    """An instant as people say it, by the clocks of a zone that is named: whole seconds, cut off,
    so that a deadline is never told too late.
    """
    local = (_EPOCH + timedelta(microseconds=instant)).astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%B %Y at %H:%M:%S} ({zone})"


def rule_of(violation_id: str, told: Context) -> tuple[str, str]:
    """The rule of a violation as part of a sentence, and the zone of the rules that decided it."""
    recorded = told.recorded[violation_id]
    return f" (“{spaced(recorded.rule)}”)", told.policy_of(recorded.policy).zone


def spaced(name: str) -> str:
    """A name as words."""
    return name.replace("-", " ")


def titled(what: str) -> str:
    """Words as a title."""
    return what[:1].upper() + what[1:]


def count(number: int, thing: str) -> str:
    """So many things, in words."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def left(time_us: int) -> str:
    """How long something still lasts."""
    return f"which is {span(time_us)} from now"


def span(time_us: int) -> str:
    """A stretch of time in its largest whole unit."""
    if time_us >= DAY_US:
        return count(time_us // DAY_US, "day")
    if time_us >= HOUR_US:
        return count(time_us // HOUR_US, "hour")
    return "less than an hour"


def listed(words: list[str]) -> str:
    """Words as a choice between them."""
    return " or ".join(words)
