"""Addresses and fields that nobody meant: answered with a page that says what to do."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.routes.promoting import Promotion
from tests.api.routes.world import World, world_of
from tests.conftest import database
from tests.console.sent import called, facts, hidden, look, send

REPORT: dict[str, Any] = {
    "report_id": "r-1", "about": "listing", "seller_id": "s-1", "listing_id": "l-1",
    "reported_by": "b-1", "reporter": "buyer", "statement": "A knife.", "suspected": "weapons",
}  # fmt: skip
NOW_ALONE = (
    "violations", "violations/v-1", "sanctions", "cases", "promotion", "timeline", "records",
)  # fmt: skip
SAID = {"outcome": "approved", "reasons": "Fine.", "step": "preview"}


@pytest.fixture(scope="module")
def odd(postgres: str, template: str) -> Iterator[World]:
    """A seller with a violation, a report, and an enrolment that waits."""
    with database(postgres, template) as (_, dsn), world_of(dsn, clock="test") as world:
        assert world.move("2026-01-10T00:00:00Z").status_code == 200
        world.record("s-1", "v-1", "seeds")
        assert world.client.post("/v1/reports", json=REPORT).status_code == 201
        Promotion(world).enrolled()
        called(world, "ana")
        yield world


def test_after_a_decision_on_an_enrolment_the_page_says_that_it_is_recorded(odd: World) -> None:
    place = "enrolments/winter/p-1"
    shown = send(odd, place, look(odd, place), "decision", **SAID)
    done = send(odd, place, shown.text, "decision", step="confirm")
    assert done.status_code == 303
    page = odd.client.get(f"/console/{place}", params=done.headers["location"].partition("?")[2])
    assert page.status_code == 200
    assert "Done, and recorded" in page.text
    assert "log/facts/enrolment-winter%2Cp-1.2" in page.text


@pytest.mark.parametrize("place", ["sellers/s-1", "reports/r-1", "enrolments/winter/p-1"])
def test_a_link_cannot_have_a_page_say_what_was_never_recorded(odd: World, place: str) -> None:
    told = ["Your money is lost, call 555.1", "<b>.1", "seller-s-1.9", "seller-s-2.1"]
    page = look(odd, place, recorded=told)
    assert "Your money" not in page
    assert "<b>.1" not in page
    assert "Done, and recorded" not in page


@pytest.mark.parametrize("place", ["reports/r-1", "enrolments/winter/p-1", "sellers/s-2"])
def test_what_was_recorded_elsewhere_is_not_told_here(odd: World, place: str) -> None:
    assert "Done, and recorded" in look(odd, "sellers/s-1", recorded="seller-s-1.1")
    assert "Done, and recorded" not in look(odd, place, recorded="seller-s-1.1")


@pytest.mark.parametrize("typed", ["9" * 30, "9" * 5_000, "1.5", "\u0663", "<b>", "-1"])
def test_points_of_any_length_are_marked_and_kept(odd: World, typed: str) -> None:
    before = facts(odd)
    told = {"outcome": "violation", "reasons": "A knife.", "step": "preview", "points": typed}
    review = send(odd, "reports/r-1", look(odd, "reports/r-1"), "review", **told)
    assert review.status_code == 422
    assert 'id="points-wrong"' in review.text
    place = "sellers/s-1/record-violation"
    form = _whole_form(look(odd, place)) | {"rule": "seeds", "statement": "x", "points": typed}
    recorded = odd.client.post(f"/console/{place}", data=form | {"step": "confirm"})
    assert recorded.status_code == 422
    assert 'id="points-wrong"' in recorded.text
    assert facts(odd) == before


def _whole_form(page: str) -> dict[str, str]:
    token = page.partition('name="token" value="')[2].partition('"')[0]
    return {"token": token, "violation_id": "v-9", "source": "inspection"}


@pytest.mark.parametrize("as_of", ["9999-12-31", "9999-12-31T23:59:59.999999Z", "9998-11-30"])
def test_the_calendar_ends_and_pages_do_not(odd: World, as_of: str) -> None:
    for tab in ("", "/why", "/reputation"):
        assert "s-1" in look(odd, f"sellers/s-1{tab}", as_of=as_of)


def test_what_was_believed_is_compared_whatever_zone_the_instant_is_told_in(odd: World) -> None:
    for told in ("2026-01-09T23:00:00Z", "2026-01-10T04:00:00+05:00", "2026-01-09T18:00:00-05:00"):
        page = look(odd, "sellers/s-1", as_of=told)
        assert "What we believed then, and what we know now" in page, told


def test_a_campaign_that_nobody_announced_is_told_on_the_page(odd: World) -> None:
    page = look(odd, "sellers/s-1/promotion", 404, campaign="summer")
    assert 'role="alert"' in page
    assert "May it enrol?" in page


@pytest.mark.parametrize(
    ("place", "status"),
    [
        ("download/csv/nothing", 404),
        ("download/csv/sellers?sort=shoe-size", 422),
        ("sellers/s-1/audit-bundle?at=then", 422),
        ("log/facts/seller-s-9.1/proof", 404),
        ("what-if/nothing/files/report.html", 404),
    ],
)
def test_a_file_that_cannot_be_made_is_a_page_that_says_why(
    odd: World, place: str, status: int
) -> None:
    answer = odd.client.get(f"/console/{place}")
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert "<h1>" in answer.text


def test_a_form_to_a_page_that_takes_none_is_answered_by_a_page(odd: World) -> None:
    token = _whole_form(look(odd, "sellers/s-1/record-violation"))["token"]
    for place in ("sellers", "nowhere", "log/newest"):
        answer = odd.client.post(f"/console/{place}", data={"token": token})
        assert answer.status_code == 404
        assert "<h1>" in answer.text


def test_what_breaks_breaks_as_a_page_and_is_logged(
    odd: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr("api.console.pages.sellers.view_of", broken)
    page = look(odd, "sellers", 500)
    assert "The ledger failed" in page
    assert "Request <code>" in page
    logged = capsys.readouterr()
    assert "ZeroDivisionError" in logged.out + logged.err
    assert "a secret" not in page + logged.out + logged.err


def test_another_forms_fields_say_nothing_here(odd: World) -> None:
    page = look(odd, "reports/r-1")
    body = hidden(page, "review") | {"what": "decision", "outcome": "upheld", "step": "confirm"}
    assert odd.client.post("/console/reports/r-1", data=body).status_code == 422


@pytest.mark.parametrize(
    "tab",
    ["violations", "violations/v-1", "sanctions", "cases", "promotion", "timeline", "records"],
)
def test_a_page_that_cannot_look_back_says_so(odd: World, tab: str) -> None:
    then = {"as_of": "2026-01-09", "known_at": "2026-01-10"}
    page = look(odd, f"sellers/s-1/{tab}", **then)
    assert "This page tells what is known and holds" in page
    assert "?as_of=2026-01-09T00%3A00%3A00Z&amp;known_at=2026-01-10T00%3A00%3A00Z" in page
    assert "This page tells what is known and holds" not in look(odd, f"sellers/s-1/{tab}")
    assert "This page tells what is known and holds" not in look(odd, "sellers/s-1/why", **then)
