"""Erasure and legal holds over HTTP: what is answered, what reads as erased, and who may ask."""

import csv
import io
from typing import Any

import pytest
from httpx import Response

from tests.api.routes.world import World, line

WISH = {"reason": "asked-by-seller", "erased_by": "privacy-desk"}
HOLD = {"hold_id": "court-1", "reason": "A court asked.", "placed_by": "leo"}
APPEALS = "/v1/sellers/s-1/violations/v-1/appeals"


def erase(world: World, seller: str = "s-1", **other: Any) -> Response:
    return world.client.post(f"/v1/sellers/{seller}/erasure", json=WISH | other)


def hold(world: World, **other: Any) -> Response:
    return world.client.post("/v1/sellers/s-1/legal-holds", json=HOLD | other)


def lift(world: World, hold_id: str = "court-1") -> Response:
    body = {"reason": "It is done.", "lifted_by": "leo"}
    return world.client.post(f"/v1/sellers/s-1/legal-holds/{hold_id}/lifting", json=body)


def problem(answer: Response) -> tuple[int, str, str | None]:
    told = answer.json()
    return answer.status_code, told["type"].removeprefix("/problems/"), told.get("field")


def appealed(world: World) -> None:
    world.record("s-1", "v-1", "keyword-stuffing")
    filed = {"reason": "It is ours.", "evidence": ["photo/1"], "filed_by": "shop"}
    assert world.client.post(APPEALS, json=filed).status_code == 201


def decided(world: World) -> None:
    appealed(world)
    body = {"outcome": "rejected", "reviewer": "ana", "reasons": "It is not."}
    assert world.client.post(f"{APPEALS}/1/decision", json=body).status_code == 200


def test_what_would_be_erased_is_counted_and_what_holds_is_named(sandbox: World) -> None:
    appealed(sandbox)
    hold(sandbox)
    found = sandbox.get("/v1/sellers/s-1/erasure")
    assert (found["texts"], found["of_cases"], found["erasures"]) == (3, 0, [])
    assert [(held["what"], held["subject"]) for held in found["holds"]] == [
        ("legal-hold", "court-1"),
        ("appeal", "v-1"),
    ]
    refused = erase(sandbox)
    assert problem(refused) == (409, "erasure-held", "seller_id")
    assert all(held["sentence"] in refused.json()["detail"] for held in found["holds"])
    assert sandbox.get("/v1/sellers/s-1/erasure") == found


OPEN: dict[str, dict[str, Any]] = {
    "legal-hold": {"command": "place-legal-hold", **HOLD},
    "appeal": {"command": "file-appeal", "violation_id": "v-1", "reason": "It is ours.",
               "filed_by": "shop"},
    "proposal": {"command": "waive-sanction", "sanction_id": "sanction-2", "reason": "Mercy.",
                 "waived_by": "ann"},
    "dispute": {"command": "open-dispute", "dispute_id": "d-1", "order_id": "o-1",
                "buyer_id": "b-1", "reason": "not-as-described", "statement": "It is broken.",
                "order_amount": {"amount": "20.00", "currency": "EUR"},
                "shipped_at": "2025-12-30T00:00:00Z",
                "requested": {"refund": {"amount": "20.00", "currency": "EUR"}}},
    "report": {"command": "file-report", "report_id": "r-1", "about": "listing",
               "listing_id": "l-1", "suspected": "trademark", "statement": "It is fake.",
               "reported_by": "b-1", "reporter": "buyer"},
}  # fmt: skip
"""What is open by these lines, each of its own kind."""


@pytest.mark.parametrize("what", OPEN)
def test_whatever_is_open_is_refused_by_its_name_and_kind(sandbox: World, what: str) -> None:
    told = sandbox.batch(line("s-1", "v-1", rule="explosives"), {"seller_id": "s-1"} | OPEN[what])
    assert [answer["status"] for answer in told] == ["accepted"] * 2, told
    (held,) = sandbox.get("/v1/sellers/s-1/erasure")["holds"]
    refused = erase(sandbox)
    assert (held["what"], problem(refused)) == (what, (409, "erasure-held", "seller_id"))
    assert held["sentence"] in refused.json()["detail"]
    assert held["subject"] in held["sentence"]
    assert refused.json()["accepted"] == "a seller of whom nothing is open and no legal hold stands"


def test_an_erasure_answers_once_and_the_standing_stays(sandbox: World) -> None:
    decided(sandbox)
    asked = {"as_of": "2026-01-01T00:00:00Z", "known_at": "2026-01-01T00:00:00Z"}
    sandbox.move("2026-01-02T00:00:00Z")
    paths = [f"/v1/sellers/s-1/standing{end}" for end in ("", "/explanation", "/forecast")]
    before = [sandbox.client.get(path, params=asked).content for path in paths]
    first, again = erase(sandbox), erase(sandbox)
    assert (first.status_code, again.status_code) == (200, 200)
    assert (first.json(), "idempotency-replayed" in first.headers) == (again.json(), False)
    assert again.headers["idempotency-replayed"] == "true"
    done = first.json()["erasure"]
    assert done == {
        "fact_id": "seller-s-1.4", "erased_at": "2026-01-02T00:00:00.000000Z",
        "erased_by": "privacy-desk", "reason": "asked-by-seller", "texts": 3, "of_cases": 0,
    }  # fmt: skip
    found = sandbox.get("/v1/sellers/s-1/erasure")
    assert (found["texts"], found["erasures"]) == (0, [done])
    assert [sandbox.client.get(path, params=asked).content for path in paths] == before
    fact = sandbox.get("/v1/facts/seller-s-1.4")
    assert fact["data"] == {"reason": "asked-by-seller", "texts": 3, "of_cases": 0}


def test_what_was_erased_is_null_and_says_so(sandbox: World) -> None:
    decided(sandbox)
    (before,) = sandbox.get(APPEALS)["appeals"]
    assert (before["reason"], before["reasons"], before["erased"]) == (
        "It is ours.", "It is not.", False,
    )  # fmt: skip
    erase(sandbox)
    (after,) = sandbox.get(APPEALS)["appeals"]
    gone = {"reason": None, "evidence": [], "reasons": None, "erased": True}
    assert after == before | gone
    file = sandbox.client.get(APPEALS, headers={"Accept": "text/csv"}).text
    (row,) = csv.DictReader(io.StringIO(file))
    assert (row["reason"], row["evidence"], row["erased"]) == ("", "[]", "true")


def test_legal_holds_are_listed_with_what_became_of_them(sandbox: World) -> None:
    sandbox.record("s-1", "v-1")
    assert sandbox.get("/v1/sellers/s-1/legal-holds")["legal_holds"] == []
    placed = hold(sandbox)
    assert placed.status_code == 200
    assert (placed.json()["hold_id"], placed.json()["legal_hold"]) == ("court-1", "placed")
    assert hold(sandbox).headers["idempotency-replayed"] == "true"
    assert problem(hold(sandbox, reason="Another.")) == (409, "told-differently", "reason")
    assert lift(sandbox).json()["legal_hold"] == "lifted"
    assert hold(sandbox, hold_id="court-2").status_code == 200
    first, second = sandbox.get("/v1/sellers/s-1/legal-holds")["legal_holds"]
    assert (first["stands"], first["reason"], first["lifted_because"], first["lifted_by"]) == (
        False, "A court asked.", "It is done.", "leo",
    )  # fmt: skip
    assert (second["stands"], second["lifted_at"], second["erased"]) == (True, None, False)
    page = sandbox.get("/v1/sellers/s-1/legal-holds", limit=1)
    rest = sandbox.get("/v1/sellers/s-1/legal-holds", after=page["next"])
    assert page["legal_holds"] + rest["legal_holds"] == [first, second]
    lift(sandbox, "court-2")
    assert erase(sandbox).json()["erasure"]["texts"] == 5
    told = sandbox.get("/v1/sellers/s-1/legal-holds")["legal_holds"]
    assert [(each["reason"], each["lifted_because"], each["erased"]) for each in told] == [
        (None, None, True)
    ] * 2


def test_what_is_not_there_and_what_cannot_be(sandbox: World) -> None:
    unknown = (404, "unknown-seller", "seller_id")
    assert problem(erase(sandbox)) == problem(hold(sandbox)) == unknown
    assert problem(sandbox.client.get("/v1/sellers/s-1/erasure")) == unknown
    sandbox.record("s-1", "v-1")
    assert problem(lift(sandbox)) == (404, "unknown-legal-hold", "hold_id")
    malformed = erase(sandbox, reason="Mr Smith asked for it.")
    assert problem(malformed) == (422, "malformed-body", "reason")
    assert "asked-by-seller" in malformed.json()["accepted"]


def test_holds_and_erasures_are_lines_of_batches(sandbox: World) -> None:
    told = sandbox.batch(
        line("s-1", "v-1"),
        {"command": "place-legal-hold", "seller_id": "s-1", **HOLD},
        {"command": "erase-seller", "seller_id": "s-1", **WISH},
        {"command": "lift-legal-hold", "seller_id": "s-1", "hold_id": "court-1",
         "reason": "It is done.", "lifted_by": "leo"},
        {"command": "erase-seller", "seller_id": "s-1", **WISH},
    )  # fmt: skip
    assert [answer["status"] for answer in told] == [
        "accepted", "accepted", "refused", "accepted", "accepted",
    ]  # fmt: skip
    assert told[2]["problem"]["type"] == "/problems/erasure-held"


@pytest.mark.parametrize("who", ["shop", "platform", "reviewer", "investigator", "s-1"])
def test_only_administrators_erase(
    locked: tuple[World, dict[str, dict[str, str]]], who: str
) -> None:
    world, keys = locked
    for path, body in (("erasure", WISH | {"erased_by": who}), ("legal-holds", HOLD)):
        address = f"/v1/sellers/s-1/{path}"
        assert world.client.post(address, json=body, headers=keys[who]).status_code == 403
        assert world.client.get(address, headers=keys[who]).status_code == 403


def test_a_key_erases_in_its_own_name_and_an_analyst_looks(
    locked: tuple[World, dict[str, dict[str, str]]],
) -> None:
    world, keys = locked
    address = "/v1/sellers/s-1/erasure"
    world.record("s-1", "v-1", reported_by="platform", headers=keys["platform"])
    other = world.client.post(address, json=WISH, headers=keys["root"])
    assert problem(other) == (403, "actor-mismatch", "erased_by")
    own = world.client.post(address, json=WISH | {"erased_by": "root"}, headers=keys["root"])
    assert own.status_code == 200
    seen = world.client.get(address, headers=keys["analyst"]).json()
    assert seen["erasures"] == [own.json()["erasure"]]
    assert world.client.post(address, json=WISH, headers=keys["analyst"]).status_code == 403
