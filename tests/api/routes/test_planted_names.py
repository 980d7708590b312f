"""What people wrote is in one table and in the answers that are meant to show it; after an erasure
it is nowhere.
"""

from pathlib import Path
from typing import Any

from api.webhooks import message_of
from projections.standing_changes import StandingChanges
from tests.api.routes import test_logs, test_reports
from tests.api.routes.planted import answers_with, free_texts, planted, tables_with
from tests.api.routes.promoting import campaign, eur, product
from tests.api.routes.world import World, line, sign_all

written = test_logs.written
holding = test_reports.holding

NAMES = {"s-1": "Wilhelmina", "s-2": "Bartholomew"}
SHOWN = {
    "/v1/sellers/{seller_id}/violations/{violation_id}/appeals",
    "/v1/sellers/{seller_id}/legal-holds",
}
"""The answers that show texts."""


def story(seller: str) -> list[dict[str, Any]]:
    """Every command that has free text, about one seller, in an order in which each is taken."""
    n = seller[-1]
    return [
        *_violations(seller),
        *_dispute(f"d-{n}", seller),
        *_return(f"e-{n}", seller),
        *_reports(n, seller),
        {"command": "enrol-product", "campaign_id": "winter",
         **product(f"p-{n}", seller_id=seller)},
        {"command": "decide-enrolment", "campaign_id": "winter", "product_id": f"p-{n}",
         "outcome": "approved", "reviewer": "ana"},
        {"command": "place-legal-hold", "seller_id": seller, "hold_id": "h-1", "placed_by": "leo"},
        {"command": "lift-legal-hold", "seller_id": seller, "hold_id": "h-1", "lifted_by": "leo"},
    ]  # fmt: skip


def _violations(seller: str) -> list[dict[str, Any]]:
    about = {"seller_id": seller}
    appeal = {**about, "violation_id": "v-1"}
    by_hand = {"sanction_id": "desk-1", "kind": "display-restriction", "days": 9}
    waiver = {"command": "waive-sanction", **about, "sanction_id": "desk-1"}
    return [
        line(seller, "v-1", rule="keyword-stuffing"),
        line(seller, "v-2", rule="weapons"),
        {"command": "annul-violation", **about, "violation_id": "v-2", "annulled_by": "ana"},
        {"command": "file-appeal", **appeal, "filed_by": "shop"},
        {"command": "add-appeal-evidence", **appeal, "round": 1},
        {"command": "decide-appeal", **appeal, "round": 1, "outcome": "rejected",
         "reviewer": "ben"},
        {"command": "impose-sanction", **about, **by_hand, "imposed_by": "ana"},
        {**waiver, "waived_by": "ana"},
        {**waiver, "waived_by": "ben"},
    ]  # fmt: skip


def _opened(dispute: str, seller: str, **asked: Any) -> dict[str, Any]:
    return {
        "command": "open-dispute", "dispute_id": dispute, "order_id": f"o-{dispute}",
        "seller_id": seller, "buyer_id": "b-1", "reason": "not-as-described",
        "order_amount": eur("20.00"), "shipped_at": "2025-12-30T00:00:00Z",
        "requested": {"refund": eur("20.00"), **asked},
    }  # fmt: skip


def _dispute(dispute: str, seller: str) -> list[dict[str, Any]]:
    about = {"dispute_id": dispute}
    ruling = {"refund": eur("5.00"), "at_fault": "seller", "reviewer": "ana"}
    return [
        _opened(dispute, seller),
        {"command": "answer-dispute", **about, "answer": "reject"},
        {"command": "escalate-dispute", **about, "by": "buyer"},
        {"command": "request-dispute-evidence", **about, "from": ["buyer"]},
        {"command": "add-dispute-evidence", **about, "by": "buyer"},
        {"command": "rule-dispute", **about, **ruling},
        {"command": "appeal-ruling", **about, "by": "seller"},
        {"command": "decide-ruling-appeal", **about, "outcome": "rejected", "reviewer": "ben"},
    ]


def _return(dispute: str, seller: str) -> list[dict[str, Any]]:
    return [
        _opened(dispute, seller, **{"return": True}),
        {"command": "answer-dispute", "dispute_id": dispute, "answer": "accept"},
        {"command": "track-return", "dispute_id": dispute},
        {"command": "receive-return", "dispute_id": dispute},
    ]


def _reports(n: str, seller: str) -> list[dict[str, Any]]:
    filed = {"command": "file-report", "about": "listing", "seller_id": seller,
             "listing_id": "l-1", "suspected": "trademark"}  # fmt: skip
    buyers, owners = f"r-{n}", f"q-{n}"
    review = {"command": "review-report", "report_id": owners}
    return [
        {**filed, "report_id": buyers, "reported_by": "b-1", "reporter": "buyer"},
        {"command": "request-report-documents", "report_id": buyers},
        {"command": "add-report-documents", "report_id": buyers},
        {"command": "review-report", "report_id": buyers, "outcome": "dismissed",
         "reviewer": "ana"},
        {**filed, "report_id": owners, "reported_by": "owner-1", "reporter": "rights-holder"},
        {**review, "outcome": "violation", "severity": "general", "reviewer": "ana"},
        {"command": "answer-report", "report_id": owners},
        {**review, "outcome": "dismissed", "reviewer": "ben"},
    ]  # fmt: skip


def tell(world: World) -> None:
    world.batch({"command": "announce-campaign", **campaign()})
    for seller, name in NAMES.items():
        lines = [planted(told, name) for told in story(seller)]
        refused = [answer for answer in world.batch(*lines) if answer["status"] != "accepted"]
        assert refused == []
        # The same ids with other words: refused, and kept nowhere.
        others = [planted(told, name[::-1]) for told in story(seller)]
        others = [other for other, said in zip(others, lines, strict=True) if other != said]
        assert {answer["status"] for answer in world.batch(*others)} == {"refused"}
    assert world.move("2026-03-01T00:00:00Z").status_code == 200


def known(world: World) -> dict[str, str]:
    """Ids for every part of a path; where a list cannot be asked without them, its filters."""
    every = world.get("/v1/facts", limit=1000)["facts"]
    full, rest = divmod(int(every[-1]["position"]), 256)
    tiles = [f"{index:03}" for index in range(full)] + [f"{full:03}.p/{rest}"] * (rest > 0)
    return {
        "seller_id": "s-1", "violation_id": "v-1 v-2", "dispute_id": "d-1 e-1",
        "report_id": "r-1 q-1", "campaign_id": "winter", "product_id": "p-1",
        "webhook_id": "nobody", "reporter_id": "b-1", "metric": "unsent-rate", "pack": "aliexpress",
        "fact_id": " ".join(fact["fact_id"] for fact in every),
        "/v1/sellers/{seller_id}/promotion-eligibility": "?campaign=winter",
        "reviewer_id": "ana ben", "hold_id": "h-1",
        "/v1/transparency": "?from=2026-01-01T00:00:00Z&to=2026-07-01T00:00:00Z",
        "/v1/log/consistency": "?from=1",
        "/v1/log/tile/{path}": " ".join(f"/v1/log/tile/0/{tile}" for tile in tiles),
        "/v1/log/tile/entries/{path}": " ".join(f"/v1/log/tile/entries/{t}" for t in tiles),
    }  # fmt: skip


def places(world: World, name: str, folder: Path) -> tuple[set[str], set[str]]:
    """The tables and the answers that hold a name; no message ever does. All is signed before, so
    that there are proofs to look into.
    """
    sign_all(world, folder)
    assert name.encode() not in messages(world)
    return tables_with(world.ledger.dsn, name), answers_with(world, known(world), name)


def messages(world: World) -> bytes:
    """What storefronts are told of every change: the stream's events have the same in them."""
    to = world.ledger.memory.head.last_position
    changes = StandingChanges(world.ledger.reader).after(0, to, to).changes
    told = [message_of(change, world.ledger).body for change in changes]
    assert len(told) > 2
    return b"".join(told)


def test_every_free_text_of_every_command_is_in_the_story() -> None:
    told = {(told["command"], field) for told in story("s-1") for field in planted(told, "x")}
    assert free_texts() - told == set()
    assert len(free_texts()) >= 30, "the commands' types are still understood"


def test_names_are_where_they_are_shown_and_nowhere_after_an_erasure(
    holding: World, written: Any, tmp_path: Path
) -> None:
    tell(holding)
    assert places(holding, NAMES["s-1"], tmp_path) == ({"sealed_text"}, SHOWN)
    assert places(holding, NAMES["s-1"][::-1], tmp_path) == (set(), set())
    found = holding.get("/v1/sellers/s-1/erasure")
    assert (found["holds"], found["erasures"]) == ([], [])
    wish = {"reason": "asked-by-seller", "erased_by": "privacy-desk"}
    answer = holding.client.post("/v1/sellers/s-1/erasure", json=wish)
    assert answer.status_code == 200, answer.text
    done = answer.json()["erasure"]
    assert (done["texts"], done["of_cases"]) == (found["texts"], found["of_cases"])
    assert places(holding, NAMES["s-1"], tmp_path) == (set(), set())
    assert tables_with(holding.ledger.dsn, NAMES["s-2"]) == {"sealed_text"}
    told = written.getvalue()
    assert len(written.requests()) > 100
    assert [name for name in NAMES.values() if name.encode() in told] == []
