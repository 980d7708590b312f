"""The list of sellers: its address is the view, and every link keeps it."""

import csv
import io
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.api.routes.marketplace import lived_in
from tests.api.routes.world import World, world_of
from tests.conftest import database
from tests.console.reading import PageRead, assert_nothing_runs, read

LIST = "/console/sellers"
FILTERS: list[dict[str, str]] = [
    {"q": "s-1"},
    {"status": "suspended"},
    {"family": "transaction"},
    {"min_points": "2"},
    {"max_points": "40"},
    {"min_strikes": "1"},
    {"sanction": "suspension"},
    {"freeze": "suspension"},
    {"can_sell": "false"},
    {"can_promote": "true"},
    {"can_withdraw": "false"},
    {"appeals_open": "true"},
    {"appeals_open": "false"},
    {"min_points": "2", "max_points": "60", "can_sell": "true"},
]
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def market(postgres: str, template: str) -> Iterator[World]:
    with (
        database(postgres, template) as (_, dsn),
        world_of(dsn, clock="test", policy="aliexpress-ladder") as world,
    ):
        lived_in(world)
        for seller in ("s-1", "s-2", "s-3"):
            assert world.record(seller, "mine").status_code == 201
        for seller in ("s-1", "s-3"):
            body = {"reason": "It was a spoon.", "filed_by": seller}
            address = f"/v1/sellers/{seller}/violations/mine/appeals"
            assert world.client.post(address, json=body).status_code == 201
        yield world


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.console.pages.sellers._ROWS", 2)


def query_of(address: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(urlsplit(address).query).items()}


def followed(world: World, page: PageRead, link: str) -> PageRead:
    return read(world.client, page.link(link))


@pytest.mark.parametrize("wanted", FILTERS, ids=str)
@pytest.mark.usefixtures("small_pages")
def test_every_filter_works_and_is_kept_in_links(market: World, wanted: dict[str, str]) -> None:
    expected = [row["seller_id"] for row in market.get("/v1/sellers", **wanted)["sellers"]]
    page = read(market.client, LIST, **wanted)
    found = page.firsts()
    for name, value in wanted.items():
        assert page.fields[name] == value
    while page.has_link("Next page"):
        assert wanted.items() <= query_of(page.link("Next page")).items()
        page = followed(market, page, "Next page")
        found += page.firsts()
    assert found == expected
    if expected:
        for link in ("Points", "Strikes", "Next change"):
            assert wanted.items() <= query_of(page.link(link)).items()
        rows = csv.DictReader(io.StringIO(market.client.get(page.link("CSV")).text))
        assert [row["seller_id"] for row in rows] == expected


def test_appeals_that_wait_are_found_and_led_to(market: World) -> None:
    page = read(market.client, LIST, appeals_open="true")
    assert page.firsts() == ["s-1", "s-3"]
    assert query_of(page.link("1 open")) == {"seller_id": "s-1", "status": "filed"}


def test_each_chip_takes_its_filter_away(market: World) -> None:
    page = read(market.client, LIST, min_points="2", can_sell="true", sort="-points")
    assert "may sell: yes" in " ".join(page.words.split())
    less = followed(market, page, "Take away the filter points from")
    assert query_of(str(less.answer.url)) == {"can_sell": "true", "sort": "-points"}
    none = followed(market, page, "Take all away")
    assert query_of(str(none.answer.url)) == {"sort": "-points"}
    assert not none.has_link("Take all away")


def test_a_click_on_a_head_sorts_and_another_turns_round(market: World) -> None:
    page = read(market.client, LIST, can_sell="true")
    assert page.attributes("th", "aria-sort") == ["ascending"]
    down = followed(market, page, "Points")
    assert down.attributes("th", "aria-sort") == ["descending"]
    assert down.fields["sort"] == "-points"
    up = followed(market, down, "Points")
    assert up.attributes("th", "aria-sort") == ["ascending"]
    for shown in (down, up):
        sort = shown.fields["sort"]
        told = market.get("/v1/sellers", can_sell="true", sort=sort)["sellers"]
        assert shown.firsts() == [row["seller_id"] for row in told]


@pytest.mark.usefixtures("small_pages")
def test_one_goes_back_the_way_one_came(market: World) -> None:
    page = read(market.client, LIST, sort="-points")
    assert not page.has_link("Previous page")
    way = [page.firsts()]
    assert f"Sellers 1\u2013{len(way[0])}; more follow." in page.words
    while page.has_link("Next page"):
        page = followed(market, page, "Next page")
        way.append(page.firsts())
    assert len(way) > 3
    before = len(way[0]) * (len(way) - 1)
    assert f"Sellers {before + 1}\u2013{before + len(way[-1])}, the last." in page.words
    for earlier in reversed(way[:-1]):
        page = followed(market, page, "Previous page")
        assert page.firsts() == earlier
    assert query_of(str(page.answer.url)) == {"sort": "-points"}
    assert not page.has_link("Previous page")


@pytest.mark.parametrize("view", ["Suspended now", "Near the limit", "Money frozen",
                                  "Appeals open", "Changes soon"])  # fmt: skip
def test_ready_made_views(market: World, view: str) -> None:
    page = followed(market, read(market.client, LIST), view)
    assert page.status == 200
    assert [link["text"] for link in page.links if "aria-current" in link][-1] == view


def test_a_form_without_scripts_leaves_a_tidy_address(market: World) -> None:
    sent = {"q": "", "status": "suspended", "min_points": "", "sort": "-points"}
    answer = market.client.get(LIST, params=sent, follow_redirects=False)
    assert answer.status_code == 303
    assert query_of(answer.headers["location"]) == {"status": "suspended", "sort": "-points"}


def test_a_script_is_told_the_tidy_address_at_once(market: World) -> None:
    sent = {"q": "", "status": "suspended", "sort": "-points"}
    answer = market.client.get(LIST, params=sent, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert answer.headers["HX-Push-Url"] == "sellers?status=suspended&sort=-points"
    none = market.client.get(LIST, params={"q": ""}, headers={"HX-Request": "true"})
    assert none.headers["HX-Push-Url"] == "sellers"


@pytest.mark.parametrize(("bad", "said"), [
    ({"sort": "foo"}, "sort"),
    ({"min_points": "many"}, "a whole number"),
    ({"status": "asleep"}, "active"),
    ({"page_token": "stale"}, "begin with the first page"),
    ({"pionts": "3"}, "pionts"),
    ({"appeals_open": SCRIPT}, "appeals_open"),
    ({"freeze": SCRIPT}, "freeze"),
    ({"q": SCRIPT}, "q"),
    ({SCRIPT: "1"}, "parameter"),
])  # fmt: skip
def test_an_address_edited_by_hand_is_answered_on_the_page(
    market: World, bad: dict[str, str], said: str
) -> None:
    page = read(market.client, LIST, can_sell="true", **bad)
    assert page.status == 422
    assert said in page.words
    assert page.fields["can_sell"] == "true"
    assert page.has_link("Take away the filter may sell")
    assert SCRIPT not in page.answer.text
    assert_nothing_runs(page)
    if "page_token" in bad:
        assert query_of(page.link("begin with the first page")) == {"can_sell": "true"}


def test_a_token_of_another_view_is_said_to_be_stale(market: World) -> None:
    token = market.get("/v1/sellers", limit=2)["next"]
    page = read(market.client, LIST, status="suspended", page_token=token, page="2")
    assert page.status == 422
    assert followed(market, page, "begin with the first page").status == 200


def test_an_empty_list_says_what_to_do(market: World) -> None:
    assert "Take a filter away" in read(market.client, LIST, q="zzz").words


def test_a_ledger_without_sellers_says_so(dsn: str) -> None:
    with world_of(dsn) as world:
        assert "No sellers yet" in read(world.client, LIST).words


@pytest.mark.parametrize("kind", ["CSV", "NDJSON", "Parquet", "Excel"])
def test_a_view_is_a_file_of_each_kind(market: World, kind: str) -> None:
    page = read(market.client, LIST, can_sell="true", sort="-points")
    answer = market.client.get(page.link(kind))
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")


def test_only_what_was_found_is_swapped(market: World) -> None:
    page = read(market.client, LIST)
    assert page.attributes("form", "hx-select") == page.attributes("form", "hx-target")
    assert page.attributes("div", "id") == ["found"]
    assert_nothing_runs(page)
