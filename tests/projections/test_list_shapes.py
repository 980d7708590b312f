"""A page and a whole list are read in different ways, and tell the same."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import psycopg
import pytest

from bench.lists import NOW, PAGE, Query, fill, queries_asked
from ledger.facts.instants import DAY_US
from projections.sanctions_reading import SanctionsWanted, sanctions_read
from tests.conftest import database

SELLERS = 2_000
WHOLE = 2_000
"""As an export reads: more rows at once than a page has."""


@pytest.fixture(scope="module")
def cursor(postgres: str, template: str) -> Iterator["psycopg.Cursor[Any]"]:
    with database(postgres, template) as (_, dsn):
        fill(dsn, SELLERS)
        with psycopg.connect(dsn, autocommit=True) as connection:
            yield connection.cursor()


@pytest.mark.parametrize("query", queries_asked(), ids=lambda q: f"{q.of}: {q.what}")
def test_pages_and_a_whole_list_tell_the_same(cursor: "psycopg.Cursor[Any]", query: Query) -> None:
    whole = list(islice(query.asked.rows(cursor, None, WHOLE), 3 * PAGE))
    paged: list[Any] = []
    while len(paged) < len(whole):
        after = paged[-1][0] if paged else None
        paged += islice(query.asked.rows(cursor, after, PAGE), PAGE)
    assert paged[: len(whole)] == whole


@pytest.mark.parametrize("in_force", [True, False])
@pytest.mark.parametrize("kind", [None, "suspension", "freeze-of-selling"])
@pytest.mark.parametrize("sort", ["recorded", "-recorded"])
@pytest.mark.parametrize("days_ago", [0, 30, 365, 700, 900])
def test_sanctions_in_force_are_those_whose_instants_say_so(
    cursor: "psycopg.Cursor[Any]", in_force: bool, kind: str | None, sort: Any, days_ago: int
) -> None:
    at = NOW - days_ago * DAY_US
    wanted = SanctionsWanted(kind=kind, in_force=in_force)
    every = sanctions_read(cursor, SanctionsWanted(), sort, at, None, WHOLE)
    expected = [row[0] for row in every if row[-1] is in_force and kind in {None, row[3]}]
    for at_once in (PAGE, WHOLE):
        found = sanctions_read(cursor, wanted, sort, at, None, at_once)
        assert [row[0] for row in found] == expected
