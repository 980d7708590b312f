"""The demonstration marketplace: the same bytes for the same words, loaded once."""

import hashlib
import re
from datetime import date
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from api.demo.marketplace import Marketplace
from api.demo.tour import where_to_look
from ledger.decide.commands import Command
from ledger.policy.check import check
from ledger.policy.shipped import load_pack
from tests.cli.conftest import Run
from tests.conftest import ROOT

SMALL = ("demo", "--load-only", "--sellers", "60")


def test_same_seed_same_bytes() -> None:
    small = Marketplace(sellers=60)
    assert b"".join(small.lines()) == b"".join(small.lines())
    assert list(small.lines()) != list(small._replace(seed=8).lines())
    assert Marketplace.named(small.name) == small
    assert Marketplace.named("history.ndjson") is None


def test_more_sellers_leave_the_first_as_they_were() -> None:
    few, more = (
        [line for line in Marketplace(sellers=n).lines() if b'"seller_id":"s-7"' in line]
        for n in (10, 50)
    )
    assert few == more


def test_every_family_severity_source_and_command_is_there() -> None:
    told = [msgspec.json.decode(line) for line in Marketplace(sellers=600).lines()]
    rules = check(load_pack("aliexpress")).rules
    recorded = [one for one in told if one["command"] == "record-violation"]
    assert {rules[one["rule"]].family for one in recorded} == {r.family for r in rules.values()}
    infringements = {(one["severity"], one["source"]) for one in recorded if "severity" in one}
    assert len(infringements) == 4
    commands = {one["command"] for one in told}
    # Complaints are held for a counter-notice only under packs that say so.
    every = {shape.__struct_config__.tag for shape in get_args(Command)}
    assert commands == every - {"answer-report"}
    assert any("effective_at" in one for one in recorded)
    assert [one["recorded_at"] for one in told] == sorted(one["recorded_at"] for one in told)


def test_years_and_last_day_are_kept() -> None:
    told = [msgspec.json.decode(x) for x in Marketplace(50, 1, 7, date(2026, 6, 1)).lines()]
    assert max(one["recorded_at"] for one in told) < "2026-06-01"


def test_it_is_loaded_once_and_shows_sellers_to_look_at(run: Run) -> None:
    first, second = run(*SMALL, "--json").json(), run(*SMALL, "--json").json()
    assert first["import"]["refused"] == 0
    assert first["import"]["replayed"] > 0
    assert second["import"] is None
    assert second["marketplace"] == first["marketplace"]
    assert len(second["sellers_to_look_at"]) == 10
    shown = run(*SMALL).out
    assert "curl -s http://127.0.0.1:8080/v1/sellers/s-1/standing" in shown
    failing = [one["what"] for one in run("doctor", "--json").json() if one["verdict"] == "fail"]
    assert failing == ["durability"], "the tests' server spares the disk, and nothing else is wrong"


def test_whoever_serves_it_is_told_where_the_console_is() -> None:
    told = where_to_look("127.0.0.1", 8081)
    assert "The console, for people: http://127.0.0.1:8081/console/\n" in told
    assert "http://[::1]:8081/console/" in where_to_look("::1", 8081)
    (document,) = re.findall(r"docs/[\w-]+\.md", told)
    assert (ROOT / document).is_file()


def test_it_keeps_away_from_a_ledger_that_holds_anything_else(run: Run) -> None:
    from tests.cli.test_commands import HISTORY

    run("import", HISTORY, "--history")
    ran = run(*SMALL)
    assert ran.status == 1
    assert "an empty folder" in ran.err


def test_a_taken_port_is_passed_over() -> None:
    import socket

    from api.demo.loading import PortTaken, port_to_serve

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert port_to_serve("127.0.0.1", port) > port
    with pytest.raises(PortTaken):
        port_to_serve("192.0.2.1", 8080)


def test_an_interrupted_load_is_gone_on_with(run: Run, dsn: str) -> None:
    from api.importing import known_file
    from api.opening import packs_of, system_now
    from api.settings import Settings
    from ledger.history import History

    begun = Marketplace(sellers=30, until=date(2026, 5, 1))
    history = History(dsn, "aliexpress", system_now)
    digest = hashlib.sha256(b"".join(begun.lines())).hexdigest()
    history.open(digest, begun.name, packs_of(Settings())[1])
    history.close()
    loaded = run(*SMALL, "--json").json()
    assert loaded["marketplace"] == begun.name, "the one that was begun, not the one asked for"
    assert loaded["import"]["refused"] == 0
    assert known_file(Path(loaded["file"])).digest == digest
