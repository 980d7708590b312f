"""What happens between the preview of a decision and its confirmation, and after it."""

from collections.abc import Iterator
from urllib.parse import urljoin

import pytest
from httpx import Response
from starlette.testclient import TestClient

from tests.api.routes.world import World, world_of
from tests.console.people import Desk, hidden
from tests.console.people import send as send_as
from tests.console.sent import called, facts, look, send

PLACE = "appeals/s-1/v-1/1"
DECISION = {"outcome": "upheld", "reasons": "No weapon.", "step": "preview"}


@pytest.fixture
def appealed(dsn: str) -> Iterator[World]:
    """One knife, and an appeal against it."""
    with world_of(dsn, clock="test") as world:
        assert world.move("2026-01-01T00:00:00Z").status_code == 200
        world.record("s-1", "v-1", "weapons")
        filing = {"reason": "It is for vegetables.", "filed_by": "shop"}
        path = "/v1/sellers/s-1/violations/v-1/appeals"
        assert world.client.post(path, json=filing).status_code == 201
        called(world, "ana")
        yield world


def test_another_effect_than_the_one_seen_is_shown_before_it_is_recorded(appealed: World) -> None:
    shown = send(appealed, PLACE, look(appealed, PLACE), "decision", **DECISION)
    appealed.record("s-1", "v-2", "weapons")
    before = facts(appealed)
    late = send(appealed, PLACE, shown.text, "decision", step="confirm")
    assert late.status_code == 409
    assert "no longer the one that you saw" in late.text
    assert "No weapon." in late.text
    assert "Lifted:" in late.text
    assert facts(appealed) == before
    done = send(appealed, PLACE, late.text, "decision", step="confirm")
    assert done.status_code == 303
    again = send(appealed, PLACE, late.text, "decision", step="confirm")
    assert again.headers["location"] == done.headers["location"]


def test_what_changes_nothing_of_the_effect_keeps_nobody_waiting(appealed: World) -> None:
    shown = send(appealed, PLACE, look(appealed, PLACE), "decision", **DECISION)
    appealed.record("s-2", "v-2", "weapons")
    assert appealed.move("2026-01-01T05:00:00Z").status_code == 200
    assert send(appealed, PLACE, shown.text, "decision", step="confirm").status_code == 303


def test_that_it_was_decided_meanwhile_is_told_and_not_foreseen(appealed: World) -> None:
    shown = send(appealed, PLACE, look(appealed, PLACE), "decision", **DECISION)
    other = {"outcome": "rejected", "reviewer": "bo", "reasons": "A knife."}
    path = "/v1/sellers/s-1/violations/v-1/appeals/1/decision"
    assert appealed.client.post(path, json=other).status_code == 200
    late = send(appealed, PLACE, shown.text, "decision", step="confirm")
    assert late.status_code == 409
    assert "What you had written" in late.text


def test_who_records_and_may_not_read_is_told_that_it_is_recorded(desk: Desk) -> None:
    client = desk.signed_in("platform")
    place = "/console/sellers/s-7/record-violation"
    told = {"violation_id": "v-1", "rule": "seeds", "source": "inspection", "statement": "Seeds."}
    key = hidden(client.get(place).text)["key"]
    done = send_as(client, place, key=key, step="confirm", **told)
    assert done.status_code == 303
    assert "Done, and recorded" in _at(client, place, done)
    place = "/console/sellers/s-7/violations/v-1/annul"
    key = hidden(client.get(place).text)["key"]
    done = send_as(client, place, key=key, step="confirm", reason="No seeds.")
    assert done.status_code == 303
    assert "Done, and recorded" in _at(client, place, done)


def _at(client: TestClient, place: str, done: Response) -> str:
    page = client.get(urljoin(f"http://127.0.0.1{place}", done.headers["location"]))
    assert page.status_code == 200
    return page.text
