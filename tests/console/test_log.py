"""The log in the console: newest first, followed, searched; a fact with what proves it."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from api.console.asking import Asking
from ledger.proof.leaves import Leaf
from projections.tree.leaves import leaf_of
from tests.api.routes.promoting import campaign
from tests.api.routes.world import World, sign_all, world_of
from tests.conftest import database
from tests.console.reading import PageRead, assert_nothing_runs, read

LOG = "/console/log"
SCRIPT = "<script>alert(1)</script>"
FILTERS: list[dict[str, str]] = [
    {"kind": "violation-recorded"},
    {"kind": "sensitive-record-read"},
    {"seller_id": "s-1"},
    {"actor": "ann"},
    {"from": "2026-01-03T00:00:00Z"},
    {"to": "2026-01-03T00:00:00Z"},
    {"rule": "weapons"},
    {"listing_id": "l-1"},
    {"violation_id": "v-1", "seller_id": "s-1"},
    {"dispute_id": "d-1"},
    {"report_id": "r-1"},
    {"campaign_id": "winter"},
    {"correlation_id": "matter-1"},
    {"caused_by": "seller-s-1.1"},
    {"actor": "svc", "kind": "violation-recorded", "sort": "recorded"},
]


def lived(world: World) -> None:
    """A knife in a shop, told with words that would like to run; taken back two days later."""
    assert world.move("2026-01-02T00:00:00Z").status_code == 200
    matter = {"Correlation-Id": "matter-1"}
    for number in range(1, 4):
        told = world.record("s-1", f"v-{number}", listing_id=f"l-{number}", statement=SCRIPT,
                            evidence=[SCRIPT], headers=matter)  # fmt: skip
        assert told.status_code == 201, told.text
    assert world.record("s-2", "v-1", rule="seeds").status_code == 201
    sale = campaign() | {"name": SCRIPT}
    assert world.client.post("/v1/campaigns", json=sale).status_code == 201
    assert world.move("2026-01-04T00:00:00Z").status_code == 200
    assert world.annul("s-1", "v-3", reason=SCRIPT).status_code == 200


@pytest.fixture(scope="module")
def market(
    postgres: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with database(postgres, template) as (_, dsn), world_of(dsn, clock="test") as world:
        lived(world)
        sign_all(world, tmp_path_factory.mktemp("keys"))
        yield world


@pytest.fixture
def place(dsn: str, tmp_path: Path) -> Iterator[tuple[World, Path]]:
    """One that a test may write to, and where its log's key lies."""
    with world_of(dsn, clock="test") as world:
        lived(world)
        yield world, tmp_path


def facts_of(world: World, **wanted: str) -> list[dict[str, Any]]:
    asked = {"sort": "-recorded"} | wanted
    return world.get("/v1/facts", **asked, limit=1000)["facts"]


def positions(page: PageRead) -> list[str]:
    return page.firsts()


@pytest.mark.parametrize("wanted", FILTERS, ids=str)
def test_every_filter_works_and_is_kept_in_links(
    market: World, wanted: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.console.pages.log._ROWS", 2)
    expected = [fact["position"] for fact in facts_of(market, **wanted)]
    page = read(market.client, LOG, **wanted)
    found = positions(page)
    for name, value in wanted.items():
        assert page.fields[name] == value
    while page.has_link("Next page"):
        page = read(market.client, page.link("Next page"))
        assert wanted.items() <= {n: v[-1] for n, v in query_of(page).items()}.items()
        found += positions(page)
    assert found == expected
    if expected:
        rows = csv.DictReader(io.StringIO(market.client.get(page.link("CSV")).text))
        assert [row["position"] for row in rows] == expected
    assert_nothing_runs(page)


def query_of(page: PageRead) -> dict[str, list[str]]:
    return parse_qs(urlsplit(str(page.answer.url)).query)


def test_a_day_is_its_first_instant(market: World) -> None:
    day = read(market.client, LOG, **{"from": "2026-01-03"})
    instant = read(market.client, LOG, **{"from": "2026-01-03T00:00:00Z"})
    assert positions(day) == positions(instant) != []
    assert day.fields["from"] == "2026-01-03T00:00:00Z"
    assert market.client.get(day.link("CSV")).status_code == 200


@pytest.mark.parametrize(("bad", "said"), [
    ({"kind": "nothing-such"}, "violation-recorded"),
    ({"from": "tomorrow"}, "from"),
    ({"violation_id": "v-9"}, "whose is not said"),
    ({"caused_by": SCRIPT}, "caused_by"),
    ({"page_token": "stale"}, "begin with the first page"),
    ({"sort": "sideways"}, "sort"),
    ({"nonsense": SCRIPT}, "nonsense"),
])  # fmt: skip
def test_an_address_edited_by_hand_is_answered_on_the_page(
    market: World, bad: dict[str, str], said: str
) -> None:
    page = read(market.client, LOG, actor="ann", **bad)
    assert page.status == 422
    assert said in page.words
    assert page.fields["actor"] == "ann"
    assert SCRIPT not in page.answer.text
    assert_nothing_runs(page)


def test_nothing_found_says_what_to_do(market: World) -> None:
    assert "Take a filter away" in read(market.client, LOG, actor="nobody").words


def test_what_is_signed_is_told(market: World) -> None:
    page = read(market.client, LOG)
    note = market.client.get("/v1/log/checkpoint").text.split("\n")
    assert f"{int(note[1]):,} facts are signed" in page.words
    assert note[0] in page.words
    assert note[2] in page.words


def test_a_page_that_follows_is_told_what_is_new_and_reads_nothing_while_nothing_is(
    place: tuple[World, Path],
) -> None:
    world, _ = place
    page = read(world.client, LOG, actor="svc")
    (follow,) = [told for _, told in page.tags if "data-follow" in told]
    address = f"/console/{follow['data-follow'].removeprefix('./')}"
    reads = len(world.get("/v1/audit/reads", what="facts", limit=1000)["reads"])
    waiting = world.client.get(address, params={"actor": "svc", "after": follow["data-after"]})
    assert waiting.status_code == 204
    assert len(world.get("/v1/audit/reads", what="facts", limit=1000)["reads"]) == reads
    world.record("s-3", "v-1")
    world.record("s-3", "v-2", reported_by="other")
    told = read(world.client, address, actor="svc", after=follow["data-after"])
    assert [row[2].strip() for row in told.rows] == ["s-3"]
    (behind,) = told.attributes("tbody", "data-after")
    assert world.client.get(address, params={"after": behind}).status_code == 204


def test_only_the_newest_are_followed(market: World) -> None:
    for query in ({"sort": "recorded"}, {"to": "2026-01-03"}):
        page = read(market.client, LOG, **query)
        assert page.status == 200
        assert not page.attributes("p", "data-follow")
    assert read(market.client, LOG).attributes("p", "data-follow")


def test_every_fact_has_a_page_on_which_no_word_runs(market: World) -> None:
    told = facts_of(market)
    assert {"campaign-announced.v1", "violation-annulled.v1"} <= {fact["kind"] for fact in told}
    for fact in told:
        page = read(market.client, f"{LOG}/facts/{fact['fact_id']}")
        assert page.status == 200
        for said in (fact["fact_id"], fact["kind"], fact["actor"]):
            assert said in page.words
        assert SCRIPT not in page.answer.text
        assert_nothing_runs(page)


def test_a_name_that_would_like_to_run_is_shown_as_it_was_written(market: World) -> None:
    (fact,) = facts_of(market, kind="campaign-announced")
    assert SCRIPT in read(market.client, f"{LOG}/facts/{fact['fact_id']}").words


def test_causes_and_effects_are_links(market: World) -> None:
    (fact,) = facts_of(market, kind="sanction-imposed")
    page = read(market.client, f"{LOG}/facts/{fact['fact_id']}")
    cause = read(market.client, page.link("violation recorded"))
    assert fact["caused_by"] in cause.words
    effects = market.get(f"/v1/facts/{fact['caused_by']}/effects")["facts"]
    for effect in effects:
        kind = effect["kind"].partition(".")[0].replace("-", " ")
        assert cause.has_link(kind)


def test_a_proof_is_shown_downloaded_and_checked(market: World) -> None:
    (fact,) = facts_of(market, kind="sanction-imposed")
    fact_id = fact["fact_id"]
    page = read(market.client, f"{LOG}/facts/{fact_id}")
    assert f"index {int(fact['position']) - 1:,}" in page.words
    for link, what in (("Download proof", "proof"), ("Download leaf", "leaf")):
        file = market.client.get(page.link(link))
        assert file.content == market.client.get(f"/v1/facts/{fact_id}/{what}").content
    checked = read(market.client, f"{LOG}/facts/{fact_id}", check="now")
    assert "It holds" in checked.words
    assert "The log only grew" in checked.words


def test_a_leaf_that_was_changed_does_not_hold(
    market: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed(stored: Any) -> Leaf:
        return leaf_of(stored)._replace(state=b"{}")

    monkeypatch.setattr("api.routes.proof.leaf_of", changed)
    page = read(market.client, f"{LOG}/facts/seller-s-1.1", check="now")
    assert page.status == 200
    assert "It does not hold" in page.words
    assert "seller-ledger verify" in page.words


def test_a_leaf_of_another_fact_does_not_hold(
    market: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = "/v1/facts/seller-s-1.2"
    other = {name: market.client.get(f"{answered}/{name}").content for name in ("proof", "leaf")}

    class Swapped:
        def __init__(self, body: bytes) -> None:
            self.body = body

    async def answer(self: Any, method: str, path: str, *rest: Any) -> Any:
        name = path.rpartition("/")[2]
        if name in other:
            return Swapped(other[name])
        return await honest(self, method, path, *rest)

    honest = Asking.answer
    monkeypatch.setattr(Asking, "answer", answer)
    page = read(market.client, f"{LOG}/facts/seller-s-1.1", check="now")
    assert "It does not hold" in page.words
    assert "not this fact" in page.words


def test_a_fact_that_no_checkpoint_holds_yet_is_told_kindly(place: tuple[World, Path]) -> None:
    world, keys = place
    for _ in range(2):
        page = read(world.client, f"{LOG}/facts/seller-s-1.1", check="now")
        assert page.status == 200
        assert "No checkpoint holds this fact yet" in page.words
        assert "Not checked" in page.words
        assert read(world.client, LOG).status == 200
    sign_all(world, keys)
    assert "index" in read(world.client, page.link("Look again")).words


@pytest.mark.parametrize("fact_id", ["nothing", "seller-s-1.999", SCRIPT.replace("/", "")])
def test_a_fact_that_is_not_there_has_a_page_that_says_so(market: World, fact_id: str) -> None:
    page = read(market.client, f"{LOG}/facts/{fact_id}")
    assert page.status == 404
    assert "<script>alert" not in page.answer.text
    assert_nothing_runs(page)


def test_a_fact_has_no_other_files(market: World) -> None:
    assert market.client.get(f"{LOG}/facts/seller-s-1.1/causes").status_code == 422


def test_what_people_wrote_is_not_in_the_log(market: World) -> None:
    for fact in facts_of(market, seller_id="s-1"):
        page = read(market.client, f"{LOG}/facts/{fact['fact_id']}")
        assert "alert(1)" not in page.words
