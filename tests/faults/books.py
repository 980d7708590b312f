"""What must hold after any fault: the log is held against what clients were told.

`check` is the whole of it. Whoever adds a view extends `check_views` and nothing else.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import psycopg

from ledger.facts.ids import seller_of, seller_stream, subject_of
from ledger.facts.kinds import from_bytes
from ledger.store.cases import CASES, is_case, load_cases
from ledger.store.loading import (
    load_sellers,
    load_stream,
    replay,
    state_bytes,
)
from tests.faults.load import Told
from tests.faults.views import check_rebuilt

CHANGES = ("violation-recorded", "violation-annulled")


@dataclass
class Books:
    """The counts that a run prints."""

    rounds: int = 0
    acknowledged: int = 0
    unknown: int = 0
    lost: int = 0
    doubled: int = 0
    facts: int = 0

    def __str__(self) -> str:
        return " ".join(f"{name}={count}" for name, count in vars(self).items())


def check(dsn: str, told: Told, books: Books, after: int = 0, *, views: bool = True) -> int:
    """Hold the log behind position `after` against what clients were told, and add it up.

    Nothing acknowledged is lost, nothing is there twice, positions and versions are dense, and
    what is remembered of each seller is, byte for byte, what its facts say, and so is when each
    case is due. Returns the last position, from which the next check may go on. `views`: they
    too, which takes the whole log.
    """
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT originator_id, originator_version, topic, state, notification_id "
            "FROM stored_events WHERE notification_id > %s ORDER BY notification_id",
            (after,),
        ).fetchall()
        last = check_dense(connection, rows, after)
        _check_told(rows, told, books, whole=after == 0)
        check_memos(connection, {s for row in rows if (s := seller_of(row[0])) is not None})
        check_dues(connection, {row[0] for row in rows if is_case(row[0])})
    if views:
        check_views(dsn)
    assert not told.broken, told.broken[:3]
    assert (books.lost, books.doubled) == (0, 0), books
    books.facts = last
    return last


def check_views(dsn: str) -> None:
    """Every view equals what a rebuild would make of the log: views are added here."""
    check_rebuilt(dsn)


def check_dense(connection: "psycopg.Connection[Any]", rows: list[Any], after: int) -> int:
    """Every position is the one before plus one, every stream's version too; returns the last."""
    assert [row[4] for row in rows] == list(range(after + 1, after + 1 + len(rows)))
    head = connection.execute("SELECT next_position FROM log_head").fetchone()
    last = after + len(rows)
    assert head == (last + 1,)
    gaps = connection.execute(
        "SELECT originator_id FROM stored_events GROUP BY originator_id "
        "HAVING count(*) <> max(originator_version) OR min(originator_version) <> 1"
    ).fetchall()
    assert gaps == []
    return last


def check_memos(connection: "psycopg.Connection[Any]", sellers: set[str]) -> None:
    """What the database remembers of sellers is what their facts say, byte for byte."""
    with connection.cursor() as cursor:
        for seller in sorted(sellers):
            found = cursor.execute(
                "SELECT state, version FROM seller_state WHERE seller_id = %s", (seller,)
            ).fetchone()
            stream = load_stream(cursor, seller_stream(seller))
            assert found is not None, seller
            # A memo may lack the newest facts; of those that it knows it says what a replay says.
            derived = replay(seller, stream[: found[1]])
            assert found == (state_bytes(derived), derived.version), seller
            live = load_sellers(cursor, [seller])[seller].seller
            assert state_bytes(live) == state_bytes(replay(seller, stream)), seller


def check_dues(connection: "psycopg.Connection[Any]", streams: set[str]) -> None:
    """What the database keeps of cases is what their facts say: when each is next due, and how
    long it is concerned by what becomes of its seller.
    """
    names = sorted(streams)
    with connection.cursor() as cursor:
        known = load_cases(cursor, names)
        assert set(known) == streams
        due = "SELECT stream, next_due_at FROM case_due WHERE stream = ANY(%s)"
        dues = cursor.execute(due, (names,)).fetchall()
        until = "SELECT stream, seller_id, until FROM case_concerned WHERE stream = ANY(%s)"
        concerned = cursor.execute(until, (names,)).fetchall()
    wanted = {name: case.next_due() for name, case in known.items()}
    assert dict(dues) == {name: due_at for name, due_at in wanted.items() if due_at is not None}
    found = {
        (name, case.seller_id, CASES[subject_of(name)].concerned_until(case))
        for name, case in known.items()
    }
    assert set(concerned) == {row for row in found if row[2] is not None}


def _check_told(rows: list[Any], told: Told, books: Books, *, whole: bool) -> None:
    kept: Counter[tuple[str, str, str]] = Counter()
    at: dict[int, str] = {}
    for stream, _, topic, state, position in rows:
        kind = topic.partition(".")[0]
        at[position] = stream
        if kind in CHANGES:
            fact: Any = from_bytes(topic, bytes(state))
            kept[kind, seller_of(stream) or "", fact.violation_id] += 1
    for asked in told.acknowledged:
        there = kept[asked.kind, asked.seller, asked.violation] == 1
        books.lost += not (there and at.get(int(asked.position)) == f"seller-{asked.seller}")
    books.doubled += sum(count - 1 for count in kept.values() if count > 1)
    books.acknowledged += len(told.acknowledged)
    # Nobody else writes here, so what was never acknowledged has no business in the log either.
    if whole:
        asked_for = {(a.kind, a.seller, a.violation) for a in (*told.acknowledged, *told.unknown)}
        assert set(kept) <= asked_for, sorted(set(kept) - asked_for)[:3]
