"""What is kept beside the log is what its facts say; whatever was changed there is named."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from api.archives import FOLDER
from api.commands.options import bar
from api.holding import Held, hold_kept, hold_made
from api.settings import Settings
from ledger.decide.erasure_commands import EraseSeller
from projections.archive.archive import writing
from projections.holding import memos, texts
from projections.pieces import Pieces
from tests.conftest import database
from tests.store.opened import (
    annulment,
    appeal,
    opened,
    review,
    violation,
)

SELLERS = 12
LONG = 60
"""Facts of one seller: its memo lags behind them."""


@pytest.fixture(scope="module")
def made(postgres: str, template: str) -> Iterator[str]:
    with database(postgres, template) as (name, dsn):
        with opened(dsn) as ledger:
            for n in range(SELLERS):
                ledger.handle(violation(f"s-{n}", "v-1"), "svc")
                ledger.handle(violation(f"s-{n}", "v-2", "seeds", points=0), "svc")
                ledger.handle(appeal(f"s-{n}", "v-1"), "svc")
            ledger.handle(review("s-1", "v-1", 1, "upheld"), "svc")
            ledger.handle(review("s-2", "v-1", 1, "rejected"), "svc")
            ledger.handle(annulment("s-3", "v-2"), "svc")
            ledger.handle(review("s-4", "v-1", 1, "rejected"), "svc")
            erased = EraseSeller(seller_id="s-4", reason="objection", erased_by="dpo")
            ledger.handle(erased, "dpo")
            ledger.handle(violation("s-4", "v-3", statement="after"), "svc")
            for n in range(LONG):
                ledger.handle(violation("s-long", f"v-{n}", "seeds", points=0), "svc")
        yield name


@pytest.fixture
def log(postgres: str, made: str) -> Iterator[str]:
    with database(postgres, made) as (_, dsn):
        yield dsn


def change(dsn: str, statement: str, *given: Any) -> None:
    """As the owner of the database can: something has to be changed."""
    with psycopg.connect(dsn) as connection:
        connection.execute("SET session_replication_role = replica")
        assert connection.execute(statement.encode(), given).rowcount == 1, statement


def one(dsn: str, query: str) -> Any:
    with psycopg.connect(dsn) as connection:
        return (connection.execute(query.encode()).fetchone() or (None,))[0]


def held(dsn: str) -> Held:
    with Pieces() as work:
        return hold_kept(dsn, lambda done, of: None, work)


def says(dsn: str) -> list[str]:
    return [finding.says for finding in held(dsn).findings]


def test_what_nobody_touched_is_whole(log: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = held(log)
    assert (whole.findings, whole.against) == ([], ["memos", "texts", "policies"])
    assert one(log, "SELECT version FROM seller_state WHERE seller_id = 's-long'") < LONG
    # In stretches of a few facts, by processes of their own, it is the same.
    monkeypatch.setattr(memos, "FACTS_AT_ONCE", 5)
    monkeypatch.setattr(texts, "AT_ONCE", 7)
    assert held(log).findings == []


def test_a_memo_of_another_engine_is_derived_again_and_is_no_finding(log: str) -> None:
    change(log, "UPDATE seller_state SET engine_version = 0, next_due_at = 0, state = '' "
                "WHERE seller_id = 's-1'")  # fmt: skip
    assert says(log) == []


NOT_ITS_FACTS = "what is kept of s-1 is not what its facts say"


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        (("UPDATE seller_state SET state = set_byte(state, 30, get_byte(state, 30) # 1) "
         "WHERE seller_id = 's-1'"), NOT_ITS_FACTS),
        (("UPDATE seller_state s SET state = o.state, version = o.version FROM seller_state o "
         "WHERE s.seller_id = 's-1' AND o.seller_id = 's-5'"), NOT_ITS_FACTS),
        ("UPDATE seller_state SET version = version + 40 WHERE seller_id = 's-1'", NOT_ITS_FACTS),
        ("UPDATE seller_state SET next_due_at = next_due_at + 1 WHERE seller_id = 's-5'",
         "when s-5 is next due is not what its facts say"),
        ("DELETE FROM seller_state WHERE seller_id = 's-1'",
         "of s-1 there are facts, and nothing is kept"),
        ("UPDATE seller_state SET seller_id = 's-99' WHERE seller_id = 's-long'",
         "of s-long there are facts, and nothing is kept"),
        (("INSERT INTO seller_state SELECT 'zz', version, engine_version, next_due_at, state "
         "FROM seller_state WHERE seller_id = 's-1'"),
         "of zz something is kept, and there are no facts"),
    ],
)  # fmt: skip
def test_a_memo_that_was_changed_is_named(log: str, statement: str, finding: str) -> None:
    change(log, statement)
    assert finding in says(log)
    assert {found.kind for found in held(log).findings} == {"memo"}


def text_of(dsn: str, seller: str) -> int:
    """The position of a seller's first text."""
    whose = f"originator_id = 'seller-{seller}'"
    found = one(dsn, "SELECT min(position) FROM sealed_text JOIN stored_events "
                     f"ON notification_id = position WHERE {whose}")  # fmt: skip
    return int(found)


@pytest.mark.parametrize("column", ["body", "salt"])
def test_a_byte_of_a_text_is_named(log: str, column: str) -> None:
    position = text_of(log, "s-7")
    other = f"set_byte({column}, 3, get_byte({column}, 3) # 4)"
    change(log, f"UPDATE sealed_text SET {column} = {other} WHERE position = %s", position)
    assert says(log) == [
        f"the text of the fact at position {position} is not the one that it sealed"
    ]


def test_a_text_that_is_gone_is_told_from_one_that_was_erased(log: str) -> None:
    position = text_of(log, "s-7")
    change(log, "DELETE FROM sealed_text WHERE position = %s", position)
    assert says(log) == [
        f"the text that the fact at position {position} sealed is gone, and was not erased"
    ]


def test_a_text_for_nothing_and_one_without_a_key_are_named(log: str) -> None:
    change(log, "INSERT INTO sealed_text VALUES (1, 'salt', 'body')")
    change(log, "INSERT INTO sealed_text VALUES (99999, 'salt', 'body')")
    assert says(log) == [
        "the text of the fact at position 1 has no key",
        "a text is kept for position 99999, where no fact stands",
    ]


def test_another_key_is_seen_in_every_text_that_it_was_for(log: str) -> None:
    change(log, "UPDATE seller_key SET key = set_byte(key, 0, get_byte(key, 0) # 1) "
                "WHERE seller_id = 's-long'")  # fmt: skip
    assert len(says(log)) == LONG


def test_a_rule_book_that_was_changed_is_named(log: str) -> None:
    some = "position = (SELECT min(position) FROM policy_edition)"
    first = one(log, "SELECT min(position) FROM policy_edition")
    ref = one(log, f"SELECT ref FROM policy_edition WHERE {some}")
    change(log, "UPDATE policy_edition SET canonical = set_byte(canonical, 40, "
                f"get_byte(canonical, 40) # 1) WHERE {some}")  # fmt: skip
    assert says(log) == [f"the edition {ref} is not what the fact at position {first} published"]
    change(log, f"UPDATE policy_edition SET position = -5 WHERE {some}")
    assert says(log) == [
        f"the edition that the fact at position {first} published is gone",
        f"the edition {ref} is kept, and no fact published it",
    ]


def test_views_and_the_archive_are_held_against_the_log(log: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)

    def made_from_it() -> tuple[list[str], list[str]]:
        found = hold_made(log, settings, lambda what: bar(what, shown=False))
        return found.against, [finding.says for finding in found.findings]

    assert made_from_it() == (["views"], [])
    with writing(tmp_path / FOLDER) as archivist, psycopg.connect(log) as connection:
        archivist.catch_up(connection.cursor())
    assert made_from_it() == (["views", "archive"], [])
    change(log, "UPDATE sellers SET can_sell = NOT can_sell WHERE seller_id = 's-5'")
    (found,) = made_from_it()[1]
    assert found.startswith("sellers ") and "s-5" in found and "not what the log gives" in found
    file = next(path for path in (tmp_path / FOLDER).iterdir() if path.name.startswith("log"))
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    assert (
        f"in the archive: {file.name} is missing, or is not the file that was written"
        in (made_from_it()[1])
    )
