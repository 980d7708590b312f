"""A history drives the clock: what falls due between two lines stands between them in the log."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from ledger.decide.commands import AnnulViolation, Command, RecordViolation
from ledger.facts.instants import (
    DAY_US,
    Instant,
    MalformedInstant,
    format_instant,
    parse_instant,
)
from ledger.history import History, Line, Rejected, Tally
from ledger.ledger import Ledger
from ledger.policy.document import canonical, read
from ledger.policy.shipped import shipped_packs
from ledger.store.clocks import SandboxClock, SystemClock
from ledger.store.lease import OtherImport, abandon, importing
from ledger.store.refusals import ClockChanged, Importing, NotSettled
from ledger.taking.requests import Request

PACKS = [canonical(read(text)) for text in shipped_packs().values()]
NOW = parse_instant("2026-06-01T00:00:00Z")
ROOT = Path(__file__).resolve().parents[2]


def at(text: str) -> Instant:
    return parse_instant(f"{text}T00:00:00Z" if len(text) == 10 else text)


def violation(seller: str, number: int, rule: str = "seeds", **more: Any) -> RecordViolation:
    return RecordViolation(
        seller_id=seller, violation_id=f"v{number}", rule=rule, source="scan", statement="As seen.",
        reported_by="desk", **more,
    )  # fmt: skip


def annulment(seller: str, number: int) -> AnnulViolation:
    return AnnulViolation(
        seller_id=seller, violation_id=f"v{number}", reason="A mistake.", annulled_by="ana"
    )


def lines(*told: tuple[str, Command]) -> list[Line]:
    return [Line(n, at(when), command) for n, (when, command) in enumerate(told, start=1)]


def run(
    dsn: str, told: list[Line], import_id: str = "h" * 64, now: Instant = NOW
) -> tuple[Tally, list[Rejected]]:
    history = History(dsn, "aliexpress", lambda: now)
    rejected: list[Rejected] = []
    try:
        done = history.open(import_id, "history.ndjson", PACKS)
        return history.run(told, done, lambda _, part: rejected.extend(part)), rejected
    finally:
        history.close()


def log_of(dsn: str) -> list[tuple[str, str, str]]:
    """Every fact of a seller: when it was recorded, of whom, and what."""
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT originator_id, topic, state FROM stored_events"
            " WHERE originator_id LIKE 'seller-%' ORDER BY notification_id"
        ).fetchall()
    return [
        (
            format_instant(msgspec.json.decode(state)["at"]),
            stream.removeprefix("seller-"),
            topic.removesuffix(".v1"),
        )
        for stream, topic, state in rows
    ]


def test_what_falls_due_between_two_lines_is_recorded_between_them(dsn: str) -> None:
    run(
        dsn,
        lines(
            ("2024-03-01", violation("b", 1)),
            ("2024-03-02", violation("a", 1)),
            ("2025-03-01T12:00:00Z", violation("c", 1)),
            ("2025-05-01", violation("a", 2)),
        ),
        now=at("2025-06-01"),
    )
    assert log_of(dsn) == [
        ("2024-03-01T00:00:00.000000Z", "b", "violation-recorded"),
        ("2024-03-02T00:00:00.000000Z", "a", "violation-recorded"),
        ("2025-03-01T00:00:00.000000Z", "b", "violation-expired"),
        ("2025-03-01T12:00:00.000000Z", "c", "violation-recorded"),
        ("2025-03-02T00:00:00.000000Z", "a", "violation-expired"),
        ("2025-05-01T00:00:00.000000Z", "a", "violation-recorded"),
    ]


def test_at_one_instant_due_work_stands_before_lines_and_lines_in_file_order(dsn: str) -> None:
    run(
        dsn,
        lines(
            ("2024-03-01", violation("z", 1)),
            ("2024-03-01", violation("m", 1)),
            ("2025-03-01", violation("y", 1)),
            ("2025-03-01", violation("b", 1)),
        ),
        now=at("2025-03-02"),
    )
    assert [(who, what) for when, who, what in log_of(dsn) if when.startswith("2025-03-01")] == [
        ("m", "violation-expired"),
        ("z", "violation-expired"),
        ("y", "violation-recorded"),
        ("b", "violation-recorded"),
    ]


def test_ties_across_batches_and_pages_of_due_sellers_keep_one_order(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.store.agenda.LOOK_AHEAD", 3)
    monkeypatch.setattr("ledger.history.LINES_AT_ONCE", 4)
    sellers = [f"s{n:02d}" for n in range(10)]
    first = [("2024-03-01", violation(s, 1)) for s in reversed(sellers)]
    second = [("2024-03-02", violation(s, 2)) for s in sellers[::2]]
    later = [("2025-03-01", violation("s05", 3)), ("2025-03-02", violation("s00", 3))]
    run(dsn, lines(*first, *second, *later), now=at("2025-03-03"))
    due = [(when[:10], who) for when, who, what in log_of(dsn) if what == "violation-expired"]
    assert due == [("2025-03-01", s) for s in sellers] + [("2025-03-02", s) for s in sellers[::2]]


def test_a_violation_of_this_very_batch_expires_within_it(dsn: str) -> None:
    run(
        dsn,
        lines(
            ("2024-03-01", violation("a", 1)),
            ("2025-12-01", violation("a", 2, effective_at="2024-12-15T00:00:00Z")),
            ("2026-02-01", annulment("a", 1)),
        ),
    )
    assert [(when[:10], what) for when, _, what in log_of(dsn)] == [
        ("2024-03-01", "violation-recorded"),
        ("2025-03-01", "violation-expired"),
        ("2025-12-01", "violation-recorded"),
        ("2025-12-15", "violation-expired"),
        ("2026-02-01", "violation-annulled"),
    ]


def test_what_fell_due_up_to_the_present_is_recorded_before_the_log_is_free(dsn: str) -> None:
    tally, _ = run(dsn, lines(("2024-01-01", violation("a", 1, "explosives"))))
    assert [(when, what) for when, _, what in log_of(dsn)][3:] == [
        (format_instant(at("2024-01-01") + 180 * DAY_US), "funds-released"),
        (format_instant(at("2024-01-01") + 365 * DAY_US), "violation-expired"),
    ]
    assert tally == Tally(lines=1, taken=1, replayed=0, refused=0, facts=5)
    with psycopg.connect(dsn) as connection:
        assert importing(connection) == (None, False)


def test_more_falls_due_at_once_than_a_transaction_holds(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.history.MOST_FACTS", 5)
    told = [("2024-03-01", violation(f"s{n:02d}", 1)) for n in range(23)]
    tally, rejected = run(dsn, lines(*told, ("2026-01-01", violation("last", 1))))
    assert (tally.taken, tally.facts, rejected) == (24, 47, [])
    assert [who for _, who, _ in log_of(dsn)[23:]] == [f"s{n:02d}" for n in range(23)] + ["last"]


def test_lines_that_cannot_be_taken_are_told_and_stop_nothing(dsn: str) -> None:
    told = lines(
        ("2024-03-01", violation("a", 1)),
        ("2024-02-01", violation("a", 2)),
        ("2024-03-02", violation("a", 3, "no-such-rule")),
        ("2024-03-02", violation("a", 1)),
        ("2024-03-02", violation("a", 1, listing_id="other")),
        ("2024-02-01", violation("a", 1)),
        ("2027-01-01", violation("a", 4)),
        ("2024-03-03", violation("a", 5)),
    )
    tally, rejected = run(dsn, told)
    assert (tally.taken, tally.replayed, tally.refused) == (2, 2, 4)
    assert [(r.number, type(r.problem).__name__) for r in rejected] == [
        (2, "ClockBackwards"),
        (3, "UnknownRule"),
        (5, "ToldDifferently"),
        (7, "RecordedInFuture"),
    ]


def test_a_bad_line_behind_a_full_transaction_is_told_once(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.history.MOST_FACTS", 2)
    told = lines(("2024-03-01", violation("a", 1, "explosives")))
    bad = Line(2, problem=MalformedInstant("'soon' is not an instant"))
    tally, rejected = run(dsn, [*told, bad])
    assert (tally.lines, tally.refused, len(rejected)) == (2, 1, 1)


def test_a_repeat_of_an_earlier_file_is_told_before(dsn: str) -> None:
    run(dsn, lines(("2024-03-01", violation("a", 1)), ("2024-03-02", annulment("a", 1))))
    again = lines(
        ("2024-03-01", violation("a", 1)),
        ("2024-03-02", annulment("a", 1)),
        ("2024-03-03", violation("a", 1, points=9)),
    )
    tally, rejected = run(dsn, again, import_id="i" * 64)
    assert (tally.taken, tally.replayed, tally.facts) == (0, 2, 0)
    assert [(r.number, r.problem.field) for r in rejected] == [(3, "points")]


def test_a_finished_history_is_not_imported_twice(dsn: str) -> None:
    told = lines(("2024-03-01", violation("a", 1)))
    run(dsn, told)
    history = History(dsn, "aliexpress", lambda: NOW)
    assert history.open("h" * 64, "history.ndjson", PACKS).finished
    history.close()
    with psycopg.connect(dsn) as connection:
        assert importing(connection) == (None, False)


def test_others_wait_while_an_import_is_at_work_and_after_it_died(dsn: str) -> None:
    ledger = Ledger(dsn, SystemClock(lambda: NOW), "aliexpress", readers=1)
    ledger.start(PACKS)
    history = History(dsn, "aliexpress", lambda: NOW)
    try:
        history.open("h" * 64, "history.ndjson", PACKS)
        for alive in (True, False):
            with pytest.raises(Importing, match=r"history\.ndjson"):
                ledger.handle(violation("a", 1), "desk")
            with pytest.raises(NotSettled):
                ledger.standing("a", known_at=NOW)
            assert ledger.standing("a").status == "active"
            with psycopg.connect(dsn) as connection:
                assert importing(connection).alive is alive
                if alive:
                    with pytest.raises(Importing):
                        abandon(connection)
            history.close()
        with pytest.raises(OtherImport, match=r"history\.ndjson"):
            History(dsn, "aliexpress", lambda: NOW).open("i" * 64, "other.ndjson", PACKS)
        with psycopg.connect(dsn) as connection:
            assert abandon(connection) == "history.ndjson (hhhhhhhhhhhh)"
        assert ledger.handle(violation("a", 1), "desk").facts
    finally:
        ledger.stop()


def test_of_two_imports_at_once_one_is_refused(dsn: str) -> None:
    first, second = (History(dsn, "aliexpress", lambda: NOW) for _ in range(2))
    done = first.open("h" * 64, "history.ndjson", PACKS)
    with pytest.raises(Importing):
        second.open("h" * 64, "history.ndjson", PACKS)
    assert first.run(lines(("2024-03-01", violation("a", 1))), done, lambda *_: None).taken == 1
    first.close()


def test_a_log_that_the_sandbox_drove_takes_no_history(dsn: str) -> None:
    ledger = Ledger(dsn, SandboxClock(), "aliexpress", readers=1)
    ledger.start(PACKS)
    ledger.move_clock(at("2024-01-01"))
    ledger.handle(violation("a", 1), "desk")
    ledger.stop()
    with pytest.raises(ClockChanged):
        run(dsn, [])


def test_the_system_clock_goes_on_behind_the_history(dsn: str) -> None:
    run(dsn, lines(("2026-05-01", violation("a", 1))))
    ledger = Ledger(dsn, SystemClock(lambda: NOW), "aliexpress", readers=1)
    ledger.start(PACKS)
    try:
        [outcome] = ledger.clerk.submit([Request(violation("a", 2), "desk")]).result()
        assert ledger.answer(violation("a", 2), outcome).facts[0].fact.recorded_at == NOW
    finally:
        ledger.stop()


def test_a_killed_import_goes_on_to_the_same_log(dsn: str, empty_dsn: str, tmp_path: Path) -> None:
    from api.demo.marketplace import Marketplace

    file = tmp_path / "history.ndjson"
    Marketplace(sellers=80).write(file)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    _import(empty_dsn, file, whole).communicate(timeout=120)
    tries = 0
    while _unfinished(dsn) and tries < 40:
        process = _import(dsn, file, killed)
        # Each gets further than the one before: to begin costs more than a hundred lines do.
        enough = _lines_done(dsn) + 100 * tries
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
            if _lines_done(dsn) > enough:
                os.kill(process.pid, signal.SIGKILL)
                break
        process.communicate()
        tries += 1
    assert tries > 2, "it was never interrupted"
    assert _bytes_of(dsn) == _bytes_of(empty_dsn)


IMPORT = """
import sys
from pathlib import Path
from typing import Any
import ledger.history
from api.importing import import_history, known_file
from api.opening import MIGRATIONS
from api.settings import Settings
from ledger.store.migrate import migrate

ledger.history.LINES_AT_ONCE = 100
dsn, file = sys.argv[1], Path(sys.argv[2])
migrate(dsn, MIGRATIONS)
import_history(dsn, Settings(), file, known_file(file), file.name, lambda *_: None)
"""


def _import(dsn: str, file: Path, work: Path) -> "subprocess.Popen[bytes]":
    work.mkdir(exist_ok=True)
    return subprocess.Popen([sys.executable, "-c", IMPORT, dsn, str(file)], cwd=ROOT)


def _lines_done(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(
            "SELECT coalesce(max(lines_done), 0) FROM history_import"
        ).fetchone()
    return row[0] if row else 0


def _unfinished(dsn: str) -> bool:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT coalesce(bool_or(finished), false) FROM history_import")
        return not (row.fetchone() or (False,))[0]


def _bytes_of(dsn: str) -> list[tuple[object, ...]]:
    """The whole log without seals and digests of content, whose keys are drawn by lot."""
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(
            "SELECT originator_id, originator_version, topic, state, notification_id"
            " FROM stored_events ORDER BY notification_id"
        ).fetchall()
    seal = re.compile(rb'"(seal|content)":"[^"]*"')
    return [(a, b, c, seal.sub(b"", bytes(state)), p) for a, b, c, state, p in rows]
