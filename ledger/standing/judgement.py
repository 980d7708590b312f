"""What a new violation sets off, and what remains when one is taken back: the kernel asked for one
seller.
"""

from collections.abc import Iterable
from typing import NamedTuple

from ledger.facts.instants import Instant
from ledger.facts.violations import ViolationRecorded
from ledger.policy.policy import Milestone
from ledger.standing import kernel
from ledger.standing.columns import Ladders, Rows, World, flags, plain_world
from ledger.standing.counting import counts
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Sanction, Seller
from ledger.standing.violations import Violation


class Fired(NamedTuple):
    """A milestone that demands its sanction."""

    milestone: Milestone
    multiple: int


class Review(NamedTuple):
    """What the second judgement says of one sanction."""

    sanction: Sanction
    lifted: bool
    error_us: int


def fired(seller: Seller, recorded: ViolationRecorded, rulebook: Rulebook) -> list[Fired]:
    """The milestones that a violation fires which is recorded of this seller next."""
    at = recorded.recorded_at
    counted = counts(seller.violations, recorded)
    if not counted or recorded.lapses_at <= at:
        return []
    before = seller.value(recorded.bucket, at)
    after = before + counted
    judged_by = recorded.judged_by or recorded.policy
    ladder = rulebook.ladder(judged_by, recorded.bucket)
    if not ladder or after < ladder[0].threshold:
        return []
    bucket = rulebook.bucket_number[recorded.bucket]
    edition = rulebook.edition_number[judged_by]
    last_judged = _last_judged(seller, recorded.bucket, rulebook)
    if (
        last_judged in (-1, edition)
        and not _any_crossed(ladder, before, after)
        and not _any_waived(seller.sanctions)
    ):
        # What was not crossed fires again only after a waiver or when thresholds were lowered:
        # most of what is recorded of a suspended seller needs no judgement.
        return []
    ladders = rulebook.ladders
    # Of a milestone, each multiple just crossed may fire, and the one reached before again.
    room = sum(counted // milestone.threshold + 2 for milestone in ladder)
    world = _world_of(seller, rulebook, room)
    world.judged_by[bucket] = last_judged
    known = world.used[kernel.SANCTIONS]
    kernel.fire(
        ladders,
        world,
        seller.version + 1,
        bucket,
        edition,
        at,
        before,
        after,
    )
    return [
        Fired(rulebook.rungs[world.rung[s]][1], world.multiple[s])
        for s in range(known, world.used[kernel.SANCTIONS])
    ]


def reviewed(seller: Seller, violation: Violation, at: Instant, rulebook: Rulebook) -> list[Review]:
    """Judge the whole history again without `violation`, taken back at `at`: each sanction,
    reviewed. Those by hand are kept as they are.
    """
    return SecondJudgement(seller, at, rulebook).without([violation])


class SecondJudgement:
    """A seller's whole history, to be judged again at an instant without any of its violations.

    Its rows are made once, however many questions follow.
    """

    def __init__(self, seller: Seller, at: Instant, rulebook: Rulebook) -> None:
        self._judged = _by_milestones(seller)
        if not self._judged:
            return
        self._seller = seller
        self._at = at
        self._rulebook = rulebook
        self._rows, self._row_of = _rows_and_void(seller, at, rulebook)
        self._most = _most_sanctions(self._rows, rulebook.ladders)

    def without(self, violations: Iterable[Violation]) -> list[Review]:
        """Each sanction that a milestone imposed, reviewed with all of these taken back."""
        if not self._judged:
            return []
        ladders, size = self._rulebook.ladders, len(self._rows.kind)
        voided_by = list(self._rows.voided_by)
        for violation in violations:
            voided_by[self._row_of[violation.violation_id]] = size - 1
        rows = self._rows._replace(voided_by=voided_by)
        world = _world_of(self._seller, self._rulebook, room=0)
        second = plain_world(size, ladders.buckets, size, self._most)
        kernel.judge_again(rows, ladders, second, 0, size, size - 1)
        reviews: list[Review] = []
        for s, sanction in enumerate(self._judged):
            kernel.compare(world, second, s, self._at)
            lifted = world.how[s] == kernel.LIFTED and sanction.cut is None
            reviews.append(Review(sanction, lifted, world.error[s]))
        return reviews


def _by_milestones(seller: Seller) -> tuple[Sanction, ...]:
    """The sanctions that the engine imposed; those by hand are no business of its."""
    if not any(s.by_hand for s in seller.sanctions):
        return seller.sanctions
    return tuple(s for s in seller.sanctions if not s.by_hand)


def _any_crossed(ladder: tuple[Milestone, ...], before: int, after: int) -> bool:
    for milestone in ladder:
        reached = after // milestone.threshold if milestone.every else 1
        if before < reached * milestone.threshold <= after:
            return True
    return False


def _any_waived(sanctions: tuple[Sanction, ...]) -> bool:
    for sanction in sanctions:  # noqa: SIM110 - `any` takes three times as long
        if sanction.cut == "waived":
            return True
    return False


def _last_judged(seller: Seller, bucket: str, rulebook: Rulebook) -> int:
    """The edition by which this bucket was judged before; -1 for never."""
    for violation in reversed(seller.violations):
        if violation.bucket == bucket and violation.added:
            return rulebook.edition_number[violation.judged_by]
    return -1


def _world_of(seller: Seller, rulebook: Rulebook, room: int) -> World:
    """The sanctions as they were really imposed, with room for `room` more."""
    known = _by_milestones(seller)
    world = plain_world(0, len(rulebook.bucket_number), 0, len(known) + room)
    for s, sanction in enumerate(known):
        world.bucket[s] = rulebook.bucket_number[sanction.bucket]
        world.milestone[s] = rulebook.number_of(sanction.bucket, sanction.rung)
        world.multiple[s] = sanction.multiple
        world.start[s] = sanction.starts_at
        world.until[s] = kernel.FOREVER if sanction.ends_at is None else sanction.ends_at
        world.ended[s] = kernel.FOREVER if sanction.cut_at is None else sanction.cut_at
        world.how[s] = _HOW[sanction.cut]
        if sanction.cut == "waived":
            world.used[kernel.WAIVERS] += 1
    world.used[kernel.SANCTIONS] = len(known)
    return world


_HOW = {None: kernel.RUNNING, "lifted": kernel.LIFTED, "waived": kernel.WAIVED}


def _most_sanctions(rows: Rows, ladders: Ladders) -> int:
    """As many as the rows can impose: one each, unless a pack fires every milestone crossed."""
    if all(ladders.highest):
        return len(rows.kind)
    return (len(rows.kind) + sum(rows.weight)) * len(ladders.threshold)


def _rows_and_void(seller: Seller, at: Instant, rulebook: Rulebook) -> tuple[Rows, dict[str, int]]:
    """The seller's violations and waivers in log order, and last a void; each violation's row."""
    waived = [s for s in _by_milestones(seller) if s.cut == "waived"]
    events: list[Violation | Sanction] = [*seller.violations, *waived]
    events.sort(key=lambda e: e.version if isinstance(e, Violation) else e.cut_version)
    row_of = {e.violation_id: i for i, e in enumerate(events) if isinstance(e, Violation)}
    void, columns = len(events), _Columns()
    for event in events:
        if isinstance(event, Violation):
            gone = event.cancelled_at is not None
            columns.add_violation(event, rulebook, void if gone else kernel.FOREVER)
        else:
            columns.add_waiver(event, rulebook, row_of[event.because_of[0]])
    columns.add_void(at)
    return columns.rows(len(rulebook.bucket_number)), row_of


class _Columns:
    """The kernel's rows of one seller in the making."""

    def __init__(self) -> None:
        self.table: list[tuple[int, ...]] = []

    def add_violation(self, v: Violation, rulebook: Rulebook, voided_by: int) -> None:
        self.table.append(
            (
                kernel.VIOLATION,
                v.recorded_at,
                v.effective_at,
                v.lapses_at,
                rulebook.bucket_number[v.bucket],
                v.weight,
                v.day,
                -1 if v.daily_cap is None else v.daily_cap,
                v.merge_days or 0,
                rulebook.edition_number[v.judged_by],
                voided_by,
                0,
                0,
                0,
            )
        )

    def add_waiver(self, s: Sanction, rulebook: Rulebook, target: int) -> None:
        milestone = rulebook.number_of(s.bucket, s.rung)
        self._add_event(kernel.WAIVER, s.cut_at or 0, target, milestone, s.multiple)

    def add_void(self, at: Instant) -> None:
        self._add_event(kernel.VOID, at, 0, 0, 0)

    def _add_event(
        self, kind: int, at: Instant, target: int, milestone: int, multiple: int
    ) -> None:
        forever = kernel.FOREVER
        self.table.append(
            (kind, at, at, forever, 0, 0, 0, -1, 0, 0, forever, target, milestone, multiple)
        )

    def rows(self, buckets: int) -> Rows:
        columns = [list(column) for column in zip(*self.table, strict=True)]
        lapse = columns[3]
        by_lapse = sorted(range(len(self.table)), key=lapse.__getitem__)
        return Rows(
            *columns,
            by_lapse=by_lapse,
            caps=flags(buckets, columns[4], (cap >= 0 for cap in columns[7])),
            merges=flags(buckets, columns[4], (days > 0 for days in columns[8])),
        )
