"""A story in which every command is told that has free text, and of each a name is planted."""

from typing import Any

from tests.api.routes.planted import planted
from tests.api.routes.promoting import campaign, eur, product
from tests.api.routes.world import World, line


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


def tell(world: World, names: dict[str, str]) -> None:
    """The story of every seller, with its name in all texts, and once more in other words."""
    world.batch({"command": "announce-campaign", **campaign()})
    for seller, name in names.items():
        lines = [planted(told, name) for told in story(seller)]
        refused = [answer for answer in world.batch(*lines) if answer["status"] != "accepted"]
        assert refused == []
        # The same ids with other words: refused, and kept nowhere.
        others = [planted(told, name[::-1]) for told in story(seller)]
        others = [other for other, said in zip(others, lines, strict=True) if other != said]
        assert {answer["status"] for answer in world.batch(*others)} == {"refused"}
