"""Why a report of a day is not taken. When several hold, the first of this order is told:

1. `ToldDifferently`: this revision of the day was told before with other content.
2. When it says so: a malformed date, `DayInFuture`, `DayBeforeFirstPack`.
3. The state forbids it: `RevisionTooLow`, `ProductOfAnotherSeller`.
4. What it says does not fit together: `CountsDoNotAddUp`, in the order of the fields; a malformed
   instant, `ListedLater`.
"""

from ledger.facts.instants import Instant, format_instant
from ledger.facts.refusal import Refusal
from ledger.policy.book import BeforeFirstPack


class DayInFuture(Refusal):
    """What was counted on a day is known once the day has begun."""

    def __init__(self, date: str, today: str, zone: str) -> None:
        super().__init__(
            f"{date} has not begun: in {zone} it is {today}",
            field="date",
            accepted=f"a date up to {today}",
        )


class DayBeforeFirstPack(BeforeFirstPack):
    """A day on which there were no rules yet."""

    def __init__(self, name: str, date: str, first: str) -> None:
        Refusal.__init__(
            self,
            f"No edition of {name} is in force on {date}: the first is from {first}.",
            field="date",
            accepted=f"{first} or later",
        )


class RevisionTooLow(Refusal):
    """A correction replaces what is known, so it has to be newer."""

    def __init__(self, date: str, given: int, newest: int) -> None:
        super().__init__(
            f"{date} was told with revision {newest} already, and {given} is lower",
            field="revision",
            accepted=f"{newest + 1} or higher, for counts that differ",
        )


class ProductOfAnotherSeller(Refusal):
    """A product belongs to the seller for whom it was first told."""

    def __init__(self, product_id: str, owner: str, given: str) -> None:
        super().__init__(
            f"product {product_id} belongs to seller {owner}, not to {given}",
            field="seller_id",
            accepted=f"{owner}, or a product_id that no other seller has",
        )


class CountsDoNotAddUp(Refusal):
    """A part is larger than its whole, or a sum is none of so many ratings."""

    def __init__(self, field: str, told: int, least: int, most: int, why: str) -> None:
        super().__init__(
            f"{field} {told:,} does not fit {why}",
            field=field,
            accepted=f"a whole number from {least:,} to {most:,}" if most > least else f"{least:,}",
        )


class ListedLater(Refusal):
    """What is sold or reviewed on a day was listed by then."""

    def __init__(self, listed_at: Instant, until: str) -> None:
        super().__init__(
            f"listed_at {format_instant(listed_at)} lies after {until}",
            field="listed_at",
            accepted=f"an instant up to {until}",
        )
