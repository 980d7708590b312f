"""The queue of appeals, and one round decided on its page."""

from collections.abc import Iterator

import pytest

from tests.api.routes.world import World, world_of
from tests.console.sent import called, facts, look, send

PLACE = "appeals/s-1/v-2/1"
REASONS = "A cook's <b>knife</b>, and no weapon."


@pytest.fixture
def appealed(dsn: str) -> Iterator[World]:
    """A seller that two knives suspended has appealed against the second."""
    with world_of(dsn, clock="test") as world:
        assert world.move("2026-01-01T00:00:00Z").status_code == 200
        world.record("s-1", "v-1", "weapons")
        world.record("s-1", "v-2", "weapons", evidence=["photograph/2.jpg"])
        filing = {"reason": "It is for <i>vegetables</i>.", "filed_by": "shop"}
        path = "/v1/sellers/s-1/violations/v-2/appeals"
        assert world.client.post(path, json=filing).status_code == 201
        called(world, "ana")
        yield world


def test_the_queue_says_what_is_at_stake_until_when_and_for_whom(appealed: World) -> None:
    page = look(appealed, "appeals")
    assert "24 points" in page
    assert "in 2 days" in page
    assert 'href="./appeals/s-1/v-2/1"' in page
    assert "v-2" in look(appealed, "appeals", mine="yes")
    called(appealed, "svc")
    assert "No appeal is like that" in look(appealed, "appeals", mine="yes")
    assert "No appeal is like that" in look(appealed, "appeals", within_hours="12")
    assert "within" in look(appealed, "appeals", 422, within_hours="<b>")


def test_what_was_said_stands_there_and_none_of_it_is_run(appealed: World) -> None:
    page = look(appealed, PLACE)
    assert "It is for &lt;i&gt;vegetables&lt;/i&gt;." in page
    assert "photograph/2.jpg" in page
    assert "Seen in the shop." in page
    assert "48 of 48" in page


def test_the_effect_is_shown_first_and_nothing_is_written_until_it_is_confirmed(
    appealed: World,
) -> None:
    before = facts(appealed)
    page = look(appealed, PLACE)
    shown = send(
        appealed, PLACE, page, "decision", outcome="upheld", reasons=REASONS, step="preview"
    )
    assert shown.status_code == 200
    for told in ("What this would do", "suspended", "active", "Lifted:", "Money released:"):
        assert told in shown.text
    assert facts(appealed) == before
    done = send(appealed, PLACE, shown.text, "decision", step="confirm")
    assert done.status_code == 303
    again = send(appealed, PLACE, shown.text, "decision", step="confirm")
    assert again.headers["location"] == done.headers["location"]
    brought = ["appeal-upheld", "violation-cancelled", "sanction-lifted", "funds-released"]
    assert facts(appealed)[len(before) :] == brought
    told = look(appealed, PLACE, recorded="seller-s-1.6")
    assert "Done, and recorded" in told
    assert "log/facts/seller-s-1.6" in told
    assert "cancelled for good" in told
    assert "next round" not in told.partition("Done, and recorded")[2].partition("</div>")[0]
    (found,) = appealed.get("/v1/sellers/s-1/violations/v-2/appeals")["appeals"]
    assert (found["reviewer"], found["reasons"]) == ("ana", REASONS)


def test_what_was_typed_can_be_changed_before(appealed: World) -> None:
    page = look(appealed, PLACE)
    shown = send(
        appealed, PLACE, page, "decision", outcome="upheld", reasons=REASONS, step="preview"
    )
    back = send(appealed, PLACE, shown.text, "decision", step="change")
    assert back.status_code == 200
    assert "A cook&#39;s &lt;b&gt;knife&lt;/b&gt;, and no weapon." in back.text
    assert 'value="upheld" required checked' in back.text


def test_who_had_a_part_in_it_is_told_so_before_they_try(appealed: World) -> None:
    called(appealed, "svc")
    page = look(appealed, PLACE)
    assert "You cannot decide this" in page
    assert "recorded violation v-2" in page
    assert '<fieldset class="plain" disabled' in page
    forced = send(appealed, PLACE, page, "decision", outcome="upheld", reasons="so", step="confirm")
    assert forced.status_code == 409
    assert "recorded violation v-2" in forced.text


def test_without_a_name_nobody_decides(appealed: World) -> None:
    appealed.client.cookies.clear()
    assert "Say who you are" in look(appealed, PLACE)


def test_that_somebody_else_decided_meanwhile_is_told_and_nothing_typed_is_lost(
    appealed: World,
) -> None:
    page = look(appealed, PLACE)
    decision = {"outcome": "rejected", "reviewer": "bo", "reasons": "A knife."}
    path = "/v1/sellers/s-1/violations/v-2/appeals/1/decision"
    assert appealed.client.post(path, json=decision).status_code == 200
    late = send(
        appealed, PLACE, page, "decision", outcome="upheld", reasons=REASONS, step="confirm"
    )
    assert late.status_code == 409
    assert "Rejected" in late.text
    assert "by bo" in late.text
    assert "What you had written" in late.text
    assert "A cook&#39;s &lt;b&gt;knife&lt;/b&gt;, and no weapon." in late.text


@pytest.mark.parametrize("place", ["appeals/s-1/v-2/9", "appeals/s-9/v-9/1", "appeals/s-1/v-2/x"])
def test_what_is_not_there_is_a_page_that_says_so(appealed: World, place: str) -> None:
    assert "<h1>" in look(appealed, place, 404)
