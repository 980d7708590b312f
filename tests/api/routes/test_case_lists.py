"""The lists of cases: each filter and sort against a slow one over all rows, in Python."""

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from api.lists.all_appeals import ALL_APPEALS
from api.lists.all_violations import ALL_VIOLATIONS
from api.lists.deadlines import DEADLINES
from api.lists.disputes import DISPUTES
from api.lists.listing import ListOf
from ledger.facts.instants import HOUR_US, format_instant, parse_instant
from tests.api.routes.marketplace import cases_lived
from tests.api.routes.test_lists import CSV, asked, assert_told_alike, pages
from tests.api.routes.world import World, world_of
from tests.conftest import database

Row = dict[str, Any]
Test = Callable[[Row], bool]
START = "2026-03-01T00:00:00Z"


@pytest.fixture(scope="module")
def market(postgres: str, template: str) -> Iterator[World]:
    """The marketplace; tests only read it."""
    with database(postgres, template) as (_, dsn), world_of(dsn, clock="test") as world:
        assert world.move(START).status_code == 200
        cases_lived(world.ledger)
        yield world


def everything(market: World, name: str, **query: Any) -> list[Row]:
    return pages(market, f"/v1/{name}", name, 1000, **query)


def middle(rows: list[Row], field: str) -> str:
    return sorted(row[field] for row in rows)[len(rows) // 2]


def appeals_asked(rows: list[Row]) -> Iterator[tuple[Row, Test]]:
    yield {}, lambda _: True
    for status in ("filed", "upheld", "rejected", "lapsed", "withdrawn"):
        yield {"status": status}, lambda r, status=status: r["status"] == status
    yield {"seller_id": "s-1"}, lambda r: r["seller_id"] == "s-1"
    yield {"family": "prohibited"}, lambda r: r["family"] == "prohibited"
    yield {"reviewer": "reviewer-1"}, lambda r: r["reviewer"] == "reviewer-1"
    yield (
        {"status": "lapsed", "seller_id": "s-0"},
        lambda r: r["status"] == "lapsed" and r["seller_id"] == "s-0",
    )
    at = middle(rows, "filed_at")
    yield {"filed_from": at}, lambda r: r["filed_at"] >= at
    yield (
        {"filed_to": at, "status": "rejected"},
        lambda r: r["filed_at"] < at and r["status"] == "rejected",
    )


def disputes_asked(rows: list[Row]) -> Iterator[tuple[Row, Test]]:
    yield {}, lambda _: True
    for field in ("status", "seller_id", "buyer_id", "order_id", "reason", "at_fault"):
        for value in {row[field] for row in rows} - {None}:
            yield {field: value}, lambda r, field=field, value=value: r[field] == value
    at = middle(rows, "opened_at")
    yield {"opened_from": at}, lambda r: r["opened_at"] >= at
    yield (
        {"opened_to": at, "status": "closed", "seller_id": "s-0"},
        lambda r: r["opened_at"] < at and r["status"] == "closed" and r["seller_id"] == "s-0",
    )


@pytest.mark.parametrize("sort", ["filed", "-filed"])
def test_appeals(market: World, sort: str) -> None:
    rows = everything(market, "appeals")
    assert {row["status"] for row in rows} >= {"filed", "upheld", "rejected", "lapsed"}
    for query, holds in appeals_asked(rows):
        wanted = sorted(filter(holds, rows), key=lambda r: int(r["position"]))
        wanted = wanted[::-1] if sort == "-filed" else wanted
        assert pages(market, "/v1/appeals", "appeals", 3, **query, sort=sort) == wanted, query


@pytest.mark.parametrize("sort", ["opened", "-opened"])
def test_disputes(market: World, sort: str) -> None:
    rows = everything(market, "disputes")
    assert {row["status"] for row in rows} >= {"open", "escalated", "closed"}
    for query, holds in disputes_asked(rows):
        wanted = sorted(filter(holds, rows), key=lambda r: int(r["position"]))
        wanted = wanted[::-1] if sort == "-opened" else wanted
        assert pages(market, "/v1/disputes", "disputes", 5, **query, sort=sort) == wanted, query


def test_amounts_are_written_with_their_currency(market: World) -> None:
    amounts = {row["order_amount"]["currency"]: row for row in everything(market, "disputes")}
    told = {name: row["order_amount"]["amount"] for name, row in amounts.items()}
    assert told == {"EUR": "20.00", "JPY": "20", "KWD": "20.000"}


def test_violations_are_told_as_their_sellers_lists_tell_them(market: World) -> None:
    rows = everything(market, "violations")
    own = [
        row
        for seller in ("s-0", "s-1")
        for row in pages(market, f"/v1/sellers/{seller}/violations", "violations", 50)
    ]
    told = [{name: row[name] for name in own[0]} for row in rows]
    by_id: Callable[[Row], str] = lambda row: row["violation_id"]  # noqa: E731
    assert sorted(told, key=by_id) == sorted(own, key=by_id)
    newest = {row["appeal"]["status"] for row in rows if row["appeal"]}
    assert newest >= {"filed", "upheld", "rejected", "lapsed"}


@pytest.mark.parametrize("sort", ["recorded", "-recorded", "lapses", "-lapses"])
@pytest.mark.parametrize("more", [{}, {"seller_id": "s-0"}, {"status": "current"}])
def test_violations_that_can_be_appealed(market: World, sort: str, more: Row) -> None:
    now = format_instant(market.ledger.now())
    rows = pages(market, "/v1/violations", "violations", 100, sort=sort, **more)
    can = [row for row in rows if row["appealable_until"] and row["appealable_until"] >= now]
    assert can
    for appealable in (True, False):
        wanted = [row for row in rows if (row in can) == appealable]
        query = {"appealable": appealable, "sort": sort, **more}
        assert pages(market, "/v1/violations", "violations", 2, **query) == wanted


def test_deadlines_of_the_next_hours(market: World) -> None:
    now = market.ledger.now()
    rows = everything(market, "deadlines", **{"for": "person"})
    assert len({row["kind"] for row in rows}) > 4
    for hours in (0, 24, 72):
        until = format_instant(now + hours * HOUR_US)
        query = {"for": "person", "within_hours": hours}
        soon = pages(market, "/v1/deadlines", "deadlines", 2, **query)
        assert soon == [row for row in rows if row["due_at"] <= until]
    refused = market.client.get(
        "/v1/deadlines", params={"within_hours": 1, "due_before": format_instant(now)}
    )
    assert (refused.status_code, refused.json()["field"]) == (422, "within_hours")
    disputes = {row["dispute_id"]: row for row in everything(market, "disputes")}
    waiting = [row for row in rows if row["subject"] in disputes]
    assert waiting
    for row in waiting:
        dispute = disputes[row["subject"]]
        first = "appealable_until" if row["kind"] == "ruling-appeal" else "due_at"
        assert dispute[first] <= row["due_at"]


def test_a_deadline_is_there_up_to_its_last_instant(sandbox: World) -> None:
    sandbox.record("s-1", "v-1", "seeds")
    (row,) = sandbox.get("/v1/deadlines", **{"for": "person"})["deadlines"]
    assert (row["kind"], row["subject"]) == ("appeal-window", "v-1")
    sandbox.move(row["due_at"])
    assert sandbox.get("/v1/deadlines", **{"for": "person"})["deadlines"] == [row]
    assert sandbox.get("/v1/violations", appealable=True)["violations"]
    sandbox.move(format_instant(parse_instant(row["due_at"]) + 1))
    assert sandbox.get("/v1/deadlines", **{"for": "person"})["deadlines"] == []
    assert not sandbox.get("/v1/violations", appealable=True)["violations"]


FILES: list[tuple[str, ListOf[Any], Row]] = [
    ("/v1/appeals", ALL_APPEALS, {}),
    ("/v1/appeals", ALL_APPEALS, {"status": "rejected", "sort": "-filed"}),
    ("/v1/disputes", DISPUTES, {"sort": "-opened"}),
    ("/v1/disputes", DISPUTES, {"status": "closed"}),
    ("/v1/violations", ALL_VIOLATIONS, {"appealable": True}),
    ("/v1/deadlines", DEADLINES, {"for": "person"}),
]


@pytest.mark.parametrize(("address", "of", "query"), FILES, ids=str)
def test_files_hold_what_pages_hold(
    market: World, address: str, of: ListOf[Any], query: Row
) -> None:
    assert assert_told_alike(market, address, of, **query)


def test_a_file_of_disputes_has_amounts_as_json(market: World) -> None:
    text = asked(market, "/v1/disputes", CSV).text
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert {row["order_amount"] for row in rows} >= {'{"amount":"20.00","currency":"EUR"}'}


@pytest.mark.parametrize(
    ("address", "query", "accepted"),
    [
        ("/v1/appeals", {"status": "open"}, "withdrawn"),
        ("/v1/appeals", {"sort": "round"}, "-filed"),
        ("/v1/appeals", {"filed_from": "soon"}, "RFC 3339"),
        ("/v1/appeals", {"buyer_id": "b"}, "reviewer"),
        ("/v1/disputes", {"status": "lost"}, "awaiting-return"),
        ("/v1/disputes", {"reason": "regret"}, "withdrawal"),
        ("/v1/disputes", {"at_fault": "me"}, "neither"),
        ("/v1/disputes", {"order_id": "o 1"}, "letters"),
        ("/v1/deadlines", {"within_hours": "-1"}, ""),
        ("/v1/deadlines", {"kind": "ruling"}, "ruling-appeal"),
        ("/v1/violations", {"appealable": "maybe"}, "true or false"),
    ],
)
def test_what_is_not_known_is_refused(
    market: World, address: str, query: Row, accepted: str
) -> None:
    answer = market.client.get(address, params=query)
    assert answer.status_code == 422
    assert answer.json()["field"] == next(iter(query))
    assert accepted in answer.json()["accepted"]
