"""What days of a seller come to, in whole counts: added up, taken apart, never estimated."""

from collections.abc import Mapping
from operator import add, sub
from typing import Final, NamedTuple, TypeAlias

from ledger.facts.performance import PerformanceReported


class Counts(NamedTuple):
    """Counts of some days; of disputes, those that went against the seller."""

    orders: int = 0
    incomplete: int = 0
    unsent: int = 0
    reviews: int = 0
    positive_reviews: int = 0
    description_sum: int = 0
    description_count: int = 0
    communication_sum: int = 0
    communication_count: int = 0
    shipping_speed_sum: int = 0
    shipping_speed_count: int = 0
    messages_due: int = 0
    replied_24h: int = 0
    replied_72h: int = 0
    not_received: int = 0
    not_as_described: int = 0


class Carried(NamedTuple):
    """What one carrier took, and how much of it arrived on time."""

    shipped: int = 0
    on_time: int = 0


Carriers: TypeAlias = Mapping[str, Carried]


class Sums(NamedTuple):
    """Counts, and those of each carrier."""

    counts: Counts
    carriers: Carriers

    def plus(self, other: "Sums") -> "Sums":
        """Both together."""
        counts = Counts(*map(add, self.counts, other.counts))
        return Sums(counts, _joined(self.carriers, other.carriers, 1))

    def minus(self, other: "Sums") -> "Sums":
        """What is left of these without others that are part of them."""
        counts = Counts(*map(sub, self.counts, other.counts))
        return Sums(counts, _joined(self.carriers, other.carriers, -1))


NOTHING: Final = Sums(Counts(), {})
_NOBODY: Final = Carried()


def sums_of(fact: PerformanceReported) -> Sums:
    """What a report says of its day."""
    rated = fact.ratings
    counts = Counts(
        orders=fact.orders,
        incomplete=fact.incomplete,
        unsent=fact.unsent,
        reviews=fact.reviews,
        positive_reviews=fact.positive_reviews,
        description_sum=rated.description.sum,
        description_count=rated.description.count,
        communication_sum=rated.communication.sum,
        communication_count=rated.communication.count,
        shipping_speed_sum=rated.shipping_speed.sum,
        shipping_speed_count=rated.shipping_speed.count,
        messages_due=fact.messages_due,
        replied_24h=fact.replied_24h,
        replied_72h=fact.replied_72h,
    )
    carriers = {name: Carried(c.shipped, c.on_time) for name, c in fact.carriers.items()}
    return Sums(counts, {name: carried for name, carried in carriers.items() if any(carried)})


def _joined(one: Carriers, other: Carriers, sign: int) -> Carriers:
    """Carriers of both; those of whom nothing is left are left out."""
    if not other:
        return one
    joined = dict(one)
    for name, (shipped, on_time) in other.items():
        before = joined.get(name, _NOBODY)
        now = Carried(before.shipped + sign * shipped, before.on_time + sign * on_time)
        if any(now):
            joined[name] = now
        else:
            joined.pop(name, None)
    return joined
