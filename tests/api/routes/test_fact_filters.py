"""Facts by what they say: whatever finds them, they are those that a walk over the log finds."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from api.lists.facts import facts
from ledger.facts.ids import address_of
from ledger.store.reader import facts_after
from projections.fact_terms import decided_by_a_person
from projections.facts_wanted import FactsWanted, says
from tests.api.routes.marketplace import cases_lived, lived_in, reports_lived
from tests.api.routes.promoting import DECISION, Promotion
from tests.api.routes.test_lists import pages
from tests.api.routes.world import World, world_of
from tests.conftest import database

VIEWS = ("fact-terms", "fact-kinds", "violations")


@pytest.fixture(scope="module")
def place(postgres: str, template: str) -> Iterator[tuple[World, str]]:
    with database(postgres, template) as (_, dsn), world_of(dsn, clock="test") as world:
        assert world.move("2026-01-02T00:00:00Z").status_code == 200
        promotion = Promotion(world)
        promotion.enrolled()
        promotion.enrolled("p-2", seller_id="s-2")
        promotion.step("decision", DECISION)
        lived_in(world)
        cases_lived(world.ledger)
        reports_lived(world.ledger)
        headers = {"Correlation-Id": "matter-1"}
        for number in range(3):
            world.record(f"s-{number}", f"w-{number}", headers=headers)
        day = {"date": "2026-01-12", "orders": 3}
        assert world.client.post("/v1/sellers/s-1/performance", json=day).status_code == 200
        yield world, dsn


@pytest.fixture
def market(place: tuple[World, str]) -> World:
    return place[0]


def everything(world: World) -> list[dict[str, Any]]:
    return pages(world, "/v1/facts", "facts", 1000)


def values(told: list[dict[str, Any]], of: Callable[[dict[str, Any]], Any]) -> list[Any]:
    found = sorted({value for fact in told if (value := of(fact)) is not None})
    return random.Random(1).sample(found, min(3, len(found)))


def stream_of(fact: dict[str, Any]) -> str:
    return (address_of(fact["fact_id"]) or ("", 0))[0]


FIELDS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "seller_id": lambda f: f["seller_id"],
    "actor": lambda f: f["actor"],
    "correlation_id": lambda f: f["correlation_id"],
    "caused_by": lambda f: f["caused_by"],
    "rule": lambda f: f["data"].get("rule") if recorded(f) else None,
    "listing_id": lambda f: f["data"].get("listing_id") if recorded(f) else None,
    "dispute_id": lambda f: case_of(f, "dispute"),
    "report_id": lambda f: case_of(f, "report"),
    "campaign_id": lambda f: f["data"].get("campaign_id"),
}


def recorded(fact: dict[str, Any]) -> bool:
    return fact["kind"].startswith("violation-recorded")


def case_of(fact: dict[str, Any], what: str) -> str | None:
    stream = stream_of(fact)
    if stream.startswith(f"{what}-"):
        return stream.removeprefix(f"{what}-")
    return fact["data"].get(f"{what}_id")


@pytest.mark.parametrize("field", FIELDS)
def test_by_what_they_say(market: World, field: str) -> None:
    told = everything(market)
    found = values(told, FIELDS[field])
    assert found, field
    for value in found:
        wanted = [fact for fact in told if FIELDS[field](fact) == value]
        assert pages(market, "/v1/facts", "facts", 7, **{field: value}) == wanted
        kind = wanted[-1]["kind"].partition(".")[0]
        of_kind = [fact for fact in wanted if fact["kind"].startswith(f"{kind}.")]
        assert pages(market, "/v1/facts", "facts", 50, kind=kind, **{field: value}) == of_kind
    assert pages(market, "/v1/facts", "facts", 50, **{field: "seller-nobody.1"}) == []


def test_by_a_file_number(market: World) -> None:
    told = everything(market)
    seller, number = next(
        (f["seller_id"], f["data"]["violation_id"]) for f in told if "appeal-filed" in f["kind"]
    )
    found = pages(market, "/v1/facts", "facts", 5, seller_id=seller, violation_id=number)
    assert {"violation-recorded.v1", "appeal-filed.v1"} <= {fact["kind"] for fact in found}
    assert all(number in str(fact["data"]) for fact in found)
    answer = market.client.get("/v1/facts", params={"violation_id": number})
    assert (answer.status_code, answer.json()["field"]) == (422, "violation_id")
    answer = market.client.get("/v1/facts", params={"caused_by": "nothing"})
    assert (answer.status_code, answer.json()["field"]) == (422, "caused_by")


WANTED = [
    FactsWanted(actor="svc"),
    FactsWanted(actor="zoe", kinds=("violation-annulled.v1",)),
    FactsWanted(actor="svc", rule="seeds"),
    FactsWanted(rule="weapons"),
    FactsWanted(listing_id="l-1"),
    FactsWanted(seller_id="s-1"),
    FactsWanted(seller_id="s-1", actor="svc"),
    FactsWanted(correlation_id="matter-1"),
    FactsWanted(decided_by="zoe"),
    FactsWanted(decided_by="reviewer-1"),
    FactsWanted(kinds=("sanction-imposed.v1",)),
]


@pytest.mark.parametrize("known", [0, 40, 149, None])
@pytest.mark.parametrize("parked", [False, True])
@pytest.mark.parametrize("wanted", WANTED, ids=str)
def test_whatever_the_views_have_read(
    place: tuple[World, str], wanted: FactsWanted, known: int | None, parked: bool
) -> None:
    """With views that are behind, and with one that could not take a seller."""
    market, dsn = place
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        end = market.ledger.memory.head.last_position
        whole = [s.position for s in facts_after(cursor, 0, 5_000, to=end) if says(s, wanted)]
        assert whole
        if known is not None:
            forward = "UPDATE projection SET position = %s WHERE name = ANY(%s)"
            cursor.execute(forward, (known, list(VIEWS)))
        if parked:
            park(cursor)
        for at_once in (2, 1_000):
            asked = facts(wanted.kinds, wanted)
            assert [int(row.position) for _, row in asked.rows(cursor, None, at_once)] == whole
            behind = [int(row.position) for _, row in asked.rows(cursor, (60,), at_once)]
            assert behind == [position for position in whole if position > 60]
        connection.rollback()


def park(cursor: "psycopg.Cursor[Any]") -> None:
    for view in ("fact-terms", "violations"):
        cursor.execute(
            "INSERT INTO parked_stream SELECT %s, 'seller-s-1', 20, 'a test', 0", (view,)
        )
    cursor.execute("DELETE FROM violations WHERE seller_id = 's-1' AND position >= 20")


def test_the_newest_first(market: World, monkeypatch: pytest.MonkeyPatch) -> None:
    told = everything(market)
    wanted: list[dict[str, Any]] = [
        {}, {"seller_id": "s-1"}, {"kind": "violation-recorded"}, {"rule": "weapons"},
        {"actor": "ann"}, {"from": told[10]["recorded_at"], "to": told[-10]["recorded_at"]},
        {"seller_id": "nobody"},
    ]  # fmt: skip
    for stretch, held in ((256, 2_000), (4, 2)):
        monkeypatch.setattr("projections.facts_backwards.FIRST_STRETCH", stretch)
        monkeypatch.setattr("projections.facts_backwards.MOST_HELD", held)
        for query in wanted:
            forwards = pages(market, "/v1/facts", "facts", 1000, **query)
            assert pages(market, "/v1/facts", "facts", 7, **query, sort="-recorded") == [
                *reversed(forwards)
            ]


def test_causes_and_effects(market: World) -> None:
    told = {fact["fact_id"]: fact for fact in everything(market)}
    followed = [fact for fact in told.values() if fact["caused_by"]]
    deepest, chain = followed[0], list[dict[str, Any]]()
    for fact in followed:
        found = [fact]
        while found[-1]["caused_by"]:
            found.append(told[found[-1]["caused_by"]])
        if len(found) > len(chain):
            deepest, chain = fact, found
    assert len(chain) >= 3
    address = f"/v1/facts/{deepest['fact_id']}"
    for limit in (1, 50):
        assert pages(market, f"{address}/causes", "facts", limit) == chain[1:]
    for cause in (deepest["caused_by"], chain[-1]["fact_id"]):
        effects = [fact for fact in told.values() if fact["caused_by"] == cause]
        assert pages(market, f"/v1/facts/{cause}/effects", "facts", 1) == effects
    assert market.get(f"/v1/facts/{chain[-1]['fact_id']}/causes")["facts"] == []
    for which in ("causes", "effects"):
        missing = market.client.get(f"/v1/facts/seller-nobody.1/{which}")
        assert missing.json()["type"] == "/problems/unknown-fact"


def test_who_decided_what(market: World) -> None:
    with market.ledger.reader.cursor() as cursor:
        end = market.ledger.memory.head.last_position
        decided = [s for s in facts_after(cursor, 0, 5_000, to=end) if decided_by_a_person(s.fact)]
    whole: list[dict[str, Any]] = []
    for actor in sorted({stored.fact.actor for stored in decided}):
        address = f"/v1/reviewers/{actor}/decisions"
        found = pages(market, address, "decisions", 3)
        own = [str(stored.position) for stored in decided if stored.fact.actor == actor]
        assert [decision["position"] for decision in found] == own
        for what in {decision["what"] for decision in found}:
            some = [decision for decision in found if decision["what"] == what]
            assert pages(market, address, "decisions", 2, what=what) == some
        whole += found
        since = found[-1]["decided_at"]
        late = [d for d in found if d["decided_at"] >= since]
        assert pages(market, address, "decisions", 9, decided_from=since) == late
    assert {d["what"] for d in whole} >= {
        "appeal", "ruling", "ruling-appeal", "report", "annulment", "waiver"
    }  # fmt: skip
    assert all(decision["subject"] for decision in whole)
    assert market.get("/v1/reviewers/nobody/decisions")["decisions"] == []
