"""A history of the reference model, as the kernel's columns."""

from ledger.standing import kernel
from ledger.standing.columns import Ladders, Rows, World, endless, flags, plain_world
from tests.laws.reference import Edition, History, Row, Sanction, Violation, Void, Waive


def ladders_of(editions: tuple[Edition, ...]) -> tuple[Ladders, list[str]]:
    """The editions' ladders, and the names that number their milestones."""
    buckets = len(editions[0].buckets)
    numbers: dict[tuple[int, str], int] = {}
    first, threshold, every, duration, milestone = [], [], [], [], []
    for edition in editions:
        for b in range(buckets):
            first.append(len(threshold))
            for rung in edition.buckets[b].rungs:
                threshold.append(rung.threshold)
                every.append(int(rung.every))
                duration.append(-1 if rung.duration_us is None else rung.duration_us)
                milestone.append(numbers.setdefault((b, rung.name), len(numbers)))
    ladders = Ladders(
        buckets=buckets,
        lowest=[
            min(
                (rung.threshold for edition in editions for rung in edition.buckets[b].rungs),
                default=kernel.FOREVER,
            )
            for b in range(buckets)
        ],
        first=[*first, len(threshold)],
        threshold=threshold,
        every=every,
        duration=duration,
        milestone=milestone,
        highest=[int(e.several == "highest") for e in editions],
        again=[int(e.again_after_falling) for e in editions],
        refire=[int(e.refire_after_waiver) for e in editions],
        endless=endless(milestone, duration),
    )
    return ladders, [name for _, name in numbers]


def rows_of(history: History, names: list[str], ladders: Ladders) -> Rows:
    """The rows of one seller."""
    editions, rows = history
    numbers: dict[tuple[int, str], int] = {}
    for edition in editions:
        for b, bucket in enumerate(edition.buckets):
            for rung in bucket.rungs:
                numbers.setdefault((b, rung.name), len(numbers))
    voided = {row.target: i for i, row in enumerate(rows) if isinstance(row, Void)}
    table = [_line(i, row, rows, voided, numbers) for i, row in enumerate(rows)]
    columns = [list(column) for column in zip(*table, strict=True)] or [[] for _ in range(14)]
    lapse = columns[3]
    return Rows(
        *columns,
        by_lapse=sorted(range(len(rows)), key=lapse.__getitem__),
        caps=flags(ladders.buckets, columns[4], (c >= 0 for c in columns[7])),
        merges=flags(ladders.buckets, columns[4], (days > 0 for days in columns[8])),
    )


def _line(
    i: int,
    row: Row,
    rows: tuple[Row, ...],
    voided: dict[int, int],
    numbers: dict[tuple[int, str], int],
) -> tuple[int, ...]:
    forever = kernel.FOREVER
    match row:
        case Violation():
            return (
                kernel.VIOLATION, row.recorded, row.effective, row.lapse, row.bucket, row.weight,
                row.day, -1 if row.cap is None else row.cap, row.merge_days or 0, row.edition,
                voided.get(i, forever), 0, 0, 0,
            )  # fmt: skip
        case Void():
            return (
                kernel.VOID, row.recorded, row.recorded, forever, 0, 0, 0, -1, 0, 0,
                forever, row.target, 0, 0,
            )  # fmt: skip
        case Waive():
            target = rows[row.target]
            assert isinstance(target, Violation)
            return (
                kernel.WAIVER, row.recorded, row.recorded, forever, 0, 0, 0, -1, 0, 0,
                forever, row.target, numbers[target.bucket, row.rung], row.multiple,
            )  # fmt: skip


def scratch(rows: Rows, ladders: Ladders) -> World:
    """Room enough for whatever a drawn history imposes."""
    size = len(rows.kind)
    most = (size + sum(rows.weight)) * (len(ladders.threshold) + 1)
    return plain_world(size, ladders.buckets, size, most)


def sanctions_of(world: World, names: list[str]) -> list[Sanction]:
    """The sanctions of a judged world, in the reference model's words."""
    how = {kernel.RUNNING: None, kernel.LIFTED: "lift", kernel.WAIVED: "waiver"}
    return [
        Sanction(
            row=int(world.row[s]),
            bucket=int(world.bucket[s]),
            rung=names[world.milestone[s]],
            multiple=int(world.multiple[s]),
            from_=int(world.start[s]),
            until=None if world.until[s] == kernel.FOREVER else int(world.until[s]),
            ended=None if world.ended[s] == kernel.FOREVER else int(world.ended[s]),
            ended_by=how[world.how[s]],  # type: ignore[arg-type]
            found_in_error_us=int(world.error[s]),
        )
        for s in range(world.used[kernel.SANCTIONS])
    ]
