"""What a replay works on and what it answers: plain arrays, of a range of sellers at a time.

Sellers and terms are numbers that the archive gave them. All instants are microseconds.
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import numpy as np

Array = Any
"""A numpy array; what it holds is told in words."""

NEVER: Final = (1 << 31) - 1
"""Behind every row: what voids a violation that nobody voided."""
SUSPENDS, RESTRAINS, BARS_SELLING, BARS_PROMOTION, WITHHOLDS = 1, 2, 4, 8, 16
"""Bits of what is in force of a seller; everything but money withheld restrains it."""


class Facts(NamedTuple):
    """The facts of a range of sellers that judgement needs: seller after seller, each in the order
    of the log.

    Each class of columns here is a tuple, as the kernel's own are.
    """

    sellers: Array
    """Their numbers, one for each seller of the range."""
    bounds: Array
    """Seller k has rows `bounds[k]` to `bounds[k + 1]`."""
    kind: Array
    """The kernel's, or one of those above."""
    recorded: Array
    effective: Array
    """Empty where nobody asks for it."""
    lapse: Array
    """Of a sanction by hand or of money withheld, its end."""
    about: Array
    """A violation's weight; of any other row, the seller's row that it is about, counted from its
    first, or -1.
    """
    terms: Array
    """What it has in common with many others: a line of the archive's `Terms`."""
    day: Array
    """The local day on which it was effective."""
    reporter: Array
    """Who recorded it, by number. Read only where a scenario asks for it."""


class InBoth(NamedTuple):
    """The facts of a range of sellers in both worlds: the same rows, so that a row's number means
    the same in either.
    """

    baseline: Facts
    scenario: Facts
    """Only columns that the scenario changes are its own."""
    baseline_out: Array
    """Rows that the baseline does not have: those that the scenario adds. This column and the two
    that follow are empty where they would say nothing of any row.
    """
    scenario_out: Array
    given: Array
    """The weight that the scenario gives a row; -1: as its rules say."""
    touched: Array
    """Per seller, whether the scenario changes any fact of it."""

    @classmethod
    def alike(cls, facts: Facts) -> "InBoth":
        """The same facts in both."""
        none = np.zeros(0, dtype=np.bool_)
        untouched = np.zeros(len(facts.sellers), dtype=np.bool_)
        return cls(facts, facts, none, none, np.zeros(0, dtype=np.int64), untouched)


class Rules(NamedTuple):
    """How one world decides. Tables are `[choice, terms]`.

    Choice 0 is the edition by which the fact itself was decided, or what the world has in its
    place; choice n an edition that the world adds, for what was effective (or recorded) since
    `added_from[n - 1]` and recorded since `added_known[n - 1]`.
    """

    bucket: Array
    """-1: it counts nowhere in this world."""
    weight: Array
    """-1: as the fact says."""
    life: Array
    """Microseconds that it counts; -1: as the fact says."""
    cap: Array
    merge_days: Array
    edition: Array
    """Whose thresholds judge it: an edition of the world's ladders."""
    milestone: Array
    """Of a waiver, the milestone in the world's ladders whose sanction it ends; one choice."""
    multiple: Array
    since: Array
    """From when the edition by which the fact was weighed is in force, per terms."""
    judged_since: Array
    added_from: Array
    added_known: Array
    caps: Array
    """Per bucket, whether any violation may have a daily cap."""
    merges: Array
    decides: bool
    """Whether weights, lapses or buckets may differ from what the facts say."""


class Arranged(NamedTuple):
    """The facts of a range as one world decides them: the kernel's rows, and more."""

    kind: Array
    lapse: Array
    bucket: Array
    edition: Array
    about: Array
    """A violation's weight, or the row that another is about: no row has both."""
    voided_by: Array
    cap: Array
    merge_days: Array
    milestone: Array
    multiple: Array
    by_lapse: Array
    ends: Array
    """Behind the last row of each seller that was known."""
    by_hand: Array
    """Per seller, whether there are rows that judgement passes over."""


class Rungs(NamedTuple):
    """What the sanctions of a world's ladders do, per rung."""

    kind: Array
    """A number of `SANCTION_KINDS`."""
    freeze: Array
    """Microseconds for which money is withheld with it; -1 for none."""
    does: Array
    """Bits of what it does to its seller while it is in force."""


class Span(NamedTuple):
    """What is asked about: what was known by `known_at`, from one instant to another."""

    begin: int
    to: int
    known_at: int


class Counting(NamedTuple):
    """By what figures are counted within a range: the same in every range."""

    begin: int
    to: int
    starts: Array
    """Of the months of the span; what is before the first is in it."""
    ends: Array
    """Their last instants."""
    family: Array
    """Per line of terms, the number of its family."""
    families: int


class Outcome(NamedTuple):
    """What one world came to, per seller of a range, and its sanctions."""

    values: Array
    """`[seller, bucket]`: its totals as of `to`."""
    standing: Array
    """Bits of what is in force as of `to`, sanctions by hand included."""
    suspended_us: Array
    """For how long it was, within the span."""
    frozen_us: Array
    """For how long some of its money was withheld, within the span."""
    imposed: Array
    """`[seller, kind]`: how many sanctions of milestones were imposed within the span."""
    first: Array
    """Seller k has sanctions `first[k]` to `first[k + 1]`."""
    sanctions: Array
    """A line each: see `SANCTION_COLUMNS`. Of sellers judged once the baseline alone has them."""

    points_by_month: Array
    """Points given to what was recorded within the span, caps and merges apart, by its months."""
    points_by_family: Array
    """Points that count as of `to`."""

    @property
    def suspended(self) -> Array:
        """Whether it is suspended as of `to`."""
        return (self.standing & SUSPENDS) != 0

    @property
    def frozen(self) -> Array:
        """Whether money is withheld as of `to`."""
        return (self.standing & WITHHOLDS) != 0


SANCTION_COLUMNS: Final = ("row", "rung", "multiple", "start", "until", "ended", "how", "error")
ROW, RUNG, MULTIPLE, START, UNTIL, ENDED, HOW, ERROR = range(8)

STANDING, SANCTIONS, POINTS, FREEZES, ENROLMENTS = 1, 2, 4, 8, 16
"""Bits of what differs between two worlds: what is in force as of `to`, what milestones imposed,
totals, for how long money was withheld, and which products lost their part in a campaign.
"""


def does(sanction: str, bars: Iterable[str]) -> int:
    """The bits of a sanction that does this and bars that, while it is in force."""
    named = set(bars)
    return (
        RESTRAINS
        | (SUSPENDS if sanction == "suspension" else 0)
        | (BARS_SELLING if "selling" in named else 0)
        | (BARS_PROMOTION if "promotion" in named else 0)
    )


class Compared(NamedTuple):
    """Two worlds side by side, for a range of sellers."""

    sellers: Array
    known: Array
    """Per seller, how many rows were known."""
    baseline: Outcome
    scenario: Outcome
    differs: Array
    """Per seller, the bits of what differs."""
    alike: Array
    """1 for sellers that were judged once: their sanctions stand in one outcome, for both."""
    parted: Array
    """Per seller, the first instant at which the sanctions of the two worlds differ."""
