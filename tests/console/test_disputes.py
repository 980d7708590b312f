"""The queues of disputes and deadlines, and a dispute ruled on its page."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.routes.world import World, world_of
from tests.console.sent import called, facts, look, send

EUR: dict[str, Any] = {"amount": "20.00", "currency": "EUR"}
PLACE = "disputes/d-1"


@pytest.fixture
def escalated(dsn: str) -> Iterator[World]:
    """A buyer has called the platform."""
    with world_of(dsn, clock="test") as world:
        assert world.move("2026-01-10T00:00:00Z").status_code == 200
        claim = {
            "dispute_id": "d-1", "order_id": "o-1", "seller_id": "s-1", "buyer_id": "b-1",
            "reason": "not-as-described", "order_amount": EUR,
            "shipped_at": "2026-01-01T00:00:00Z", "receipt_confirmed_at": "2026-01-08T00:00:00Z",
            "requested": {"refund": EUR, "return": False},
        }  # fmt: skip
        assert world.client.post("/v1/disputes", json=claim).status_code == 201
        called_ = world.client.post("/v1/disputes/d-1/escalation", json={"by": "buyer"})
        assert called_.status_code == 200, called_.text
        brought = {"by": "buyer", "evidence": ["crack/2.jpg"]}
        assert world.client.post("/v1/disputes/d-1/evidence", json=brought).status_code == 200
        called(world, "ana")
        yield world


def test_the_queue_and_the_deadlines_lead_to_it(escalated: World) -> None:
    assert 'href="./disputes/d-1"' in look(escalated, "disputes")
    assert "No dispute is like that" in look(escalated, "disputes", status="closed")
    asked = {"from": ["seller"]}
    escalated.client.post("/v1/disputes/d-1/evidence-request", json=asked)
    due = look(escalated, "deadlines")
    assert "seller evidence" in due
    assert "the buyer is refunded in full" in due
    assert 'href="./disputes/d-1"' in due
    assert "Nothing is due" in look(escalated, "deadlines", kind="funds-release")


def test_it_is_ruled_in_two_steps_and_then_appealed_before_somebody_else(escalated: World) -> None:
    page = look(escalated, PLACE)
    assert "crack/2.jpg" in page
    typed = {"refund": "12,50", "at_fault": "seller", "reasons": "The crack is old."}
    shown = send(escalated, PLACE, page, "ruling", **typed, step="preview")
    assert shown.status_code == 200, shown.text
    assert "dispute ruled" in shown.text
    done = send(escalated, PLACE, shown.text, "ruling", step="confirm")
    assert done.status_code == 303
    assert "recorded=dispute-d-1" in done.headers["location"]
    page = escalated.client.get(f"/console/{PLACE}?{done.headers['location'].partition('?')[2]}")
    told = page.text.partition("Done, and recorded")[2].partition("</div>")[0]
    assert "dispute ruled" in told
    assert "dispute outcome recorded" in told
    assert "Each side may appeal the ruling once" in told
    told = escalated.get("/v1/disputes/d-1")["dispute"]["ruling"]
    assert (told["refund"]["amount"], told["reviewer"]) == ("12.50", "ana")
    appeal = {"by": "seller", "reasons": "Another parcel."}
    assert escalated.client.post("/v1/disputes/d-1/appeal", json=appeal).status_code == 200
    assert "decided the ruling" in look(escalated, PLACE)
    called(escalated, "bo")
    page = look(escalated, PLACE)
    typed = {"outcome": "rejected", "reasons": "The same parcel."}
    shown = send(escalated, PLACE, page, "appeal-decision", **typed, step="preview")
    assert shown.status_code == 200, shown.text
    assert send(escalated, PLACE, shown.text, "appeal-decision", step="confirm").status_code == 303


def test_a_wrong_amount_is_marked_where_it_was_typed(escalated: World) -> None:
    page = look(escalated, PLACE)
    typed = {"refund": "25.00", "at_fault": "seller", "reasons": "All of it."}
    wrong = send(escalated, PLACE, page, "ruling", **typed, step="preview")
    assert wrong.status_code == 409
    assert 'id="refund-wrong"' in wrong.text
    assert 'value="25.00"' in wrong.text
    assert "All of it." in wrong.text
    nothing = send(escalated, PLACE, page, "ruling", refund="much", step="confirm")
    assert nothing.status_code == 422
    assert "ruling" not in str(facts(escalated))


def test_evidence_is_asked_for(escalated: World) -> None:
    page = look(escalated, PLACE)
    shown = send(escalated, PLACE, page, "evidence-request", **{"from": "both", "step": "preview"})
    assert "dispute evidence requested" in shown.text
    done = send(escalated, PLACE, shown.text, "evidence-request", step="confirm")
    assert done.status_code == 303
    assert facts(escalated)[-1] == "dispute-evidence-requested"
    assert "Or ask for evidence first" in page
    page = look(escalated, PLACE)
    assert "Or ask for evidence first" not in page
    assert "unless the seller is silent too" in page


def test_only_who_was_not_asked_yet_is_asked_for_evidence(escalated: World) -> None:
    asked = {"from": ["seller"]}
    assert escalated.client.post("/v1/disputes/d-1/evidence-request", json=asked).status_code == 200
    page = look(escalated, PLACE)
    assert '<option value="buyer"' in page
    assert '<option value="seller"' not in page
    assert "both sides" not in page
