"""What of a seller's service its own facts say: how its disputes ended, and which metrics were
breached. Days have streams of their own.
"""

from typing import Final

import msgspec

from ledger.facts.dates import parse_date
from ledger.facts.disputes import DisputeOutcomeRecorded
from ledger.facts.instants import DAY_US
from ledger.facts.performance import ServiceMetricBreached
from ledger.policy.pack import LONGEST_HISTORY


class Outcome(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How a dispute ended, by its newest outcome."""

    dispute_id: str
    version: int
    """Of the newest outcome's fact."""
    reason: str
    day: int
    """The day of the first outcome, which later ones only restate."""
    against: bool
    """Whether it counts: ruled against the seller, or accepted by it."""


class Breach(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The last window of which something followed for a metric, both days included."""

    metric: str
    first_day: int
    last_day: int


class Served(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What judging a seller's service has to know of it beside its days."""

    outcomes: tuple[Outcome, ...] = ()
    """As they were first recorded; those too old for any window are left out."""
    breaches: tuple[Breach, ...] = ()
    """The newest of each metric."""

    def against(self, reason: str, first: int, last: int) -> list[Outcome]:
        """The outcomes of a reason that count in a window, newest first."""
        found = [
            o for o in self.outcomes if o.against and o.reason == reason and first <= o.day <= last
        ]
        return sorted(found, key=lambda o: (-o.day, -o.version))

    def breached(self, metric: str, first: int, last: int) -> bool:
        """Whether the newest breach of a metric shares a date with a window."""
        return any(
            b.metric == metric and first <= b.last_day and b.first_day <= last
            for b in self.breaches
        )


COUNTED: Final = ("not-received", "not-as-described")
"""The reasons of disputes that count; a withdrawal is nobody's fault."""


def first_day_of(fact: DisputeOutcomeRecorded) -> int:
    """The pack's calendar day of an outcome."""
    return fact.effective_at // DAY_US if fact.local_day is None else fact.local_day


def after(
    served: Served, fact: DisputeOutcomeRecorded | ServiceMetricBreached, version: int
) -> Served:
    """The same once another fact is known."""
    if isinstance(fact, DisputeOutcomeRecorded):
        return Served(_with_outcome(served.outcomes, fact, version), served.breaches)
    new = Breach(fact.metric, parse_date(fact.first_date), parse_date(fact.last_date))
    others = (b for b in served.breaches if b.metric != fact.metric)
    return Served(served.outcomes, (*others, new))


def _with_outcome(
    known: tuple[Outcome, ...], fact: DisputeOutcomeRecorded, version: int
) -> tuple[Outcome, ...]:
    if fact.reason not in COUNTED:
        return known
    before = next((o for o in known if o.dispute_id == fact.dispute_id), None)
    against = fact.at_fault == "seller"
    if before is not None:
        now = Outcome(fact.dispute_id, version, fact.reason, before.day, against)
        return tuple(now if o is before else o for o in known)
    if fact.revision > 1:
        # What it restates is older than any window.
        return known
    new = Outcome(fact.dispute_id, version, fact.reason, first_day_of(fact), against)
    return (*(o for o in known if o.day > new.day - LONGEST_HISTORY), new)
