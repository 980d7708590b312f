"""Forms that decide: forged ones, unknown ones, and those of reports and enrolments."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.routes.promoting import Promotion
from tests.api.routes.world import World, world_of
from tests.console.sent import called, facts, hidden, look, send

REPORT: dict[str, Any] = {
    "report_id": "r-1", "about": "listing", "seller_id": "s-1", "listing_id": "l-1",
    "reported_by": "b-1", "reporter": "buyer", "statement": "<script>alert(1)</script>",
    "suspected": "weapons",
}  # fmt: skip


@pytest.fixture
def busy(dsn: str) -> Iterator[World]:
    """A report and an enrolment wait."""
    with world_of(dsn, clock="test") as world:
        assert world.move("2026-01-10T00:00:00Z").status_code == 200
        assert world.client.post("/v1/reports", json=REPORT).status_code == 201
        Promotion(world).enrolled()
        called(world, "ana")
        yield world


def test_reports_wait_and_end_as_violations_that_were_foreseen(busy: World) -> None:
    assert 'href="./reports/r-1"' in look(busy, "reports")
    page = look(busy, "reports/r-1")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    typed = {"outcome": "violation", "reasons": "A knife.", "step": "preview"}
    shown = send(busy, "reports/r-1", page, "review", **typed, points="48")
    assert shown.status_code == 200, shown.text
    assert "Imposed:" in shown.text
    assert "48 of 48" in shown.text
    done = send(busy, "reports/r-1", shown.text, "review", step="confirm")
    assert done.status_code == 303
    told = look(busy, "reports/r-1", recorded="report-r-1.2")
    assert "report reviewed" in told
    assert busy.standing("s-1")["status"] == "suspended"
    assert "No report is like that" in look(busy, "reports")


def test_points_that_are_no_number_are_marked(busy: World) -> None:
    page = look(busy, "reports/r-1")
    typed = {"outcome": "violation", "reasons": "A knife.", "step": "preview"}
    wrong = send(busy, "reports/r-1", page, "review", **typed, points="many")
    assert wrong.status_code == 422
    assert 'id="points-wrong"' in wrong.text
    assert 'value="many"' in wrong.text


def test_products_wait_for_a_campaign_and_are_let_in(busy: World) -> None:
    assert 'href="./enrolments/winter/p-1"' in look(busy, "enrolments")
    page = look(busy, "enrolments/winter/p-1")
    assert "What the campaign asks" in page
    typed = {"outcome": "approved", "reasons": "Fine.", "step": "preview"}
    shown = send(busy, "enrolments/winter/p-1", page, "decision", **typed)
    assert shown.status_code == 200, shown.text
    done = send(busy, "enrolments/winter/p-1", shown.text, "decision", step="confirm")
    assert done.status_code == 303
    assert facts(busy)[-1] == "enrolment-approved"
    assert "No product is like that" in look(busy, "enrolments")


def test_a_forged_form_writes_nothing(busy: World) -> None:
    page, before = look(busy, "reports/r-1"), facts(busy)
    body = hidden(page, "review") | {"outcome": "dismissed", "reasons": "so", "step": "confirm"}
    for forged in ({"token": "x"}, {"token": ""}):
        answer = busy.client.post("/console/reports/r-1", data=body | forged)
        assert answer.status_code == 403
    elsewhere = {"Origin": "https://evil.example"}
    answer = busy.client.post("/console/reports/r-1", data=body, headers=elsewhere)
    assert answer.status_code == 421  # without keys, nothing of another's site is answered
    assert facts(busy) == before


def test_a_form_that_says_nothing_is_answered_kindly(busy: World) -> None:
    page = look(busy, "reports/r-1")
    body = hidden(page, "review")
    nothing = busy.client.post("/console/reports/r-1", data=body | {"what": "fly"})
    assert nothing.status_code == 422
    assert "Nothing was chosen" in nothing.text
    empty = busy.client.post("/console/reports/r-1", data=body | {"step": "preview"})
    assert empty.status_code == 422
    assert 'role="alert"' in empty.text


def test_a_queue_may_be_empty(dsn: str) -> None:
    with world_of(dsn, clock="test") as world:
        for place in ("appeals", "disputes", "deadlines", "reports", "enrolments"):
            assert 'class="empty"' in look(world, place)
