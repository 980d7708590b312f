"""The law: what was decided request by request is what the kernel says of the whole history."""

import pytest
from hypothesis import given

from ledger.facts.ids import seller_stream
from ledger.facts.instants import DAY_US
from ledger.facts.kinds import AnyFact
from ledger.facts.sanctions import SanctionImposed, SanctionWaived
from ledger.facts.violations import (
    ViolationAnnulled,
    ViolationCancelled,
    ViolationRecorded,
    ViolationVoided,
)
from ledger.standing import kernel
from ledger.standing.columns import Rows, World, flags, plain_world
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Sanction, Seller
from tests.laws.stories import PACKS, SELLERS, Step, stories, stories_told, told

FOREVER = kernel.FOREVER


def rows_of(facts: list[AnyFact], rulebook: Rulebook) -> Rows:
    """A seller's facts as the kernel's rows: what people told, not what the ledger concluded."""
    # Sanctions by hand are no milestones: neither they nor their waivers are rows.
    imposed = {f.sanction_id: f for f in facts if isinstance(f, SanctionImposed) and f.milestone}
    events = [
        f
        for f in facts
        if isinstance(f, ViolationRecorded | ViolationVoided)
        or (isinstance(f, SanctionWaived) and f.sanction_id in imposed)
    ]
    row_of = {e.violation_id: i for i, e in enumerate(events) if isinstance(e, ViolationRecorded)}
    voided = {
        row_of[e.violation_id]: i for i, e in enumerate(events) if isinstance(e, ViolationVoided)
    }
    table: list[tuple[int, ...]] = []
    for i, event in enumerate(events):
        at = event.recorded_at
        match event:
            case ViolationRecorded():
                table.append(_violation(event, rulebook, voided.get(i, FOREVER)))
            case ViolationAnnulled() | ViolationCancelled():
                target = row_of[event.violation_id]
                table.append(
                    (kernel.VOID, at, at, FOREVER, 0, 0, 0, -1, 0, 0, FOREVER, target, 0, 0)
                )
            case SanctionWaived():
                waived = imposed[event.sanction_id]
                target = row_of[waived.because_of[0]]
                assert waived.bucket is not None
                assert waived.rung is not None
                number = rulebook.number_of(waived.bucket, waived.rung)
                table.append(
                    (kernel.WAIVER, at, at, FOREVER, 0, 0, 0, -1, 0, 0, FOREVER, target, number,
                     waived.multiple)
                )  # fmt: skip
    columns = [list(column) for column in zip(*table, strict=True)] or [[] for _ in range(14)]
    return Rows(
        *columns,
        by_lapse=sorted(range(len(table)), key=columns[3].__getitem__),
        caps=flags(len(rulebook.bucket_number), columns[4], (cap >= 0 for cap in columns[7])),
        merges=flags(len(rulebook.bucket_number), columns[4], (d > 0 for d in columns[8])),
    )


def _violation(v: ViolationRecorded, rulebook: Rulebook, voided_by: int) -> tuple[int, ...]:
    return (
        kernel.VIOLATION,
        v.recorded_at,
        v.effective_at,
        v.lapses_at,
        rulebook.bucket_number[v.bucket],
        v.points or v.strikes,
        v.effective_at // DAY_US if v.local_day is None else v.local_day,
        -1 if v.daily_cap is None else v.daily_cap,
        v.merge_days or 0,
        rulebook.edition_number[v.judged_by or v.policy],
        voided_by,
        0,
        0,
        0,
    )


def folded(rows: Rows, rulebook: Rulebook) -> World:
    """The kernel's live fold over all of them."""
    size, ladders = len(rows.kind), rulebook.ladders
    most = (size + sum(rows.weight)) * (len(ladders.threshold) + 1)
    world, second = (plain_world(size, ladders.buckets, size, most) for _ in range(2))
    kernel.live(rows, ladders, world, second, 0, size)
    return world


def in_kernels_words(sanction: Sanction, rulebook: Rulebook) -> tuple[int, ...]:
    how = {None: kernel.RUNNING, "lifted": kernel.LIFTED, "waived": kernel.WAIVED}
    return (
        rulebook.bucket_number[sanction.bucket],
        rulebook.number_of(sanction.bucket, sanction.rung),
        sanction.multiple,
        sanction.starts_at,
        FOREVER if sanction.ends_at is None else sanction.ends_at,
        FOREVER if sanction.cut_at is None else sanction.cut_at,
        how[sanction.cut],
        sanction.error_us,
    )


def concluded(world: World) -> list[tuple[int, ...]]:
    columns = (
        world.bucket, world.milestone, world.multiple, world.start, world.until, world.ended,
        world.how, world.error,
    )  # fmt: skip
    return [tuple(column[s] for column in columns) for s in range(world.used[kernel.SANCTIONS])]


@pytest.mark.parametrize("pack", PACKS)
@stories_told(examples=25)
@given(story=stories)
def test_live_decisions_are_the_kernels_fold(dsn: str, pack: str, story: list[Step]) -> None:
    with told(dsn, pack) as telling:
        for step in story:
            telling.tell(step)
        ledger = telling.ledger
        for seller_id in SELLERS:
            seller: Seller = ledger.reader.seller(seller_id)
            rows = rows_of(
                [f.fact for f in ledger.reader.stream(seller_stream(seller_id))], ledger.rulebook
            )
            world = folded(rows, ledger.rulebook)
            judged = [s for s in seller.sanctions if not s.by_hand]
            lived = [in_kernels_words(s, ledger.rulebook) for s in judged]
            assert sorted(lived) == sorted(concluded(world))
            counted = [c for c, kind in zip(world.counted, rows.kind, strict=True) if kind == 0]
            assert [v.counted for v in seller.violations] == counted
