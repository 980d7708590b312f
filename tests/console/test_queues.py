"""Queues begin with what waits; whoever asks for everything gets it, page after page."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urljoin

import pytest

from api.console.pages import queues
from api.console.pages.seller import cases
from tests.api.routes.world import World, world_of
from tests.console.sent import look


@pytest.fixture
def answered(dsn: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Of two appeals of a seller one is rejected and one waits; pages hold one."""
    monkeypatch.setattr(queues, "_ROWS", 1)
    monkeypatch.setattr(cases, "_ROWS", 1)
    with world_of(dsn, clock="test") as world:
        assert world.move("2026-01-01T00:00:00Z").status_code == 200
        for violation_id in ("v-1", "v-2"):
            world.record("s-1", violation_id, "weapons")
            path = f"/v1/sellers/s-1/violations/{violation_id}/appeals"
            filing = {"reason": "It is for vegetables.", "filed_by": "shop"}
            assert world.client.post(path, json=filing).status_code == 201
        path = "/v1/sellers/s-1/violations/v-1/appeals/1/decision"
        decision = {"outcome": "rejected", "reviewer": "ana", "reasons": "A weapon."}
        assert world.client.post(path, json=decision).status_code == 200
        yield world


def follow(world: World, page: str, said: str) -> str:
    """The page behind a link, by what the link says."""
    found = re.search(rf'href="([^"]+)"[^>]*>{said}</a>', page)
    assert found, f"no link says {said}"
    answer = world.client.get(urljoin("/console/appeals", unescape(found[1])))
    assert answer.status_code == 200
    return answer.text


def test_every_page_of_an_unfiltered_list_is_unfiltered(answered: World) -> None:
    first = look(answered, "appeals", status="")
    second = follow(answered, first, "Next page")
    assert "v-1" in first
    assert "v-2" in second
    assert "v-1" in follow(answered, second, "First page")


def test_all_appeals_of_a_seller_are_not_only_those_that_wait(answered: World) -> None:
    page = look(answered, "sellers/s-1/cases").replace('"../../', '"./')
    assert "v-1" in follow(answered, page, "All appeals of this seller")


def test_a_file_comes_with_each_header_once(answered: World) -> None:
    for place in ("download/csv/sellers", "log/facts/seller-s-1.1/leaf"):
        names = [name for name, _ in answered.client.get(f"/console/{place}").headers.multi_items()]
        assert len(names) == len(set(names))
        assert {"cross-origin-resource-policy", "x-frame-options", "x-request-id"} <= set(names)
