"""`erase` and `erase-again` as an operator types them."""

import json
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from ledger.decide.commands import Command
from ledger.decide.erasure_commands import PlaceLegalHold
from ledger.facts.instants import parse_instant
from tests.cli.conftest import Run, command
from tests.spec import disputed, reported
from tests.store.opened import appeal, log_rows, opened, review, sandbox, violation, waiver

DESK = ("--by", "desk", "--reason", "asked-by-seller")


def texts(dsn: str) -> list[str]:
    """The sellers with a key, and so with texts."""
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("SELECT seller_id FROM seller_key ORDER BY 1").fetchall()
    return [seller for (seller,) in rows]


def test_it_is_shown_first_and_then_done_once(run: Run, dsn: str) -> None:
    with opened(dsn) as ledger:
        ledger.handle(violation("s-1", "v-1"), "svc")
        ledger.handle(violation("s-1", "v-2"), "svc")
    assert run("erase", "s-1", "--dry-run").out == "2 texts would go, 0 of them from cases.\n"
    assert texts(dsn) == ["s-1"]
    assert "2 texts are gone, 0 of them from cases: seller-s-1.3" in run("erase", "s-1", *DESK).out
    assert texts(dsn) == []
    again = run("erase", "s-1", *DESK, "--json").json()
    assert (again["erasure"]["texts"], again["erasure"]["fact_id"]) == (2, "seller-s-1.3")
    assert run("erase", "s-1", *DESK).out.startswith("Done before, and nothing was told since: 2 ")
    told = run("erase", "s-1", "--dry-run").out
    assert "by desk (asked-by-seller): 2 texts" in told


def test_what_cannot_be_is_said(run: Run, dsn: str) -> None:
    with opened(dsn) as ledger:
        ledger.handle(violation("s-1", "v-1"), "svc")
        ledger.handle(appeal("s-1", "v-1"), "shop")
    held = run("erase", "s-1", *DESK)
    assert (held.status, "round 1 of the appeal against violation v-1" in held.err) == (1, True)
    assert "Held: round 1" in run("erase", "s-1", "--dry-run").out
    unknown = run("erase", "s-2", *DESK)
    assert (unknown.status, unknown.err[:35]) == (1, "Nothing was ever told of seller s-2")
    assert run("erase", "s-1").status == 2
    other = run("erase", "s-1", "--by", "desk", "--reason", "so")
    assert (other.status, "asked-by-seller" in other.err) == (1, True)
    assert run("erase-again", "no-such-file.ndjson").status == 1


OPEN: list[tuple[Command, str]] = [
    (disputed.claim(), "dispute d-1 waits for the seller's answer"),
    (reported.complaint(), "report r-1 waits for its review"),
    (appeal("s-1", "v-1"), "round 1 of the appeal against violation v-1 is open"),
    (waiver("s-1", "sanction-2", "ann"), "waiving sanction sanction-2 waits for a second person"),
    (PlaceLegalHold(seller_id="s-1", hold_id="court-1", reason="a court", placed_by="leo"),
     "legal hold court-1 stands since"),
]  # fmt: skip


def test_whatever_is_open_is_named_at_the_terminal(run: Run, dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(parse_instant("2026-01-10T00:00:00Z"))
        ledger.handle(violation("s-1", "v-1", "explosives"), "svc")
        for command, _ in OPEN:
            ledger.handle(command, "app")
    asked = {"LEDGER_CLOCK": "test"}
    held, seen = run("erase", "s-1", *DESK, **asked), run("erase", "s-1", "--dry-run", **asked)
    assert (held.status, seen.status, held.out) == (1, 0, "")
    for _, says in OPEN:
        assert says in held.err and f"Held: {says}" in seen.out
    assert texts(dsn) == ["s-1"]


def test_log_tree_and_archive_are_verified_with_an_erasure(
    run: Run, dsn: str, tmp_path: Path
) -> None:
    with opened(dsn) as ledger:
        for number in range(5):
            ledger.handle(violation("s-1", f"v-{number}", "explosives"), "svc")
    assert run("erase", "s-1", *DESK).status == 0
    assert run("archive", "export", tmp_path / "given").status == 0
    assert run("archive", "verify", "--json").json()["findings"] == []
    verified = run("verify", "--views")
    assert verified.status == 0, verified.out + verified.err


def test_a_restored_backup_is_erased_again(run: Run, dsn: str, tmp_path: Path) -> None:
    """A picture of the database from before some erasures is put in its place."""
    with opened(dsn) as ledger:
        for seller in ("s-1", "s-2", "s-3", "s-4"):
            ledger.handle(violation(seller, "v-1"), "svc")
    run("erase", "s-4", *DESK)
    with opened(dsn) as ledger:
        ledger.handle(violation("s-4", "v-2"), "svc")
        ledger.handle(appeal("s-3", "v-1"), "shop")
    restored = _copied(dsn)
    run("erase", "s-1", *DESK)
    with opened(dsn) as ledger:
        ledger.handle(review("s-3", "v-1", 1, "rejected"), "ana")
        ledger.handle(violation("s-5", "v-1"), "svc")
    run("erase", "s-3", *DESK)
    run("erase", "s-5", *DESK)
    kept = tmp_path / "erasures.ndjson"
    run("export", "facts", "kind=payload-erased", "--format", "ndjson", "--out", kept)
    assert texts(restored) == ["s-1", "s-2", "s-3", "s-4"]
    there = {"LEDGER_DATABASE_URL": restored, "LEDGER_DATA_DIR": str(tmp_path / "data")}
    done = command("erase-again", kept, "--json", **there)
    told = json.loads(done.out)
    assert (told["lines"], told["erased"], told["texts"], told["done_before"]) == (4, 1, 1, 2)
    assert [(held["line"], held["seller_id"]) for held in told["held"]] == [(3, "s-3")]
    assert done.status == 1
    # s-4 was erased before the backup: what it was told since is its own, and stays.
    assert texts(restored) == ["s-2", "s-3", "s-4"]
    with opened(restored) as ledger:
        ledger.handle(review("s-3", "v-1", 1, "rejected"), "ana")
    rows = log_rows(restored)
    assert command("erase-again", kept, **there).status == 0
    assert texts(restored) == ["s-2", "s-4"]
    assert len(log_rows(restored)) == len(rows) + 1
    assert "4 done before" in command("erase-again", kept, **there).out


def _copied(dsn: str) -> str:
    """A copy of a database that nobody is connected to."""
    with psycopg.connect(dsn) as connection:
        name = connection.info.dbname
    with psycopg.connect(make_conninfo(dsn, dbname="postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}-restored" TEMPLATE "{name}"')  # type: ignore[arg-type]
    return make_conninfo(dsn, dbname=f"{name}-restored")


def test_a_list_that_is_none_is_refused_by_its_line(run: Run, tmp_path: Path) -> None:
    kept = tmp_path / "erasures.ndjson"
    kept.write_text('{"kind": "violation-recorded.v1", "seller_id": "s-1"}\n')
    ran = run("erase-again", kept)
    assert (ran.status, "Line 1 is no erasure" in ran.err) == (1, True)
