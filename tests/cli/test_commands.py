"""What each command does to a ledger, and how it says so."""

import json
from pathlib import Path

import msgspec
import pytest

from tests.cli.conftest import ROOT, Run, command

HISTORY = ROOT / "docs" / "examples" / "history.ndjson"


def write(path: Path, *lines: object) -> Path:
    path.write_text("".join(f"{x if isinstance(x, str) else json.dumps(x)}\n" for x in lines))
    return path


def violation(number: int, **more: object) -> dict[str, object]:
    return {
        "command": "record-violation", "seller_id": "s-1", "violation_id": f"v-{number}",
        "rule": "weapons", "source": "scan", "statement": "As seen.", "reported_by": "desk", **more,
    }  # fmt: skip


def test_the_example_history_gives_the_standings_it_tells_of(run: Run) -> None:
    imported = run("import", HISTORY, "--history", "--json").json()
    assert (imported["taken"], imported["replayed"], imported["refused"]) == (23, 1, 0)
    silk = run("standing", "silk-road", "--as-of", "2024-07-20T00:00:00Z", "--json").json()
    # Points answer what was deserved, sanctions what was done.
    assert (silk["status"], silk["buckets"][1]["value"]) == ("suspended", 2)
    known = run("standing", "silk-road", "--known-at", "2024-07-20T00:00:00Z", "--json").json()
    assert (known["status"], known["buckets"][1]["value"]) == ("suspended", 3)
    harbour = run("standing", "old-harbour", "--json").json()
    assert (harbour["status"], harbour["can_withdraw"]) == ("suspended", True)
    assert run("standing", "nobody-knows", "--json").json()["status"] == "active"
    again = run("import", HISTORY, "--history", "--json").json()
    assert again["already_imported"] is True


def test_lines_that_cannot_be_read_are_reported_beside_the_file(run: Run, tmp_path: Path) -> None:
    dated = {"recorded_at": "2026-01-01T00:00:00Z"}
    file = write(
        tmp_path / "told.ndjson",
        violation(1, **dated),
        "not json",
        violation(2),
        violation(3, **dated, severty="serious"),
        violation(4, recorded_at="2026-01-01"),
        "",
        {**dated, "command": "no-such-command", "seller_id": "s-1"},
        violation(5, **dated, statement="x" * 70_000),
        violation(6, **dated),
    )
    imported = run("import", file, "--history", "--json").json()
    assert (imported["taken"], imported["refused"]) == (2, 6)
    rejected = Path(imported["rejected_file"])
    assert rejected == tmp_path / "told.rejected.ndjson"
    told = [msgspec.json.decode(line) for line in rejected.read_bytes().splitlines()]
    assert [(one["line"], one["field"]) for one in told] == [
        (2, None), (3, "recorded_at"), (4, "severty"), (5, "recorded_at"), (7, "command"),
        (8, None),
    ]  # fmt: skip
    assert all(one["problem"] for one in told)


def test_commands_without_instants_are_decided_now(run: Run, tmp_path: Path) -> None:
    told = (violation(1), violation(2), violation(1), violation(3, rule="x"))
    file = write(tmp_path / "now.ndjson", *told)
    imported = run("import", file, "--json").json()
    assert {k: imported[k] for k in ("lines", "taken", "replayed", "refused")} == {
        "lines": 4, "taken": 2, "replayed": 1, "refused": 1,
    }  # fmt: skip
    assert "suspended" in run("standing", "s-1").out
    explained = run("explain", "s-1", "--json").json()
    assert explained["sanctions"][0]["lifted_by"]["alone"] == ["v-1", "v-2"]
    assert "annulling v-1" in run("explain", "s-1").out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("import", "no-such-file", "--history"), "no-such-file cannot be read"),
        (("standing", "-", "--json"), "is not an id"),
        (("standing", "s-1", "--as-of", "yesterday"), "Accepted: an RFC 3339 instant"),
        (("standing", "s-1", "--as-of", "2019-01-01T00:00:00Z"), "2020-01-01"),
        (("standing", "s-1", "--known-at", "2999-01-01T00:00:00Z"), "lies in the future"),
        (("keys", "revoke", "0"), "there is no key"),
        (("keys", "create", "bob", "--scope", "everything"), "standing:read"),
        (("policy", "show", "alixpress"), "aliexpress"),
        (("policy", "publish", "no.toml", "--by", "ana"), "no.toml"),
    ],
)
def test_a_refusal_is_one_sentence_with_what_would_be_accepted(
    run: Run, words: tuple[str, ...], says: str
) -> None:
    ran = run(*words)
    assert ran.status == 1
    told = ran.json()["refused"] if "--json" in words else ran.err
    assert says.lower() in told.lower()
    assert len(told.strip().splitlines()) == 1


def test_a_database_that_is_away_is_said_in_a_sentence() -> None:
    away = "postgresql://nobody@127.0.0.1:1/none"
    ran = command("standing", "s-1", LEDGER_DATABASE_URL=away)
    assert ran.status == 1
    assert ran.err.startswith("The database does not answer: ")
    assert command("doctor", "--json", LEDGER_DATABASE_URL=away).json()[-1]["verdict"] == "fail"


def test_packs_are_checked_shown_and_compared(tmp_path: Path) -> None:
    good = command("policy", "check", "aliexpress", "--json")
    assert (good.status, good.json()[0]["ok"]) == (0, True)
    bad = write(tmp_path / "bad.toml", 'name = "x"')
    wrong = command("policy", "check", "aliexpress", bad)
    assert wrong.status == 1
    assert "edition: found nothing" in wrong.out
    assert command("policy", "diff", "aliexpress", "aliexpress").out == "They say the same.\n"
    changed = command("policy", "diff", "aliexpress", "aliexpress-ladder", "--json").json()
    named = {"path": "name", "before": "aliexpress", "after": "aliexpress-ladder"}
    assert {**named, "change": "changed"} in changed
    assert "buckets.points.limit = 48" in command("policy", "show", "aliexpress").out


def test_keys_are_made_listed_and_closed(run: Run) -> None:
    key = run("keys", "create", "shop", "--scope", "standing:read", "--json").json()["key"]
    key_id = key.split("_")[1]
    assert key_id in run("keys", "list").out
    assert run("keys", "revoke", key_id).status == 0
    assert run("keys", "list", "--json").json()[0]["revoked_at"] is not None


def test_an_unfinished_import_is_gone_on_with(run: Run, dsn: str, tmp_path: Path) -> None:
    from api.importing import known_file
    from ledger.history import History

    history = History(dsn, "aliexpress", lambda: 0)
    history.open(known_file(HISTORY).digest, HISTORY.name, [])
    history.close()
    told = write(tmp_path / "now.ndjson", violation(1))
    for words in (("import", told), ("import", told, "--history")):
        ran = run(*words)
        assert ran.status == 1
        assert "history.ndjson" in ran.err
    assert run("import", HISTORY, "--history", "--json").json()["taken"] == 23
    assert run("import", told, "--json").json()["taken"] == 1


def test_an_abandoned_import_frees_the_log(run: Run, dsn: str, tmp_path: Path) -> None:
    from ledger.history import History

    history = History(dsn, "aliexpress", lambda: 0)
    history.open("0" * 64, "lost.ndjson", [])
    history.close()
    told = write(tmp_path / "now.ndjson", violation(1))
    ran = run("import", told, "--abandon")
    assert ran.status == 0
    assert "Abandoned the history import 'lost.ndjson (000000000000)'" in ran.out


def test_without_an_address_a_database_is_started_or_shared(tmp_path: Path) -> None:
    from ledger.store.server import EmbeddedPostgres

    here = ("--data-dir", tmp_path)
    assert command("import", HISTORY, "--history", *here).status == 0
    with EmbeddedPostgres(tmp_path, shared_buffers="16MB"):
        assert "suspended" in command("standing", "old-harbour", *here).out
        served = command("demo", *here)
        assert served.status == 1
        assert "is being served already" in served.err
