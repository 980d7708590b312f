"""A ledger on a test's own database, and short words for what it is asked."""

import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from functools import cache

import psycopg

from ledger.decide.appeal_commands import AppealOutcome, DecideAppeal, FileAppeal
from ledger.decide.commands import AnnulViolation, RecordViolation, WaiveSanction
from ledger.ledger import Ledger
from ledger.policy.document import canonical, read
from ledger.policy.shipped import shipped_packs
from ledger.store.clocks import Clock, SandboxClock, SystemClock


def system_now() -> int:
    return time.time_ns() // 1_000


@cache
def packs() -> tuple[bytes, ...]:
    """The shipped packs as the log keeps them."""
    return tuple(canonical(read(text)) for text in shipped_packs().values())


@contextmanager
def opened(
    dsn: str,
    pack: str = "aliexpress",
    *,
    clock: Clock | None = None,
    chosen: bytes | None = None,
    now: Callable[[], int] = system_now,
) -> Generator[Ledger]:
    """A ledger on this database; by the system's clock unless another is given."""
    ledger = Ledger(dsn, clock or SystemClock(now), pack, readers=4)
    try:
        ledger.start(packs(), chosen)
        yield ledger
    finally:
        ledger.stop()


def sandbox(
    dsn: str, pack: str = "aliexpress", *, chosen: bytes | None = None
) -> AbstractContextManager[Ledger]:
    """The same, by a clock that is moved by hand."""
    return opened(dsn, pack, clock=SandboxClock(), chosen=chosen)


def violation(
    seller: str,
    violation_id: str,
    rule: str = "false-delivery",
    *,
    points: int | None = None,
    effective_at: str | None = None,
    statement: str = "seen",
    by: str = "svc",
) -> RecordViolation:
    return RecordViolation(
        seller_id=seller,
        violation_id=violation_id,
        rule=rule,
        source="platform",
        points=points,
        effective_at=effective_at,
        statement=statement,
        reported_by=by,
    )


def annulment(seller: str, violation_id: str, *, by: str = "ann") -> AnnulViolation:
    return AnnulViolation(
        seller_id=seller, violation_id=violation_id, reason="found wrong", annulled_by=by
    )


def waiver(seller: str, sanction_id: str, by: str) -> WaiveSanction:
    return WaiveSanction(seller_id=seller, sanction_id=sanction_id, reason="mercy", waived_by=by)


def appeal(seller: str, violation_id: str, *, evidence: bool = True) -> FileAppeal:
    """A round with all that any family demands, evidence apart."""
    return FileAppeal(
        seller_id=seller,
        violation_id=violation_id,
        reason="it was not so",
        evidence=("photograph-1",) if evidence else None,
        brand_verification="approval-1",
        filed_by="shop",
    )


def review(
    seller: str, violation_id: str, number: int, outcome: AppealOutcome, by: str | None = None
) -> DecideAppeal:
    """Another reviewer for each round, unless one is named."""
    return DecideAppeal(
        seller_id=seller,
        violation_id=violation_id,
        round=number,
        outcome=outcome,
        reviewer=by or f"reviewer-{number}",
        reasons="what was found",
    )


def log_rows(dsn: str) -> list[tuple[str, int, int, bytes]]:
    """The whole log: stream, version, position and bytes, in order of position."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            "SELECT originator_id, originator_version, notification_id, state "
            "FROM stored_events ORDER BY notification_id"
        ).fetchall()


def assert_dense(dsn: str) -> int:
    """Every position is the one before plus one, every stream's versions too; returns the last."""
    rows = log_rows(dsn)
    assert [position for _, _, position, _ in rows] == list(range(1, len(rows) + 1))
    versions: dict[str, int] = {}
    for stream, version, _, _ in rows:
        assert version == versions.get(stream, 0) + 1
        versions[stream] = version
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT next_position FROM log_head").fetchone()
    assert row == (len(rows) + 1,)
    return len(rows)
