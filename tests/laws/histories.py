"""Random histories, small enough that ties and boundaries meet all the time.

Instants are tens of microseconds and a local day lasts five, so equal
instants, lapses at the very instant of a recording, full days and merges are
common. Voids and waivers are drawn from what the reference model says exists.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.laws.reference import (
    BucketRules,
    Edition,
    History,
    Row,
    Rung,
    Violation,
    Void,
    Waive,
    judge,
)

DAY_US = 5
FIXED_NAMES = ("first", "second", "third")
EVERY_NAME = "each"


@dataclass(frozen=True)
class Given:
    """What an edition gives to the violations of one bucket that are effective under it."""

    life_us: int
    cap: int | None
    merge_days: int | None


durations = st.none() | st.integers(1, 20)


@st.composite
def ladders(draw: st.DrawFn) -> BucketRules:
    """A ladder of up to three fixed rungs and at most one `every` rung, in any order.

    A name keeps its kind in all editions. Fixed thresholds differ from each
    other; a fixed one may equal a multiple of the other kind.
    """
    names = draw(st.lists(st.sampled_from(FIXED_NAMES), unique=True, max_size=3))
    thresholds = draw(
        st.lists(st.integers(1, 14), unique=True, min_size=len(names), max_size=len(names))
    )
    rungs = [
        Rung(name, threshold, duration_us=draw(durations))
        for name, threshold in zip(names, thresholds, strict=True)
    ]
    if not rungs or draw(st.booleans()):
        rungs.append(Rung(EVERY_NAME, draw(st.integers(1, 6)), True, draw(durations)))
    return BucketRules(tuple(draw(st.permutations(rungs))))


def editions(n_buckets: int) -> st.SearchStrategy[Edition]:
    return st.builds(
        Edition,
        buckets=st.tuples(*[ladders()] * n_buckets),
        several=st.sampled_from(("highest", "highest", "all")),
        again_after_falling=st.sampled_from((True, True, False)),
        refire_after_waiver=st.booleans(),
    )


givens = st.builds(
    Given,
    life_us=st.integers(1, 25),
    cap=st.none() | st.integers(0, 9),
    merge_days=st.none() | st.integers(0, 4),
)


@st.composite
def violations(
    draw: st.DrawFn, at: int, edition: int, given: Sequence[Sequence[Given]]
) -> Violation:
    """A violation recorded at `at`: often effective at once, else found later, even lapsed.

    Its numbers come from any edition up to the one that judges it, as the
    effective instant may lie before an edition began.
    """
    bucket = draw(st.integers(0, len(given[0]) - 1))
    numbers = given[draw(st.integers(0, edition))][bucket]
    effective = max(0, at - draw(st.just(0) | st.integers(0, 12)))
    return Violation(
        recorded=at,
        bucket=bucket,
        weight=draw(st.integers(0, 9)),
        effective=effective,
        lapse=effective + numbers.life_us,
        day=effective // DAY_US,
        cap=numbers.cap,
        merge_days=numbers.merge_days,
        edition=edition,
    )


def existing(rows: Sequence[Row]) -> list[int]:
    """The violations that can still be overturned, expired ones among them."""
    gone = {row.target for row in rows if isinstance(row, Void)}
    return [
        place for place, row in enumerate(rows) if isinstance(row, Violation) and place not in gone
    ]


def waivers(packs: tuple[Edition, ...], rows: Sequence[Row], at: int) -> list[Waive]:
    """Every waiver that a person could ask for at `at`: of a sanction then in force."""
    return [
        Waive(at, sanction.row, sanction.rung, sanction.multiple)
        for sanction in judge((packs, tuple(rows))).sanctions
        if sanction.in_force(at)
    ]


@st.composite
def histories(draw: st.DrawFn, max_rows: int = 12) -> History:
    """A seller's rows in log order with the editions that decided and judged them."""
    n_buckets = draw(st.integers(1, 3))
    packs = tuple(draw(st.lists(editions(n_buckets), min_size=1, max_size=3)))
    given = [draw(st.tuples(*[givens] * n_buckets)) for _ in packs]
    rows: list[Row] = []
    at, edition = draw(st.integers(0, 10)), 0
    for _ in range(draw(st.integers(0, max_rows) | st.just(max_rows))):
        at += draw(st.just(0) | st.integers(0, 9))
        edition = min(len(packs) - 1, edition + draw(st.sampled_from((0, 0, 0, 1))))
        kind = draw(st.sampled_from(("violation", "violation", "violation", "void", "waiver")))
        voidable = existing(rows)
        waivable = waivers(packs, rows, at) if kind == "waiver" else []
        if kind == "void" and voidable:
            rows.append(Void(at, draw(st.sampled_from(voidable))))
        elif waivable:
            rows.append(draw(st.sampled_from(waivable)))
        else:
            rows.append(draw(violations(at, edition, given)))
    return packs, tuple(rows)
