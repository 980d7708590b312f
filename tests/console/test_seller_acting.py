"""Recording, annulling and waiving from a seller's pages."""

import re

from tests.console.test_seller import page, send, suspended, words_of, world

__all__ = ["suspended", "world"]

from tests.api.routes.world import World

REPORT = {"violation_id": "c-1", "rule": "weapons", "source": "inspection", "statement": "A knife."}


def test_a_violation_is_recorded_and_shown(world: World) -> None:
    place = "sellers/s-1/record-violation"
    foreseen = send(world, place, **REPORT, step="preview")
    assert "What this would do" in foreseen.text
    assert world.standing("s-1")["buckets"][0]["value"] == 0, "only foreseen"
    changed = send(world, place, **REPORT, step="change")
    assert "A knife.</textarea>" in changed.text
    sent = send(world, place, **REPORT, evidence="photo-1\nphoto-2")
    assert sent.status_code == 303
    where = "../../sellers/s-1/violations/c-1?recorded=seller-s-1.1"
    assert sent.headers["location"] == where
    told = words_of(page(world, where.removeprefix("../../")))
    assert "Done, and recorded: violation recorded, " in told
    assert "A knife." in told
    assert "photo-2" in told
    assert world.standing("s-1")["buckets"][0]["value"] == 24


def test_a_form_sent_twice_is_one_violation(world: World) -> None:
    first = send(world, "sellers/s-1/record-violation", **REPORT, key="once")
    again = send(world, "sellers/s-1/record-violation", **REPORT, key="once")
    assert (first.status_code, again.status_code) == (303, 303)
    assert world.standing("s-1")["buckets"][0]["value"] == 24


def test_what_was_typed_is_kept_when_it_is_refused(world: World) -> None:
    place = "sellers/s-1/record-violation"
    for typed, status, field in (
        ({"points": "400"}, 422, "points"),
        ({"points": "many"}, 422, "points"),
        ({"effective_at": "2031-01-01"}, 409, "effective_at"),
        ({"rule": "weapon"}, 404, "rule"),
        ({"violation_id": "not an id"}, 422, "violation_id"),
    ):
        sent = send(world, place, **REPORT | typed)
        assert sent.status_code in (status, 409, 422), sent.text
        assert 'role="alert"' in sent.text
        assert f'id="{field}-wrong"' in sent.text
        assert "A knife." in sent.text
    assert world.standing("s-1")["buckets"][0]["value"] == 0


def test_who_has_no_name_is_asked_for_it_before_anything_is_written(world: World) -> None:
    assert "Say who you are" in page(world, "sellers/s-1/record-violation")
    sent = send(world, "sellers/s-1/record-violation", None, **REPORT)
    assert sent.status_code == 422
    assert "Say who you are" in sent.text
    assert "A knife." in sent.text


def test_a_forged_form_writes_nothing(world: World) -> None:
    sent = send(world, "sellers/s-1/record-violation", **REPORT, token="guessed")
    assert sent.status_code == 403
    assert world.standing("s-1")["buckets"][0]["value"] == 0


def test_an_annulment_is_previewed_and_done(suspended: World) -> None:
    place = "sellers/s-1/violations/v-1/annul"
    shown = send(suspended, place, reason="It was another shop.", step="preview").text
    assert re.search(r"Points</th><td>48 of 48</td>\s*<td>24 of 48 <span", shown)
    empty = send(suspended, place, reason="")
    assert empty.status_code == 422
    assert 'id="reason-wrong"' in empty.text
    sent = send(suspended, place, reason="It was another shop.")
    assert sent.headers["location"].startswith("../../../../sellers/s-1/violations/v-1?recorded=")
    assert suspended.standing("s-1")["status"] == "active"
    assert "there is nothing to annul" in page(suspended, place)
    assert "found in error" in page(suspended, "sellers/s-1/sanctions")


def test_a_waiver_takes_two_and_says_so_before_the_first_tries_again(suspended: World) -> None:
    place = "sellers/s-1/sanctions/sanction-3/waive"
    sent = send(suspended, place, reason="A last chance.")
    assert sent.headers["location"].startswith("../../../../sellers/s-1/sanctions?recorded=")
    own = words_of(page(suspended, place))
    assert "You proposed it yourself" in own
    assert "<form method=" not in own
    assert "Waiver proposed by ann" in words_of(page(suspended, "sellers/s-1/sanctions"))
    assert "ann has proposed it" in words_of(page(suspended, "sellers/s-1/why"))
    second = send(suspended, place, "bo", reason="I agree.")
    assert second.headers["location"].startswith("../../../../sellers/s-1/sanctions?recorded=")
    assert suspended.standing("s-1")["status"] == "active"
    assert "there is nothing to waive" in page(suspended, place)
    assert page(suspended, "sellers/s-1/sanctions/none/waive", 404)
