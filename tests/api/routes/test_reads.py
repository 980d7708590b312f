"""Who reads sensitive records is recorded: once, before it is told, or it is not told."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any, NamedTuple

import psycopg
import pytest
from fastapi.routing import APIRoute

from api.lists.named import LISTS
from api.routes import OPEN, ROUTERS
from api.sensitive import SENSITIVE, fields_in, sensitive_of
from tests.api.routes.marketplace import cases_lived, lived_in, reports_lived
from tests.api.routes.world import World, world_of
from tests.conftest import database

ROUTES = [
    route
    for router in (*ROUTERS, *OPEN)
    for route in router.routes
    if isinstance(route, APIRoute) and "GET" in (route.methods or ())
]
PLAIN = {
    "caused_by": "a fact's address",
    "return_paid_by": "seller or buyer",
    "announced_by": "who runs a campaign, not who decides about a seller",
    "created_by": "who made a webhook",
    "erased_by": "who erased a text, which nobody can read any more",
}
"""Fields that are named like those of people, and why they are none of them."""
OF_NOBODY = {("/v1/what-if", "asked_by"), ("/v1/what-if/{run_id}", "asked_by")}
"""Who asked what-if of a whole marketplace: nothing about any seller or person in it."""
BYTES = {"leaf", "entries", "audit_bundle"}
HASHES = {
    "proof", "consistency", "tile", "checkpoint", "key", "stream_standings", "what_if_report",
}  # fmt: skip
"""Routes that answer with bytes: those that hold facts, and those that hold none."""
NDJSON = {"Accept": "application/x-ndjson"}


def rows_in(dsn: str, behind: int = 0) -> list[Any]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            "SELECT who, what, seller_id, asked, coalesce(r.rows_told, e.rows_told)"
            " FROM sensitive_read r LEFT JOIN sensitive_read_end e USING (number)"
            " WHERE number > %s ORDER BY number",
            (behind,),
        ).fetchall()


class Market(NamedTuple):
    """A market that has lived, and how many reads its life took."""

    world: World
    dsn: str
    lived: int

    def rows(self) -> list[Any]:
        return rows_in(self.dsn, self.lived)


@pytest.fixture
def market(postgres: str, template: str) -> Iterator[Market]:
    with database(postgres, template) as (_, dsn), world_of(dsn, clock="test") as world:
        lived_in(world)
        cases_lived(world.ledger)
        reports_lived(world.ledger)
        with psycopg.connect(dsn) as connection:
            (lived,) = connection.execute("SELECT count(*) FROM sensitive_read").fetchone() or (0,)
        yield Market(world, dsn, lived)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_every_route_that_can_tell_what_is_sensitive_is_marked(route: APIRoute) -> None:
    components = (route.openapi_extra or {}).get("x-components", {})
    told = {name for name in fields_in(components) if (route.path, name) not in OF_NOBODY}
    asked = SENSITIVE.intersection(field.alias for field in route.dependant.path_params)
    holds = bool(told or asked or route.name in BYTES)
    assert (sensitive_of(route) is not None) == holds, (route.path, told, asked)


def test_fields_named_like_people_are_sensitive_or_said_not_to_be() -> None:
    named = {
        name
        for route in ROUTES
        for shape in (route.openapi_extra or {}).get("x-components", {}).values()
        for name in shape.get("properties", {})
        if name.endswith(("_by", "reviewer", "reasons"))
    }
    assert named - SENSITIVE == set(PLAIN)


def test_answers_of_bytes_are_known() -> None:
    bytes_told = {
        route.name
        for route in ROUTES
        if "application/json" not in route.responses.get(200, {}).get("content", {})
    }
    assert bytes_told == BYTES | HASHES


def test_every_list_that_is_marked_has_the_name_it_is_recorded_by() -> None:
    marks = {mark.what for route in ROUTES if (mark := sensitive_of(route)) is not None}
    exported = set(LISTS) - {"policies", "sellers", "freezes", "deadlines", "campaigns"}
    assert exported <= marks


def test_a_page_is_recorded_once(market: Market) -> None:
    world = market.world
    page = world.get("/v1/facts", seller_id="s-1", kind="violation-recorded", limit=2)
    asked = {"kind": ["violation-recorded"], "seller_id": ["s-1"]}
    assert market.rows() == [("operator", "facts", "s-1", asked, 2)]
    world.get("/v1/facts", seller_id="s-1", limit=2, after=page["next"])
    assert len(market.rows()) == 2
    world.get(f"/v1/facts/{page['facts'][0]['fact_id']}")
    assert market.rows()[2][1:] == (
        "fact", None, {"fact_id": [page["facts"][0]["fact_id"]]}, 1,
    )  # fmt: skip


def test_a_file_is_recorded_before_it_leaves_and_its_rows_at_its_end(
    market: Market,
) -> None:
    world = market.world
    told = world.client.get("/v1/appeals", headers=NDJSON)
    assert told.status_code == 200
    assert market.rows() == [("operator", "appeals", None, {}, len(told.text.splitlines()))]


def test_what_was_refused_or_is_not_sensitive_is_not_recorded(market: Market) -> None:
    world = market.world
    assert world.client.get("/v1/facts/seller-nobody.1").status_code == 404
    assert world.client.get("/v1/facts", params={"kin": "x"}).status_code == 422
    world.standing("s-1")
    world.get("/v1/sellers/s-1/standing/forecast")
    world.client.post("/v1/standings", json={"seller_ids": ["s-1", "s-2"]})
    world.get("/v1/sellers")
    assert market.rows() == []


@pytest.mark.parametrize("accept", [{}, NDJSON])
def test_nothing_is_told_while_it_cannot_be_recorded(
    market: Market, accept: dict[str, str]
) -> None:
    world, dsn, _ = market
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("ALTER TABLE sensitive_read RENAME TO away")
        for _ in range(4):  # only two exports go at once: none may be left behind
            refused = world.client.get("/v1/reports", headers=accept)
            assert (refused.status_code, refused.json()["type"]) == (
                503, "/problems/read-not-recorded",
            )  # fmt: skip
            assert refused.headers["Retry-After"]
        world.standing("s-1")
        connection.execute("ALTER TABLE away RENAME TO sensitive_read")
    assert world.client.get("/v1/reports", headers=accept).status_code == 200


def test_nobody_changes_or_deletes_a_read(market: Market) -> None:
    world, dsn, _ = market
    world.client.get("/v1/reports", headers=NDJSON)
    for table in ("sensitive_read", "sensitive_read_end"):
        for words in (
            f"UPDATE {table} SET rows_told = 0", f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
        ):  # fmt: skip
            refused = pytest.raises(psycopg.errors.RaiseException, match="neither changed")
            with psycopg.connect(dsn) as connection, refused:
                connection.execute(words)
    assert len(market.rows()) == 1


def test_who_read_what_is_a_list(market: Market) -> None:
    world = market.world
    world.move("2031-01-01T00:00:00Z")
    since = {"from": "2031-01-01T00:00:00Z"}
    world.get("/v1/facts", seller_id="s-1")
    world.get("/v1/reviewers/ann/decisions")
    world.get("/v1/facts", seller_id="s-2")
    first = world.get("/v1/audit/reads", limit=2, **since)
    assert [row["what"] for row in first["reads"]] == ["facts", "decisions"]
    assert first["reads"][1]["asked"] == {"reviewer_id": ["ann"]}
    rest = world.get("/v1/audit/reads", after=first["next"], **since)
    assert [(row["what"], row["rows"]) for row in rest["reads"]][-1] == ("reads", 2)
    of_seller = world.get("/v1/audit/reads", seller_id="s-2", what="facts", who="operator", **since)
    assert [row["asked"]["seller_id"] for row in of_seller["reads"]] == [["s-2"]]
    at = first["reads"][0]["read_at"]
    assert world.get("/v1/audit/reads", to=at, limit=1000)["reads"][-1]["read_at"] < at
    assert len(world.get("/v1/audit/reads", **{"from": at, "what": "facts"})["reads"]) == 2
    for kind in ("text/csv", "application/vnd.apache.parquet", NDJSON["Accept"]):
        told = world.client.get("/v1/audit/reads", params=since, headers={"Accept": kind})
        assert told.status_code == 200 and told.content
    assert json.loads(told.text.splitlines()[0]) == first["reads"][0]


def test_reads_are_found_by_an_index(market: Market) -> None:
    dsn = market.dsn
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "INSERT INTO sensitive_read (read_at, who, what, seller_id, asked) SELECT n,"
            " 'w-' || n % 100, 'x-' || n % 100, 's-' || n % 100, '{}'"
            " FROM generate_series(1, 20000) n"
        )
        connection.execute("ANALYZE sensitive_read")
        for one in ("who = 'w-7'", "what = 'x-7'", "seller_id = 's-7'", "read_at < 900"):
            plan = connection.execute(
                f"EXPLAIN SELECT * FROM sensitive_read WHERE {one}"
                " AND (read_at, number) > (5, 0) ORDER BY read_at, number LIMIT 100"
            ).fetchall()
            told = "\n".join(row[0] for row in plan)
            assert "Index Scan" in told and "Sort" not in told, told


def test_with_keys_it_is_the_subject_who_read(
    locked: tuple[World, dict[str, dict[str, str]]], dsn: str
) -> None:
    world, keys = locked
    world.record("s-1", "v-1", headers=keys["platform"], reported_by="platform")
    appeals = "/v1/sellers/s-1/violations/v-1/appeals"
    assert world.client.get(appeals, headers=keys["analyst"]).status_code == 200
    assert world.client.get(appeals, headers=keys["s-1"]).status_code == 200
    assert world.client.get(appeals, headers=keys["shop"]).status_code == 403
    asked = {"seller_id": ["s-1"], "violation_id": ["v-1"]}
    assert rows_in(dsn) == [("analyst", "appeal-texts", "s-1", asked, 0)]
    opened = {
        name: world.client.get("/v1/audit/reads", headers=key).status_code
        for name, key in keys.items()
    }
    assert {name for name, status in opened.items() if status == 200} == {"root"}


def test_a_bundle_holds_texts_for_who_may_read_them(
    locked: tuple[World, dict[str, dict[str, str]]], dsn: str
) -> None:
    world, keys = locked
    world.record("s-1", "v-1", headers=keys["platform"], reported_by="platform")
    address = "/v1/sellers/s-1/audit-bundle"
    refused = world.client.get(address, params={"texts": True}, headers=keys["analyst"])
    assert refused.status_code == 403 and "admin" in refused.json()["accepted"]
    plain = world.proved(address, headers=keys["analyst"])
    assert "texts.ndjson" not in zipfile.ZipFile(io.BytesIO(plain.content)).namelist()
    told = world.proved(address, params={"texts": True}, headers=keys["root"])
    again = world.client.get(address, params={"texts": True}, headers=keys["root"])
    assert again.content == told.content, "what it rests on is no read, and proved already"
    with zipfile.ZipFile(io.BytesIO(told.content)) as file:
        (line,) = file.read("texts.ndjson").splitlines()
    assert json.loads(line)["words"] == {"statement": "Seen in the shop."}
    assert json.loads(line)["fact_id"] == "seller-s-1.1"
    assert [(who, what, asked.get("texts")) for who, what, _, asked, _ in rows_in(dsn)] == [
        ("analyst", "audit-bundle", None),
        ("root", "audit-bundle", ["true"]),
        ("root", "audit-bundle", ["true"]),
    ]
