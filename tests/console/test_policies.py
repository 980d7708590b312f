"""Policies as pages: the book, a pack at an instant, editions compared, drafts."""

from collections.abc import Iterator
from html import unescape

import pytest

from api.console import asking
from ledger.policy.shipped import load_pack
from tests.api.routes.world import World, world_of
from tests.conftest import database
from tests.console.pages_asked import send, text

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def world(postgres: str, template: str) -> Iterator[World]:
    """A ledger with the shipped packs."""
    with database(postgres, template) as (_, made), world_of(made) as found:
        yield found


def draft(**words: str) -> str:
    told = load_pack("aliexpress").replace("2020-01-01", "2027-01-01")
    for before, after in words.items():
        told = told.replace(before, after)
    return told


def test_the_book_holds_every_edition(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "_MOST", 1)
    page = text(world, "policies")
    for said in (
        "aliexpress-ladder",
        "this ledger decides by it",
        'data-chart="book"',
        "decides now",
        "for what-ifs",
    ):
        assert said in page


@pytest.mark.parametrize("asked", ["", "@2020-01-01", "?at=2024-02-29"])
def test_a_pack_says_every_number_with_its_source(world: World, asked: str) -> None:
    page = text(world, f"policies/aliexpress{asked}")
    for said in ("004 Q65; the commission", "false-delivery", "Windows of appeals", "#source-0"):
        assert said in page


@pytest.mark.parametrize(
    ("place", "status"),
    [
        ("alibaba", 404),
        ("aliexpress?at=2019-01-01", 409),
        ("aliexpress?at=soon", 422),
        ("aliexpress/differences?from=never", 422),
        ("aliexpress/differences?from=other@1", 404),
        ("alibaba/draft", 404),
    ],
)
def test_what_is_not_there_is_answered_kindly(world: World, place: str, status: int) -> None:
    assert 'role="alert"' in text(world, f"policies/{place}", status)


def test_editions_are_compared_in_words(world: World) -> None:
    page = text(world, "policies/aliexpress/differences?from=aliexpress-ladder@2020-01-01")
    assert "The threshold of the milestone warning of the bucket points is gone; it was 2." in page

    alone = text(world, "policies/aliexpress/differences")
    assert "one edition of aliexpress only" in alone
    assert "From aliexpress@2020-01-01 to aliexpress@2020-01-01" not in alone
    assert "from aliexpress@2020-01-01 to aliexpress-ladder@2020-01-01" in alone.lower()


def test_a_draft_begins_with_what_is_in_force_and_is_checked(world: World) -> None:
    assert 'name = "aliexpress"' in text(world, "policies/aliexpress/draft")
    begun = text(world, "policies/aliexpress/draft")
    assert "2020-01-01" not in begun
    late = send(world, "policies/aliexpress/draft", draft=draft(**{"2027-": "2021-"}))
    assert "could not be published" in late.text
    told = draft(**{"limit = { value = 48": "limit = { value = 36"})
    answer = send(world, "policies/aliexpress/draft", draft=told)
    assert answer.status_code == 200, answer.text
    page = unescape(answer.text)
    assert "The limit of suspension of the bucket points falls from 48 to 36." in page
    asked = send(world, "what-if/new", do="open", **{"name": "i", "policy.pack.draft": told})
    assert "value = 36" in unescape(asked.text)
    checked = send(world, "what-if/new", do="check", **{"name": "i", "policy.pack.draft": told})
    assert "The policy is the draft aliexpress@2027-01-01, throughout." in unescape(checked.text)


@pytest.mark.parametrize(
    "told", ["", "name =", SCRIPT, "x" * 200_000, draft(points_max="points_most")]
)
def test_a_draft_that_is_none_is_kept(world: World, told: str) -> None:
    answer = send(world, "policies/aliexpress/draft", draft=told)
    assert answer.status_code == 422
    assert told[:100].strip() in unescape(answer.text)
    assert SCRIPT not in answer.text


def test_a_pack_that_is_still_to_come_stands_in_the_book(world: World) -> None:
    told = draft(**{'name = "aliexpress"': 'name = "winter"'})
    kind = {"Content-Type": "application/toml"}
    answer = world.client.post("/v1/policies", content=told, headers=kind)
    assert answer.status_code == 200, answer.text
    assert "winter" in text(world, "policies")
    assert 'role="alert"' in text(world, "policies/winter", 409)
    assert "2027-01-01" in text(world, "policies/winter@2027-01-01")
