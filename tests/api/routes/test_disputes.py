"""Disputes over HTTP: the main roads, every refusal, repeats, and who may ask."""

from typing import Any

import pytest
from httpx import Response

from tests.api.routes.world import World

FIRST_DAY = "2026-01-01T00:00:00Z"


def eur(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def claim(dispute_id: str = "d-1", **other: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "dispute_id": dispute_id,
        "order_id": "o-1",
        "seller_id": "s-1",
        "buyer_id": "b-1",
        "reason": "not-as-described",
        "order_amount": eur("20.00"),
        "shipped_at": "2025-12-20T00:00:00Z",
        "receipt_confirmed_at": "2025-12-30T00:00:00Z",
        "requested": {"refund": eur("20.00"), "return": False},
    }
    return told | other


BACK = {"refund": eur("20.00"), "return": True}
RULING = {
    "refund": eur("15.00"),
    "return": False,
    "at_fault": "seller",
    "reviewer": "ana",
    "reasons": "The crack is old.",
}
DECISION = {"outcome": "upheld", "reviewer": "bo", "reasons": "It is new."}
COUNTER = {"answer": "counter", "offer": {"refund": eur("5.00"), "return": False}}


class Case:
    """A dispute of the sandbox's, and short ways to go on with it."""

    def __init__(self, world: World, **other: Any) -> None:
        self.world = world
        self.opened = world.client.post("/v1/disputes", json=claim(**other))
        assert self.opened.status_code == 201, self.opened.text

    def post(self, step: str, body: dict[str, Any] | None = None, **headers: str) -> Response:
        return self.world.client.post(f"/v1/disputes/d-1/{step}", json=body or {}, headers=headers)

    def then(self, step: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Take a step that has to be taken; returns the dispute after it."""
        answer = self.post(step, body)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert set(told) == {"dispute", "facts", "position"}
        return told["dispute"]

    def kinds(self, step: str, body: dict[str, Any] | None = None) -> list[str]:
        return [fact["kind"] for fact in self.post(step, body).json()["facts"]]

    def now(self, instant: str | None = None) -> Any:
        if instant is not None:
            assert self.world.move(instant).status_code == 200
        return self.world.get("/v1/disputes/d-1")["dispute"]

    def refused(self, step: str, body: dict[str, Any] | None = None) -> tuple[int, str, str]:
        answer = self.post(step, body)
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        name = problem["type"].removeprefix("/problems/")
        return answer.status_code, name, problem.get("field")


def outcome(dispute: dict[str, Any]) -> tuple[str, str, str, bool]:
    assert dispute["status"] == "closed"
    assert dispute["deadlines"] == []
    found = dispute["outcome"]
    assert found["refund"]["currency"] == "EUR"
    return found["refund"]["amount"], found["at_fault"], found["why"], found["by_default"]


# -- the roads ----------------------------------------------------------------------------


def test_an_opened_dispute_tells_everything_about_itself(sandbox: World) -> None:
    answer = sandbox.client.post("/v1/disputes", json=claim())
    assert answer.status_code == 201
    told = answer.json()
    assert told["dispute"] == {
        "dispute_id": "d-1",
        "order_id": "o-1",
        "seller_id": "s-1",
        "buyer_id": "b-1",
        "reason": "not-as-described",
        "order_amount": eur("20.00"),
        "requested": {"refund": eur("20.00"), "return": False},
        "offer": None,
        "shipped_at": "2025-12-20T00:00:00.000000Z",
        "receipt_confirmed_at": "2025-12-30T00:00:00.000000Z",
        "opened_at": "2026-01-01T00:00:00.000000Z",
        "status": "open",
        "outcome": None,
        "ruling": None,
        "deadlines": [
            {
                "what": "seller-response",
                "due_at": "2026-01-06T00:00:00.000000Z",
                "default": "the buyer's proposal is accepted",
            }
        ],
        "appealable_until": None,
        "policy": "aliexpress@2020-01-01",
    }
    assert told["facts"] == [{"kind": "dispute-opened.v1", "fact_id": "dispute-d-1.1"}]
    seen = sandbox.get("/v1/disputes/d-1", min_position=told["position"])
    assert seen == {"dispute": told["dispute"], "position": told["position"]}


def test_the_seller_accepts(sandbox: World) -> None:
    case = Case(sandbox)
    dispute = case.then("seller-response", {"answer": "accept"})
    assert outcome(dispute) == ("20.00", "seller", "accepted", False)
    assert dispute["outcome"] == {
        "refund": eur("20.00"),
        "at_fault": "seller",
        "by_default": False,
        "why": "accepted",
        "returned": False,
        "commission_owed": True,
        "return_paid_by": None,
        "closed_at": "2026-01-01T00:00:00.000000Z",
    }
    assert case.now() == dispute


def test_silence_accepts_just_after_the_last_instant(sandbox: World) -> None:
    case = Case(sandbox)
    assert case.now("2026-01-06T00:00:00Z")["status"] == "open"
    dispute = case.now("2026-01-06T00:00:00.000001Z")
    assert outcome(dispute) == ("20.00", "seller", "seller-silent", True)
    assert dispute["outcome"]["closed_at"] == "2026-01-06T00:00:00.000001Z"
    assert case.refused("seller-response", {"answer": "reject"}) == (
        409, "dispute-wrong-state", "dispute_id",
    )  # fmt: skip
    problem = case.post("seller-response", {"answer": "reject"}).json()
    assert "2026-01-06T00:00:00.000001Z" in problem["detail"]


def test_a_counter_that_is_taken(sandbox: World) -> None:
    case = Case(sandbox)
    dispute = case.then("seller-response", COUNTER)
    assert dispute["offer"] == {"refund": eur("5.00"), "return": False}
    (deadline,) = dispute["deadlines"]
    assert (deadline["what"], deadline["due_at"]) == ("agreement", "2026-01-14T00:00:00.000000Z")
    assert outcome(case.then("buyer-response", {"answer": "accept"})) == (
        "5.00", "neither", "agreed", False,
    )  # fmt: skip


def test_not_agreed_in_time_goes_to_the_platform(sandbox: World) -> None:
    case = Case(sandbox)
    case.then("seller-response", {"answer": "reject"})
    assert case.now("2026-01-14T00:00:00Z")["status"] == "open"
    assert case.now("2026-01-14T00:00:00.000001Z")["status"] == "escalated"


@pytest.mark.parametrize(
    ("decision", "expected"),
    [
        ({}, ("0.00", "neither", "appeal-upheld", False)),
        ({"refund": eur("5.00")}, ("5.00", "neither", "appeal-upheld", False)),
        ({"refund": eur("5.00"), "at_fault": "buyer"}, ("5.00", "buyer", "appeal-upheld", False)),
        ({"outcome": "rejected"}, ("15.00", "seller", "appeal-rejected", False)),
    ],
)
def test_from_a_refused_counter_to_the_end_of_an_appeal(
    sandbox: World, decision: dict[str, Any], expected: tuple[str, str, str, bool]
) -> None:
    case = Case(sandbox)
    case.then("seller-response", COUNTER)
    assert case.then("buyer-response", {"answer": "refuse"})["status"] == "escalated"
    dispute = case.then("evidence-request", {"from": ["seller", "buyer"]})
    assert [(d["what"], d["due_at"], d["default"]) for d in dispute["deadlines"]] == [
        ("seller-evidence", "2026-01-04T00:00:00.000000Z", "the buyer is refunded in full"),
        (
            "buyer-evidence",
            "2026-01-04T00:00:00.000000Z",
            "nothing is refunded, unless the seller is silent too and its time ends no later",
        ),
    ]
    dispute = case.then("evidence", {"by": "seller", "evidence": ["parcel/2.jpg"]})
    assert [d["default"] for d in dispute["deadlines"]] == ["nothing is refunded"]
    assert case.then("evidence", {"by": "b-1", "evidence": ["crack/2.jpg"]})["deadlines"] == []
    dispute = case.then("ruling", RULING)
    assert outcome(dispute) == ("15.00", "seller", "ruled", False)
    assert dispute["ruling"] == {
        "refund": eur("15.00"),
        "return": False,
        "at_fault": "seller",
        "reviewer": "ana",
        "ruled_at": "2026-01-01T00:00:00.000000Z",
        "appeal": None,
    }
    assert dispute["appealable_until"] == "2026-01-16T00:00:00.000000Z"
    dispute = case.then("appeal", {"by": "seller", "reasons": "It is another parcel."})
    assert (dispute["status"], dispute["appealable_until"]) == ("escalated", None)
    assert dispute["outcome"]["why"] == "ruled"
    assert dispute["ruling"]["appeal"] == {"by": "seller", "status": "filed"}
    dispute = case.then("appeal-decision", {**DECISION, **decision})
    assert outcome(dispute) == expected
    assert dispute["ruling"]["appeal"]["status"] == {**DECISION, **decision}["outcome"]
    outcomes = sandbox.get("/v1/facts", kind="dispute-outcome-recorded", seller_id="s-1")["facts"]
    assert [(f["data"]["revision"], f["data"]["refund"]) for f in outcomes] == [
        (1, eur("15.00")),
        (2, eur(expected[0])),
    ]


@pytest.mark.parametrize(
    ("silent", "expected"),
    [
        ("seller", ("20.00", "seller", "no-evidence-from-seller", True)),
        ("buyer", ("0.00", "buyer", "no-evidence-from-buyer", True)),
        (None, ("20.00", "seller", "no-evidence-from-seller", True)),
    ],
)
def test_who_gives_no_evidence_loses(
    sandbox: World, silent: str | None, expected: tuple[str, str, str, bool]
) -> None:
    case = Case(sandbox, requested={"refund": eur("12.00"), "return": False})
    case.then("escalation", {"by": "buyer"})
    case.then("evidence-request", {"from": ["seller", "buyer"]})
    if silent is not None:
        other = "buyer" if silent == "seller" else "seller"
        case.then("evidence", {"by": other, "evidence": ["x"]})
    assert case.now("2026-01-04T00:00:00Z")["status"] == "escalated"
    assert outcome(case.now("2026-01-04T00:00:00.000001Z")) == expected


def test_a_return_that_is_tracked_and_received(sandbox: World) -> None:
    case = Case(sandbox, requested=BACK)
    dispute = case.then("seller-response", {"answer": "accept"})
    assert (dispute["status"], dispute["outcome"]) == ("awaiting-return", None)
    assert dispute["deadlines"] == [
        {
            "what": "return-tracking",
            "due_at": "2026-01-11T00:00:00.000000Z",
            "default": "nothing is refunded",
        }
    ]
    assert case.now("2026-01-11T00:00:00Z")["status"] == "awaiting-return"
    dispute = case.then("return-tracking", {"tracking_number": "LX 1"})
    assert dispute["deadlines"][0]["due_at"] == "2026-01-26T00:00:00.000000Z"
    dispute = case.then("return-receipt")
    assert outcome(dispute) == ("20.00", "seller", "accepted", False)
    found = dispute["outcome"]
    assert (found["returned"], found["commission_owed"], found["return_paid_by"]) == (
        True, False, "seller",
    )  # fmt: skip


def test_a_return_that_is_never_sent(sandbox: World) -> None:
    case = Case(sandbox, requested=BACK)
    case.then("seller-response", {"answer": "accept"})
    assert outcome(case.now("2026-01-11T00:00:00.000001Z")) == (
        "0.00", "buyer", "return-not-sent", True,
    )  # fmt: skip
    assert case.refused("return-tracking", {"tracking_number": "LX 1"})[1] == "dispute-wrong-state"


def test_a_withdrawal(sandbox: World) -> None:
    case = Case(sandbox, reason="withdrawal", requested=BACK)
    for answer in ({"answer": "reject"}, COUNTER):
        assert case.refused("seller-response", answer) == (409, "withdrawal-not-refused", "answer")
    case.now("2026-01-06T00:00:00.000001Z")
    case.then("return-tracking", {"tracking_number": "LX 1"})
    dispute = case.then("return-receipt")
    assert outcome(dispute) == ("20.00", "neither", "seller-silent", True)
    assert dispute["outcome"]["return_paid_by"] == "buyer"


def test_not_received(sandbox: World) -> None:
    case = Case(sandbox, reason="not-received", receipt_confirmed_at="2025-12-30T00:00:00Z")
    dispute = case.then("seller-response", {"answer": "accept"})
    assert outcome(dispute) == ("20.00", "seller", "accepted", False)
    assert dispute["outcome"]["commission_owed"] is False


def test_without_a_return_address_the_money_goes_back_alone(sandbox: World) -> None:
    case = Case(sandbox, requested=BACK, return_address_on_file=False)
    dispute = case.then("seller-response", {"answer": "accept"})
    assert outcome(dispute)[0] == "20.00"
    assert dispute["outcome"]["returned"] is False


# -- the facts ----------------------------------------------------------------------------


def test_the_outcome_stands_on_both_and_is_told_with_money(sandbox: World) -> None:
    case = Case(sandbox, requested=BACK)
    kinds = case.kinds("seller-response", {"answer": "accept"})
    assert kinds == ["dispute-answered.v1"]
    answered = sandbox.get("/v1/facts/dispute-d-1.2")
    assert answered["seller_id"] == "s-1"
    assert answered["data"]["settlement"] == {
        "refund": eur("20.00"),
        "at_fault": "seller",
        "why": "accepted",
        "by_default": False,
        "tracking_until": "2026-01-11T00:00:00.000000Z",
        "receipt_until": None,
    }
    opened = sandbox.get("/v1/facts/dispute-d-1.1")["data"]
    assert (opened["order"], opened["refund"]) == (eur("20.00"), eur("20.00"))
    assert opened["answer_until"] == "2026-01-06T00:00:00.000000Z"
    assert not [name for name in opened if name.endswith("_minor") or name == "currency"]
    kinds = case.kinds("return-receipt")
    assert kinds == [
        "dispute-return-received.v1",
        "dispute-outcome-recorded.v1",
        "dispute-closed.v1",
    ]
    received, on_seller, closed = sandbox.get("/v1/facts", after="4")["facts"]
    assert on_seller["fact_id"] == closed["data"]["outcome"] == "seller-s-1.1"
    assert on_seller["caused_by"] == closed["caused_by"] == received["fact_id"]
    assert on_seller["recorded_at"] == closed["recorded_at"]
    assert on_seller["data"]["refund"] == closed["data"]["refund"] == eur("20.00")


# -- bad input ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "status", "name", "field", "accepted"),
    [
        ({"shipped_at": "2026-01-01T00:00:00.000001Z"}, 409, "not-shipped-yet", "shipped_at",
         "up to 2026-01-01T00:00:00.000000Z"),
        ({"shipped_at": "2025-12-01"}, 422, "malformed-instant", "shipped_at", ""),
        ({"receipt_confirmed_at": "2025-12-19T00:00:00Z"}, 409, "received-before-shipped",
         "receipt_confirmed_at", "2025-12-20T00:00:00.000000Z or later"),
        ({"shipped_at": "2025-12-01T00:00:00Z",
          "receipt_confirmed_at": "2025-12-16T23:59:59.999999Z"}, 409, "dispute-protection-over",
         "receipt_confirmed_at", "up to 2025-12-31T23:59:59.999999Z"),
        ({"reason": "withdrawal", "requested": BACK, "shipped_at": "2025-12-01T00:00:00Z",
          "receipt_confirmed_at": "2025-12-17T23:00:00Z"}, 409, "dispute-protection-over",
         "receipt_confirmed_at", "up to 2025-12-31T23:00:00.000000Z"),
        ({"requested": {"refund": eur("20.01")}}, 409, "refund-over-order",
         "requested.refund.amount", "at most 20.00 EUR"),
        ({"requested": {"refund": eur("0")}}, 409, "refund-missing", "requested.refund.amount",
         "above zero"),
        ({"requested": {"refund": {"amount": "20.00", "currency": "USD"}}}, 409, "other-currency",
         "requested.refund.currency", "EUR"),
        ({"requested": {"refund": eur("1.234")}}, 422, "malformed-money",
         "requested.refund.amount", "at most 2 decimals"),
        ({"order_amount": {"amount": "20.0", "currency": "JPY"}}, 422, "malformed-money",
         "order_amount.amount", "a whole number"),
        ({"order_amount": {"amount": "20", "currency": "ZZZ"}}, 422, "malformed-money",
         "order_amount.currency", "ISO 4217"),
        ({"order_amount": {"amount": 20.5, "currency": "EUR"}}, 422, "malformed-body",
         "order_amount.amount", ""),
        ({"order_amount": {"amount": "-20", "currency": "EUR"}}, 422, "malformed-body",
         "order_amount.amount", ""),
        ({"reason": "not-received", "requested": BACK}, 409, "return-not-accepted",
         "requested.return", "false"),
        ({"reason": "withdrawal"}, 409, "return-needed", "requested.return", "true"),
        ({"reason": "too-slow"}, 422, "malformed-body", "reason", ""),
        ({"buyer_id": "s-1"}, 409, "wrong-party", "buyer_id", "other than the seller"),
        ({"dispute_id": "d 1"}, 422, "malformed-body", "dispute_id", ""),
        ({"mood": "bad"}, 422, "malformed-body", "mood", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_opened(
    sandbox: World, change: dict[str, Any], status: int, name: str, field: str, accepted: str
) -> None:
    before = sandbox.get("/v1/facts")
    answer = sandbox.client.post("/v1/disputes", json=claim() | change)
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (status, f"/problems/{name}"), problem
    assert problem["field"] == field
    assert accepted in problem.get("accepted", "")
    assert sandbox.get("/v1/facts") == before
    assert sandbox.client.get("/v1/disputes/d-1").status_code == 404


def test_bhd_and_jpy_are_exact(sandbox: World) -> None:
    for number, amount, currency in ((1, "12.345", "BHD"), (2, "1200", "JPY")):
        money = {"amount": amount, "currency": currency}
        body = claim(f"d-{number}", order_amount=money, requested={"refund": money})
        told = sandbox.client.post("/v1/disputes", json=body).json()["dispute"]
        assert told["order_amount"] == told["requested"]["refund"] == money
        over = {"refund": {"amount": amount + "1", "currency": currency}}
        step = f"/v1/disputes/d-{number}/seller-response"
        answer = sandbox.client.post(step, json={"answer": "counter", "offer": over})
        assert answer.json()["field"] == "offer.refund.amount"


def test_offers_that_cannot_be_made(sandbox: World) -> None:
    case = Case(sandbox)
    step = "seller-response"

    def offer(refund: Any, **more: Any) -> dict[str, Any]:
        return {"answer": "counter", "offer": {"refund": refund, **more}}

    usd = {"amount": "5.00", "currency": "USD"}
    assert case.refused(step, offer(eur("20.01"))) == (
        409, "refund-over-order", "offer.refund.amount",
    )  # fmt: skip
    assert case.refused(step, offer(usd)) == (409, "other-currency", "offer.refund.currency")
    assert case.refused(step, offer(eur("5.001")))[1] == "malformed-money"
    assert case.refused(step, offer(eur("0"), **{"return": True}))[1] == "return-not-accepted"
    assert case.refused(step, {"answer": "counter"}) == (422, "offer-out-of-place", "offer")
    accept = {"answer": "accept", "offer": {"refund": eur("5.00")}}
    assert case.refused(step, accept) == (422, "offer-out-of-place", "offer")
    assert case.refused(step, {"answer": "maybe"}) == (422, "malformed-body", "answer")


def test_too_early_and_too_late(sandbox: World) -> None:
    case = Case(sandbox)
    early = (409, "dispute-wrong-state", "dispute_id")
    for step, body in (
        ("buyer-response", {"answer": "accept"}),
        ("evidence-request", {"from": ["seller"]}),
        ("return-tracking", {"tracking_number": "LX 1"}),
        ("return-receipt", {}),
        ("ruling", RULING),
        ("appeal", {"by": "seller", "reasons": "r"}),
        ("appeal-decision", DECISION),
    ):
        assert case.refused(step, body) == early
    case.then("escalation", {"by": "b-1"})
    case.then("ruling", RULING)
    sandbox.move("2026-01-16T00:00:00.000001Z")
    late = case.post("appeal", {"by": "seller", "reasons": "r"}).json()
    assert (late["type"], late["accepted"]) == (
        "/problems/dispute-too-late",
        "an instant up to 2026-01-16T00:00:00.000000Z",
    )


def test_wrong_parties_and_partial_judges(sandbox: World) -> None:
    case = Case(sandbox)
    assert case.refused("escalation", {"by": "seller"}) == (409, "wrong-party", "by")
    assert case.refused("evidence", {"by": "c-3", "evidence": ["x"]}) == (409, "wrong-party", "by")
    assert case.refused("evidence", {"by": "seller", "evidence": []})[1] == "malformed-body"
    accept = {"answer": "accept", "actor": "b-1"}
    assert case.refused("seller-response", accept) == (409, "wrong-party", "actor")
    case.then("escalation", {"by": "buyer"})
    for reviewer in ("s-1", "b-1"):
        ruling = {**RULING, "reviewer": reviewer}
        assert case.refused("ruling", ruling) == (409, "reviewer-not-independent", "reviewer")
    assert case.refused("ruling", {**RULING, "refund": eur("20.01")})[1] == "refund-over-order"
    case.then("ruling", RULING)
    assert case.refused("appeal", {"by": "c-3", "reasons": "r"})[1] == "wrong-party"
    case.then("appeal", {"by": "seller", "reasons": "r"})
    own = {**DECISION, "reviewer": "ana"}
    assert case.refused("appeal-decision", own)[1] == "reviewer-not-independent"
    for more in ({"refund": eur("1.00")}, {"at_fault": "buyer"}):
        rejected = {**DECISION, "outcome": "rejected", **more}
        assert case.refused("appeal-decision", rejected)[1] == "refund-out-of-place"


def test_nobody_opened_it(sandbox: World) -> None:
    for step, body in (("seller-response", {"answer": "accept"}), ("ruling", RULING)):
        answer = sandbox.client.post(f"/v1/disputes/d-9/{step}", json=body)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-dispute")
    assert sandbox.client.get("/v1/disputes/d-9").status_code == 404


# -- repeats ------------------------------------------------------------------------------

STEPS: list[tuple[str, dict[str, Any], str, Any]] = [
    ("seller-response", COUNTER, "answer", "reject"),
    ("buyer-response", {"answer": "refuse"}, "answer", "accept"),
    ("evidence-request", {"from": ["seller"]}, "", None),
    ("evidence", {"by": "seller", "evidence": ["a", "b"]}, "", None),
    ("ruling", {**RULING, "return": True}, "reasons", "Others."),
    ("return-tracking", {"tracking_number": "LX 1"}, "tracking_number", "LX 2"),
    ("appeal", {"by": "seller", "reasons": "r"}, "reasons", "s"),
    ("appeal-decision", {**DECISION, "refund": eur("5.00")}, "refund", eur("6.00")),
    ("return-receipt", {}, "", None),
]


def test_every_step_told_twice_is_one(sandbox: World) -> None:
    case = Case(sandbox)
    firsts: list[tuple[str, dict[str, Any], Response]] = []
    for step, body, field, other in STEPS:
        first = case.post(step, body)
        assert first.status_code == 200, (step, first.text)
        firsts.append((step, body, first))
        again = case.post(step, body)
        assert (again.status_code, again.content) == (200, first.content), step
        assert again.headers["idempotency-replayed"] == "true"
        if field:
            told = case.post(step, {**body, field: other}).json()
            assert (told["type"], told["field"]) == ("/problems/told-differently", field), step
    for step, body, first in firsts:
        again = case.post(step, body)
        assert (again.status_code, again.content) == (200, first.content), step
    again = sandbox.client.post("/v1/disputes", json=claim())
    assert (again.status_code, again.content) == (201, case.opened.content)
    other = sandbox.client.post("/v1/disputes", json=claim(buyer_id="b-2"))
    assert (other.status_code, other.json()["field"]) == (409, "buyer_id")


def test_evidence_is_asked_for_anew_where_it_was_answered_and_nothing_ruled(
    sandbox: World,
) -> None:
    case = Case(sandbox)
    case.then("escalation", {"by": "buyer"})
    asked = {"from": ["seller"]}
    first = case.post("evidence-request", asked)
    case.then("evidence", {"by": "seller", "evidence": ["a"]})
    second = case.post("evidence-request", asked)
    assert "idempotency-replayed" not in second.headers
    assert [d["what"] for d in second.json()["dispute"]["deadlines"]] == ["seller-evidence"]
    case.then("evidence", {"by": "seller", "evidence": ["b"]})
    case.then("ruling", RULING)
    again = case.post("evidence-request", asked)
    assert (again.status_code, again.content) == (200, second.content) != (200, first.content)
    other = case.post("evidence-request", {"from": ["buyer"]}).json()
    assert other["type"] == "/problems/dispute-wrong-state"


def test_evidence_given_before_it_was_asked_for_is_given_again(sandbox: World) -> None:
    case = Case(sandbox)
    given = {"by": "seller", "evidence": ["a"]}
    case.then("evidence", given)
    case.then("escalation", {"by": "buyer"})
    case.then("evidence-request", {"from": ["seller"]})
    assert case.then("evidence", given)["deadlines"] == []
    assert case.post("evidence", given).headers["idempotency-replayed"] == "true"


def test_a_key_tells_steps_and_contents_apart(sandbox: World) -> None:
    case = Case(sandbox)
    key = {"Idempotency-Key": "k-1"}
    first = case.post("escalation", {"by": "buyer"}, **key)
    assert case.post("escalation", {"by": "buyer"}, **key).content == first.content
    assert case.post("escalation", {"by": "b-1"}, **key).json()["field"] == "by"
    asked = {"Idempotency-Key": "k-2"}
    case.post("evidence-request", {"from": ["seller"]}, **asked)
    assert case.post("evidence-request", {"from": ["buyer"]}, **asked).json()["field"] == "from"
    other = case.post("evidence", {"by": "seller", "evidence": ["x"]}, **key).json()
    assert (other["type"], other["field"]) == ("/problems/told-differently", "command")
    Case(sandbox, dispute_id="d-2")
    answer = sandbox.client.post("/v1/disputes/d-2/escalation", json={"by": "buyer"}, headers=key)
    assert answer.json()["field"] == "dispute_id"


# -- in other ways ------------------------------------------------------------------------

LINES: list[dict[str, Any]] = [
    {"command": "open-dispute", **claim()},
    {"command": "answer-dispute", **COUNTER},
    {"command": "answer-offer", "answer": "refuse"},
    {"command": "request-dispute-evidence", "from": ["seller"]},
    {"command": "add-dispute-evidence", "by": "seller", "evidence": ["a"]},
    {"command": "rule-dispute", **RULING, "return": True},
    {"command": "track-return", "tracking_number": "LX 1"},
    {"command": "appeal-ruling", "by": "seller", "reasons": "r"},
    {"command": "decide-ruling-appeal", **DECISION, "outcome": "rejected"},
    {"command": "receive-return"},
    {"command": "open-dispute", **claim("d-2")},
    {"command": "escalate-dispute", "dispute_id": "d-2", "by": "buyer"},
]


def dispute_lines() -> list[dict[str, Any]]:
    return [{"dispute_id": "d-1", **line} for line in LINES]


def test_a_batch_takes_every_step(sandbox: World) -> None:
    told = sandbox.batch(*dispute_lines(), {"command": "receive-return", "dispute_id": "d-2"})
    assert [line["status"] for line in told] == ["accepted"] * len(LINES) + ["refused"]
    assert told[-1]["problem"]["type"] == "/problems/dispute-wrong-state"
    assert outcome(sandbox.get("/v1/disputes/d-1")["dispute"])[0] == "15.00"
    assert sandbox.get("/v1/disputes/d-2")["dispute"]["status"] == "escalated"
    again = sandbox.batch(*dispute_lines())
    assert [line["status"] for line in again] == ["accepted"] * len(LINES)
    assert all(line["replayed"] for line in again)


# -- who may ask --------------------------------------------------------------------------

PLATFORM = {"platform", "root"}
REVIEWERS = {"reviewer", "root"}
BOTH = PLATFORM | REVIEWERS


# A step, its body, and whose keys open it: nobody opened the dispute, so they are told that.
DOORS: list[tuple[str, dict[str, Any], set[str]]] = [
    ("seller-response", {"answer": "accept"}, PLATFORM),
    ("buyer-response", {"answer": "accept"}, PLATFORM),
    ("escalation", {"by": "buyer"}, PLATFORM),
    ("evidence-request", {"from": ["seller"]}, REVIEWERS),
    ("evidence", {"by": "seller", "evidence": ["x"]}, BOTH),
    ("return-tracking", {"tracking_number": "x"}, PLATFORM),
    ("return-receipt", {}, PLATFORM),
    ("ruling", RULING, REVIEWERS),
    ("appeal", {"by": "seller", "reasons": "r"}, BOTH),
    ("appeal-decision", DECISION, REVIEWERS),
]


def test_each_step_opens_to_its_keys_alone(locked: Any) -> None:
    world, keys = locked
    for step, body, opens in DOORS:
        address = f"/v1/disputes/d-9/{step}"
        assert world.client.post(address, json=body).status_code == 401
        for who, key in keys.items():
            named = {**body, "reviewer": who} if "reviewer" in body else body
            answer = world.client.post(address, json=named, headers=key)
            expected = 404 if who in opens else 403
            assert answer.status_code == expected, (step, who, answer.text)


def test_who_opens_and_who_reads(locked: Any) -> None:
    world, keys = locked
    for who, key in keys.items():
        answer = world.client.post("/v1/disputes", json=claim(who), headers=key)
        assert answer.status_code != (403 if who in PLATFORM else 409), answer.text
        seen = world.client.get("/v1/disputes/d-9", headers=key)
        readers = BOTH | {"analyst"}
        assert seen.status_code == (404 if who in readers else 403), who


def test_nobody_signs_a_step_for_somebody_else(locked: Any) -> None:
    world, keys = locked
    for step, body, field in (
        ("escalation", {"by": "buyer", "actor": "somebody"}, "actor"),
        ("ruling", {**RULING, "reviewer": "somebody"}, "reviewer"),
        ("appeal-decision", {**DECISION, "reviewer": "somebody"}, "reviewer"),
    ):
        address = f"/v1/disputes/d-9/{step}"
        answer = world.client.post(address, json=body, headers=keys["root"])
        problem = answer.json()
        assert (answer.status_code, problem["type"]) == (403, "/problems/actor-mismatch")
        assert problem["field"] == field


def test_an_answer_that_is_not_there_yet(sandbox: World) -> None:
    case = Case(sandbox)
    far = str(int(case.opened.json()["position"]) + 100)
    answer = sandbox.client.get("/v1/disputes/d-1", params={"min_position": far})
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/not-there-yet")
    assert answer.headers["retry-after"]
