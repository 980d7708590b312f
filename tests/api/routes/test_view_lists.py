"""Lists over the views: each filter and sort against a slow one over all rows, in Python."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from api.lists.all_violations import ALL_VIOLATIONS
from api.lists.deadlines import DEADLINES
from api.lists.freezes import FREEZES
from api.lists.listing import ListOf
from api.lists.sanctions import SANCTIONS
from api.lists.sellers import SELLERS
from tests.api.routes.marketplace import lived_in
from tests.api.routes.test_lists import assert_told_alike, pages
from tests.api.routes.world import World, world_of
from tests.conftest import database

Row = dict[str, Any]
Test = Callable[[Row], bool]
NOW = "2027-09-11T08:00:00.000000Z"
THEN = "2026-09-20T00:00:00.000000Z"
FAR = "9999-01-01T00:00:00Z"
NEVER = "2000-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def market(postgres: str, template: str) -> Iterator[World]:
    """The marketplace; tests only read it."""
    with (
        database(postgres, template) as (_, dsn),
        world_of(dsn, clock="test", policy="aliexpress-ladder") as world,
    ):
        lived_in(world)
        assert world.move(NOW).status_code == 200
        yield world


def held(row: Row, at: str) -> bool:
    return row["from"] <= at and (row["until"] is None or row["until"] > at)


SELLERS_ASKED: list[tuple[Row, Test]] = [
    ({"status": "active"}, lambda r: r["status"] == "active"),
    ({"status": "suspended"}, lambda r: r["status"] == "suspended"),
    ({"family": "transaction"}, lambda r: "transaction" in r["families"]),
    ({"min_points": 12}, lambda r: r["points"] >= 12),
    ({"max_points": 30, "min_points": 1}, lambda r: 1 <= r["points"] <= 30),
    ({"min_strikes": 1}, lambda r: r["strikes"] >= 1),
    ({"min_strikes": 0}, lambda _: True),
    ({"sanction": "suspension"}, lambda r: "suspension" in r["sanctions"]),
    ({"freeze": "suspension"}, lambda r: "suspension" in r["freezes"]),
    ({"can_sell": True}, lambda r: r["can_sell"]),
    ({"can_sell": False}, lambda r: not r["can_sell"]),
    ({"can_promote": True}, lambda r: r["can_promote"]),
    ({"can_promote": False, "max_points": 60}, lambda r: not r["can_promote"] and r["points"] < 61),
    ({"can_withdraw": True}, lambda r: r["can_withdraw"]),
    ({"can_withdraw": False}, lambda r: not r["can_withdraw"]),
    ({"appeals_open": True}, lambda r: r["appeals_open"] > 0),
    ({"appeals_open": False}, lambda r: r["appeals_open"] == 0),
    ({"appeals_open": True, "min_points": 2}, lambda r: r["appeals_open"] and r["points"] > 1),
    ({"sanction": "freeze-of-selling"}, lambda r: "freeze-of-selling" in r["sanctions"]),
    (
        {"sanction": "suspension", "status": "restricted"},
        lambda r: "suspension" in r["sanctions"] and r["status"] == "restricted",
    ),
    (
        {"freeze": "suspension", "status": "suspended"},
        lambda r: "suspension" in r["freezes"] and r["status"] == "suspended",
    ),
    ({"q": "s-"}, lambda _: True),
    ({"q": "s-4"}, lambda r: r["seller_id"].startswith("s-4")),
    ({"q": "z"}, lambda _: False),
]
SELLER_SORTS: dict[str, Callable[[Row], Any]] = {
    "seller_id": lambda r: r["seller_id"],
    "points": lambda r: (r["points"], r["seller_id"]),
    "strikes": lambda r: (r["strikes"], r["seller_id"]),
    "changed": lambda r: int(r["position"]),
    "next_change": lambda r: (r["next_change_at"] or FAR, r["seller_id"]),
}


def asked(part: object) -> str:
    """How a test is called: by its query, alike in every process."""
    return "" if callable(part) else str(part)[:40]


@pytest.mark.parametrize("sort", [f"{sign}{name}" for name in SELLER_SORTS for sign in ("", "-")])
@pytest.mark.parametrize(("query", "holds"), SELLERS_ASKED, ids=asked)
def test_sellers(market: World, query: Row, holds: Test, sort: str) -> None:
    everyone = market.get("/v1/sellers", limit=1000)["sellers"]
    assert len(everyone) == 9
    wanted = sorted(
        filter(holds, everyone), key=SELLER_SORTS[sort.strip("-")], reverse=sort.startswith("-")
    )
    if sort == "-next_change":
        # Whoever has no change ahead comes last, either way.
        wanted.sort(key=lambda r: r["next_change_at"] is None)
    assert pages(market, "/v1/sellers", "sellers", 2, **query, sort=sort) == wanted


def test_sellers_stand_as_their_standings_say(market: World) -> None:
    for row in market.get("/v1/sellers")["sellers"]:
        standing = market.standing(row["seller_id"])
        for name in ("status", "can_sell", "can_promote", "can_withdraw", "next_change_at"):
            assert row[name] == standing[name]
        assert row["position"] == standing["position"]
        assert row["sanctions"] == sorted({s["kind"] for s in standing["sanctions"]})
        assert row["freezes"] == sorted({f["cause"] for f in standing["freezes"]})


VIOLATIONS_ASKED: list[tuple[Row, Test]] = [
    ({"seller_id": "s-3"}, lambda r: r["seller_id"] == "s-3"),
    ({"status": "current"}, lambda r: r["status"] == "current"),
    ({"status": "expired"}, lambda r: r["status"] == "expired"),
    ({"status": "cancelled"}, lambda r: r["status"] == "cancelled"),
    ({"family": "intellectual-property"}, lambda r: r["family"] == "intellectual-property"),
    ({"family": "prohibited", "status": "current"},
     lambda r: r["family"] == "prohibited" and r["status"] == "current"),
    ({"family": "prohibited", "status": "cancelled"},
     lambda r: r["family"] == "prohibited" and r["status"] == "cancelled"),
    ({"rule": "seeds"}, lambda r: r["rule"] == "seeds"),
    ({"rule": "nothing-such"}, lambda _: False),
    ({"severity": "serious"}, lambda r: r["severity"] == "serious"),
    ({"bucket": "strikes"}, lambda r: r["bucket"] == "strikes"),
    ({"source": "rights-holder"}, lambda r: r["source"] == "rights-holder"),
    ({"policy": "aliexpress-ladder@2020-01-01"}, lambda _: True),
    ({"reported_by": "ann"}, lambda r: r["reported_by"] == "ann"),
    ({"listing_id": "l-1"}, lambda r: r["listing_id"] == "l-1"),
    ({"recorded_from": THEN}, lambda r: r["recorded_at"] >= THEN),
    ({"recorded_to": "2026-09-11T08:00:00Z"}, lambda r: r["recorded_at"] < "2026-09-11T08"),
    ({"recorded_from": "2026-09-11T08:00:00Z", "recorded_to": "2026-09-11T08:00:00.000001Z"},
     lambda r: r["recorded_at"] == "2026-09-11T08:00:00.000000Z"),
    ({"effective_from": "2026-01-01T00:00:00Z"}, lambda r: r["effective_at"] >= "2026-01-01"),
    ({"effective_to": "2026-01-20T00:00:00Z"}, lambda r: r["effective_at"] < "2026-01-20"),
    ({"effective_from": "2025-01-10T00:00:00Z", "effective_to": "2026-01-20T00:00:00Z",
      "status": "expired", "family": "prohibited"},
     lambda r: "2025-01-10" <= r["effective_at"] < "2026-01-20" and r["status"] == "expired"
     and r["family"] == "prohibited"),
    ({"lapses_before": NOW}, lambda r: r["lapses_at"] < NOW),
    ({"lapses_before": NEVER}, lambda _: False),
    ({"lapses_before": "2027-01-15T00:00:00Z", "recorded_from": "2026-05-01T00:00:00Z"},
     lambda r: r["lapses_at"] < "2027-01-15" and r["recorded_at"] >= "2026-05"),
]  # fmt: skip
VIOLATION_SORTS: dict[str, Callable[[Row], Any]] = {
    "recorded": lambda r: int(r["position"]),
    "lapses": lambda r: (r["lapses_at"], int(r["position"])),
}


@pytest.mark.parametrize("sort", ["recorded", "-recorded", "lapses", "-lapses"])
@pytest.mark.parametrize(("query", "holds"), VIOLATIONS_ASKED, ids=asked)
def test_violations(market: World, query: Row, holds: Test, sort: str) -> None:
    everything = market.get("/v1/violations", limit=1000)["violations"]
    wanted = sorted(
        filter(holds, everything),
        key=VIOLATION_SORTS[sort.strip("-")],
        reverse=sort.startswith("-"),
    )
    assert pages(market, "/v1/violations", "violations", 7, **query, sort=sort) == wanted


def test_violations_are_told_as_their_sellers_lists_tell_them(market: World) -> None:
    everything = market.get("/v1/violations", limit=1000)["violations"]
    assert {row["status"] for row in everything} == {"current", "expired", "cancelled"}
    own: list[Row] = []
    for number in range(9):
        own += pages(market, f"/v1/sellers/s-{number}/violations", "violations", 50)
    told = [{k: v for k, v in row.items() if k in own[0]} for row in everything]
    by_id: Callable[[Row], str] = lambda row: row["violation_id"]  # noqa: E731
    assert sorted(told, key=by_id) == sorted(own, key=by_id)


SANCTIONS_ASKED: list[tuple[Row, Test]] = [
    ({}, lambda _: True),
    ({"seller_id": "s-3"}, lambda r: r["seller_id"] == "s-3"),
    ({"kind": "suspension"}, lambda r: r["kind"] == "suspension"),
    ({"milestone": "points-48"}, lambda r: r["milestone"] == "points-48"),
    ({"bucket": "strikes"}, lambda r: r["bucket"] == "strikes"),
    ({"in_force": True}, lambda r: held(r, NOW)),
    ({"in_force": False}, lambda r: not held(r, NOW)),
    ({"at": THEN}, lambda r: held(r, THEN)),
    ({"at": THEN, "in_force": False}, lambda r: not held(r, THEN)),
    ({"at": "2026-09-11T08:00:00Z", "kind": "suspension"},
     lambda r: held(r, "2026-09-11T08:00:00.000000Z") and r["kind"] == "suspension"),
    ({"at": NEVER}, lambda _: False),
    ({"from": THEN}, lambda r: r["from"] >= THEN),
    ({"to": THEN}, lambda r: r["from"] < THEN),
    ({"to": THEN, "in_force": True}, lambda r: r["from"] < THEN and held(r, NOW)),
    ({"waiver_proposed": True}, lambda r: bool(r["waiver_proposed_at"]) and r["cut"] is None),
    ({"waiver_proposed": False}, lambda r: not r["waiver_proposed_at"] or r["cut"] is not None),
]  # fmt: skip


@pytest.mark.parametrize("sort", ["recorded", "-recorded"])
@pytest.mark.parametrize(("query", "holds"), SANCTIONS_ASKED, ids=asked)
def test_sanctions(market: World, query: Row, holds: Test, sort: str) -> None:
    at = query.get("at", NOW)
    everything = market.get("/v1/sanctions", limit=1000)["sanctions"]
    assert {row["cut"] for row in everything} == {None, "lifted", "waived"}
    wanted = [row | {"in_force": held(row, at)} for row in everything if holds(row)]
    wanted.sort(key=lambda r: int(r["position"]), reverse=sort.startswith("-"))
    assert pages(market, "/v1/sanctions", "sanctions", 3, **query, sort=sort) == wanted


def test_sanctions_by_their_cause(market: World) -> None:
    everything = market.get("/v1/sanctions", limit=1000)["sanctions"]
    (cause,) = everything[0]["because_of"]
    wanted = [row for row in everything if cause in row["because_of"]]
    assert pages(market, "/v1/sanctions", "sanctions", 1, because_of=cause) == wanted


FREEZES_ASKED: list[tuple[Row, Test]] = [
    ({}, lambda _: True),
    ({"cause": "suspension"}, lambda r: r["cause"] == "suspension"),
    ({"cause": "other"}, lambda r: r["cause"] == "other"),
    ({"in_force": True}, lambda r: held(r, NOW)),
    ({"in_force": False}, lambda r: not held(r, NOW)),
    ({"at": THEN}, lambda r: held(r, THEN)),
    ({"at": THEN, "in_force": False}, lambda r: not held(r, THEN)),
    ({"ends_before": NOW}, lambda r: r["until"] < NOW),
]


@pytest.mark.parametrize("sort", ["recorded", "-recorded", "ends", "-ends"])
@pytest.mark.parametrize(("query", "holds"), FREEZES_ASKED, ids=asked)
def test_freezes(market: World, query: Row, holds: Test, sort: str) -> None:
    at = query.get("at", NOW)
    everything = market.get("/v1/freezes", limit=1000)["freezes"]
    assert len(everything) > 3
    wanted = [row | {"in_force": held(row, at)} for row in everything if holds(row)]

    def key(row: Row) -> Any:
        return (row["until"] if sort.endswith("ends") else "", int(row["position"]))

    wanted.sort(key=key, reverse=sort.startswith("-"))
    assert pages(market, "/v1/freezes", "freezes", 2, **query, sort=sort) == wanted


def due(market: World) -> list[Row]:
    """Every deadline that ever was, told from the other lists."""
    found: list[Row] = []

    def add(place: int, row: Row, due_at: str, kind: str, subject: str) -> None:
        told = {"due_at": due_at, "kind": kind, "seller_id": row["seller_id"], "subject": subject}
        found.append({**told, "key": (due_at, place, int(row["position"]))})

    for row in market.get("/v1/violations", limit=1000)["violations"]:
        if row["status"] != "cancelled":
            add(0, row, row["lapses_at"], "violation-expiry", row["violation_id"])
            add(3, row, row["appealable_until"], "appeal-window", row["violation_id"])
    for row in market.get("/v1/sanctions", limit=1000)["sanctions"]:
        if row["cut"] is None and row["until"] is not None:
            add(1, row, row["until"], "sanction-end", row["sanction_id"])
    for row in market.get("/v1/freezes", limit=1000)["freezes"]:
        if row["released"] in (None, "due"):
            add(2, row, row["until"], "funds-release", row["freeze_id"])
    return sorted(found, key=lambda row: row["key"])


DEADLINES_ASKED: list[tuple[Row, Test]] = [
    ({}, lambda r: r["due_at"] > NOW),
    ({"due_after": NEVER}, lambda _: True),
    ({"due_after": NEVER, "due_before": THEN}, lambda r: r["due_at"] < THEN),
    ({"due_after": "2026-09-15T08:00:00Z"}, lambda r: r["due_at"] > "2026-09-15T08:00:00.000000Z"),
    ({"due_after": NEVER, "due_before": "2026-09-15T08:00:00Z"},
     lambda r: r["due_at"] < "2026-09-15T08:00:00.000000Z"),
    ({"for": "person"}, lambda r: r["due_at"] > NOW and r["kind"] == "appeal-window"),
    ({"for": "worker"}, lambda r: r["due_at"] > NOW and r["kind"] != "appeal-window"),
    ({"due_after": NEVER, "seller_id": "s-2"}, lambda r: r["seller_id"] == "s-2"),
    ({"kind": "appeal-window", "for": "worker"}, lambda _: False),
    *(
        ({"kind": kind, "due_after": NEVER}, lambda r, kind=kind: r["kind"] == kind)
        for kind in ("violation-expiry", "sanction-end", "funds-release", "appeal-window")
    ),
]  # fmt: skip


@pytest.mark.parametrize(("query", "holds"), DEADLINES_ASKED, ids=asked)
def test_deadlines(market: World, query: Row, holds: Test) -> None:
    wanted = [{k: v for k, v in row.items() if k != "key"} for row in due(market) if holds(row)]
    for limit in (1, 4) if len(wanted) < 60 else (4, 50):
        found = pages(market, "/v1/deadlines", "deadlines", limit, **query)
        assert [{k: row[k] for k in wanted[0]} for row in found] == wanted
        assert {row["for"] for row in found if row["kind"] == "appeal-window"} <= {"person"}


FILES: list[tuple[str, ListOf[Any], Row]] = [
    ("/v1/sellers", SELLERS, {"sort": "-points"}),
    ("/v1/sellers", SELLERS, {"sort": "next_change"}),
    ("/v1/sellers", SELLERS, {"sort": "-strikes", "can_sell": False}),
    ("/v1/violations", ALL_VIOLATIONS, {}),
    ("/v1/violations", ALL_VIOLATIONS, {"family": "prohibited", "sort": "-recorded"}),
    ("/v1/sanctions", SANCTIONS, {"in_force": True}),
    ("/v1/freezes", FREEZES, {"sort": "ends"}),
    ("/v1/deadlines", DEADLINES, {"due_after": NEVER}),
]


@pytest.mark.parametrize(("address", "of", "query"), FILES, ids=asked)
def test_files_hold_what_pages_hold(
    market: World, address: str, of: ListOf[Any], query: Row
) -> None:
    assert assert_told_alike(market, address, of, **query)


@pytest.mark.parametrize(
    ("address", "query", "field", "accepted"),
    [
        ("/v1/sellers", {"colour": "red"}, "colour", "can_sell"),
        ("/v1/sellers", {"sort": "age"}, "sort", "-next_change"),
        ("/v1/sellers", {"status": "lost"}, "status", "suspended"),
        ("/v1/sellers", {"min_points": "9" * 30}, "min_points", ""),
        ("/v1/sellers", {"min_points": "many"}, "min_points", "a whole number"),
        ("/v1/sellers", {"q": "\0"}, "q", "letters"),
        ("/v1/violations", {"sort": "points"}, "sort", "lapses"),
        ("/v1/violations", {"rule": "a'b"}, "rule", "letters"),
        ("/v1/violations", {"recorded_from": "soon"}, "recorded_from", "RFC 3339"),
        ("/v1/sanctions", {"kind": "fine"}, "kind", "suspension"),
        ("/v1/sanctions", {"in_force": "perhaps"}, "in_force", "true or false"),
        ("/v1/sellers", {"status": ["active", "suspended"]}, "status", "one value"),
        ("/v1/freezes", {"at": "2026"}, "at", "RFC 3339"),
        ("/v1/deadlines", {"for": "me"}, "for", "person"),
        ("/v1/deadlines", {"kind": "birthday"}, "kind", "appeal-window"),
    ],
)
def test_what_is_not_known_is_refused(
    market: World, address: str, query: Row, field: str, accepted: str
) -> None:
    answer = market.client.get(address, params=query)
    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert accepted in answer.json()["accepted"]


def test_instants_at_the_ends_of_time(market: World) -> None:
    for at in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"):
        for address, name in (
            ("/v1/sanctions", "at"), ("/v1/freezes", "at"), ("/v1/freezes", "ends_before"),
            ("/v1/violations", "effective_from"), ("/v1/violations", "effective_to"),
            ("/v1/violations", "lapses_before"), ("/v1/violations", "recorded_from"),
            ("/v1/deadlines", "due_after"), ("/v1/deadlines", "due_before"),
        ):  # fmt: skip
            market.get(address, **{name: at})


def test_a_token_of_another_list_or_of_other_filters_is_refused(market: World) -> None:
    token = market.get("/v1/sellers", sort="points", limit=1)["next"]
    assert market.get("/v1/sellers", sort="points", limit=1, page_token=token)["sellers"]
    for address, query in (
        ("/v1/sellers", {"sort": "-points"}),
        ("/v1/sellers", {"sort": "points", "status": "active"}),
        ("/v1/violations", {}),
    ):
        answer = market.client.get(address, params={**query, "page_token": token})
        assert answer.status_code == 422


def test_what_was_acknowledged_is_in_every_list_at_once(live: World) -> None:
    for number in range(12):
        seller = f"s-{number}"
        recorded = live.record(seller, "v-1", points=48)
        assert recorded.status_code == 201
        (row,) = live.get("/v1/sellers", q=seller, status="suspended", sort="-changed")["sellers"]
        assert (row["points"], row["position"]) == (48, recorded.json()["position"])
        assert len(live.get("/v1/violations", seller_id=seller)["violations"]) == 1
        assert len(live.get("/v1/sanctions", seller_id=seller, in_force=True)["sanctions"]) == 1
        assert len(live.get("/v1/freezes", seller_id=seller, in_force=True)["freezes"]) == 1
        assert len(live.get("/v1/deadlines", seller_id=seller)["deadlines"]) == 3
        assert live.annul(seller, "v-1").status_code == 200
        assert live.get("/v1/sellers", q=seller, can_sell=True)["sellers"]
        (row,) = live.get("/v1/violations", seller_id=seller, status="cancelled")["violations"]
        assert (row["points"], row["points_original"]) == (0, 48)
        assert not live.get("/v1/deadlines", seller_id=seller)["deadlines"]


def test_pages_repeat_and_skip_nothing_that_stands_still_while_others_are_written(
    live: World,
) -> None:
    for number in range(20):
        live.record(f"still-{number:02d}", "v-1", points=number)
    sorts = ["seller_id", "-points", "points", "strikes", "-strikes", "next_change", "-next_change"]
    for sort in sorts:
        found: list[str] = []
        more: Row = {}
        for number in range(100):
            live.record(f"moves-{number % 5}", f"{sort}-{number}", "seeds")
            page = live.get("/v1/sellers", sort=sort, limit=3, **more)
            found += [row["seller_id"] for row in page["sellers"]]
            if page["next"] is None:
                break
            more = {"page_token": page["next"]}
        still = [seller_id for seller_id in found if seller_id.startswith("still")]
        assert sorted(still) == [f"still-{number:02d}" for number in range(20)]


def test_streams_that_a_view_could_not_take_are_counted(live: World) -> None:
    live.record("s-1", "v-1")
    live.get("/v1/sellers")
    with live.ledger.reader.cursor() as cursor:
        cursor.execute("INSERT INTO parked_stream VALUES ('sellers', 'seller-s-1', 3, 'a test', 0)")
    assert live.client.get("/v1/sellers").headers["Ledger-Parked"] == "1"
    csv = live.client.get("/v1/sellers", headers={"Accept": "text/csv"})
    assert csv.headers["Ledger-Parked"] == "1"
    assert "Ledger-Parked" not in live.client.get("/v1/violations").headers
