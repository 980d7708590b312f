"""The schema `reporting`: what tools read is what the lists say, and a reader sees nothing else."""

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row, tuple_row

from projections.reporting import VIEWS, create, ensure
from tests.api.routes.marketplace import cases_lived, lived_in, reports_lived
from tests.api.routes.test_lists import pages
from tests.api.routes.world import World, world_of
from tests.conftest import ROOT, database

NAMES = {"from": "starts_at", "for": "whom", "error_us": "in_error"}


@pytest.fixture(scope="module")
def market(postgres: str, template: str) -> Iterator[World]:
    with (
        database(postgres, template) as (_, dsn),
        world_of(dsn, clock="test", policy="aliexpress-ladder") as world,
    ):
        lived_in(world)
        assert world.move("2027-09-11T08:00:00Z").status_code == 200
        cases_lived(world.ledger)
        reports_lived(world.ledger)
        yield world


@pytest.fixture
def connection(market: World) -> Iterator["psycopg.Connection[Any]"]:
    with psycopg.connect(market.ledger.dsn, autocommit=True, row_factory=dict_row) as made:
        yield made


def plain(value: Any) -> Any:
    if isinstance(value, Decimal) or (isinstance(value, dict) and "amount" in value):
        return str(value["amount"] if isinstance(value, dict) else value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value


@pytest.mark.parametrize(
    "name",
    [
        "sellers",
        "violations",
        "sanctions",
        "freezes",
        "appeals",
        "disputes",
        "reports",
        "reporters",
        "deadlines",
    ],
)
def test_tables_say_what_lists_say(
    market: World, connection: "psycopg.Connection[Any]", name: str
) -> None:
    query = {"due_after": "2000-01-01T00:00:00Z"} if name == "deadlines" else {}
    listed = pages(market, f"/v1/{name}", name, 500, **query)
    rows = connection.execute(f"SELECT * FROM reporting.{name}".encode()).fetchall()
    told = [{key: plain(value) for key, value in row.items()} for row in rows]
    listed = [{key: plain(value) for key, value in row.items()} for row in listed]
    assert len(told) == len(listed) > 5
    shared = set(told[0]) & {NAMES.get(key, key) for key in listed[0]} - {"in_error"}
    assert len(shared) >= len(told[0]) - 2

    def known(rows: list[Any]) -> list[str]:
        named = ({NAMES.get(k, k): v for k, v in row.items()} for row in rows)
        return sorted(str([str(row[key]) for key in sorted(shared)]) for row in named)

    assert known(told) == known(listed)


def test_the_timeline_is_the_log(market: World, connection: "psycopg.Connection[Any]") -> None:
    facts = pages(market, "/v1/facts", "facts", 1000)
    rows = connection.execute("SELECT * FROM reporting.timeline ORDER BY position").fetchall()
    for name in ("fact_id", "kind", "seller_id", "recorded_at", "actor", "caused_by"):
        assert [plain(row[name]) for row in rows] == [fact[name] for fact in facts]


def test_policies_and_positions(connection: "psycopg.Connection[Any]") -> None:
    assert connection.execute("SELECT * FROM reporting.policies").fetchall()
    views = connection.execute("SELECT * FROM reporting.projections").fetchall()
    assert {view["name"] for view in views} >= {"sellers", "violations", "disputes", "freezes"}
    assert {(view["behind"], view["parked"]) for view in views} == {(0, 0)}


def test_a_reader_sees_these_and_nothing_else(
    market: World, connection: "psycopg.Connection[Any]"
) -> None:
    """By the recipe in docs/views.md, as it stands there."""
    role = f"reader_{uuid.uuid4().hex[:8]}"
    text = Path(ROOT / "docs" / "views.md").read_text()
    recipe = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)[0]
    connection.execute(recipe.replace("reporting_reader", role).encode())
    try:
        connection.execute(f"SET ROLE {role}".encode())
        for view in VIEWS:
            connection.execute(f"SELECT * FROM reporting.{view} LIMIT 3".encode())
        for table in ("sellers", "stored_events", "sealed_text", "log_head", "seller_state"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT * FROM {table}".encode())
        connection.execute("RESET ROLE")
        # Made again upon other tables, what was granted is still there.
        with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
            cursor.execute("DROP VIEW reporting.sellers")
            ensure(cursor)
            create(cursor)
        connection.execute(f"SET ROLE {role}".encode())
        connection.execute("SELECT * FROM reporting.sellers")
    finally:
        connection.execute("RESET ROLE")
        connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())


def test_what_is_there_is_left_alone(connection: "psycopg.Connection[Any]") -> None:
    with connection.cursor(row_factory=tuple_row) as cursor:
        before = cursor.execute("SELECT xmin::text FROM pg_namespace").fetchall()
        ensure(cursor)
        assert cursor.execute("SELECT xmin::text FROM pg_namespace").fetchall() == before
