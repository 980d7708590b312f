"""A what-if from its form to one seller in both worlds, on the served application."""

import re
import time
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from tests.api.routes.world import World, line, world_of
from tests.conftest import database
from tests.console.pages_asked import send, text

LIMIT = "policy.patch.buckets.points.limit"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def module_dsn(postgres: str, template: str) -> Iterator[str]:
    """The DSN of a migrated database that only this module knows."""
    with database(postgres, template) as (_, made):
        yield made


@pytest.fixture(scope="module")
def world(module_dsn: str) -> Iterator[World]:
    """Six sellers, four of whom have 36 points."""
    with world_of(module_dsn) as made:
        made.batch(
            *(
                line(f"s-{seller}", f"v-{seller}-{number}", rule="false-delivery")
                for seller in range(6)
                for number in range(3 if seller < 4 else 1)
            )
        )
        yield made


@pytest.fixture(scope="module")
def run(world: World) -> str:
    """A run of a form, to its end."""
    untouched = dict.fromkeys(("policy.applies", "policy.pack", "policy.patch", "to"), "")
    told = {"do": "run", "name": f"36? {SCRIPT}", LIMIT: "36"} | untouched
    answer = send(world, "what-if/new", **told)
    assert answer.status_code == 303, answer.text
    place = answer.headers["location"].removeprefix("../")
    until = time.monotonic() + 120
    while "hx-refresh" not in (page := world.client.get(f"/console/{place}/progress")).headers:
        assert time.monotonic() < until
        assert page.status_code == 200
        assert "hx-get" in page.text
        time.sleep(0.1)
    return place


def test_the_result_says_what_differs(world: World, run: str) -> None:
    page = text(world, run)
    for said in ("Newly suspended", "(buckets.points.limit = 36)", "s-3"):
        assert said in page
    assert page.count('data-chart="compared"') >= 3
    assert SCRIPT not in world.client.get(f"/console/{run}").text
    assert "s-1" in text(world, f"{run}?suspended=newly&q=s-1")
    assert "No seller that differs is like that" in text(world, f"{run}?suspended=spared")
    text(world, f"{run}?suspended=sideways", 422)


def test_a_seller_stands_side_by_side(world: World, run: str) -> None:
    page = text(world, f"{run}/sellers/s-2")
    for said in ("In the scenario", "points-36", "v-2-2", 'data-chart="worlds"'):
        assert said in page
    # At 36 points the scenario suspends, and withholds the money that the other world pays out.
    assert "freezes" in page
    withheld = re.findall(r"<dt>Money withheld</dt><dd>([^<]+) days in all, which differs", page)
    assert len(withheld) == 2
    assert withheld[0] != withheld[1]
    assert "Both worlds say the same of it." in text(world, f"{run}/sellers/s-5")
    text(world, f"{run}/sellers/nobody", 404)


def test_runs_are_listed_and_asked_anew(world: World, run: str) -> None:
    name = run.rpartition("/")[2]
    page = text(world, "what-if?state=done")
    assert f"what-if/new?like={name}" in page
    assert "of 6" in page
    assert f'name="{LIMIT}" value="36"' in text(world, f"what-if/new?like={name}")


@pytest.mark.parametrize(("file", "kind"), [("result.json", "json"), ("report.html", "html")])
def test_what_a_run_left_is_handed_on(world: World, run: str, file: str, kind: str) -> None:
    answer = world.client.get(f"/console/{run}/files/{file}")
    assert answer.status_code == 200
    assert kind in answer.headers["content-type"]
    assert world.client.get(f"/console/{run}/files/passwords").status_code == 404


def test_sellers_are_a_file(world: World, run: str) -> None:
    answer = world.client.get(f"/console/download/parquet/{run}/sellers")
    assert answer.content[:4] == b"PAR1"


def test_a_run_is_cancelled(world: World, run: str) -> None:
    both = [send(world, "what-if/new", do="run", name="in vain", key="k") for _ in range(2)]
    answer, again = both
    assert again.headers["location"] == answer.headers["location"]
    place = answer.headers["location"].removeprefix("../")
    assert send(world, f"{place}/cancel").status_code == 303
    assert world.get(f"/v1/{place}")["state"] in ("cancelled", "done")
    assert send(world, "what-if/nothing/cancel").status_code == 404


MISTAKEN: list[tuple[dict[str, str], str]] = [
    ({"name": ""}, "name"),
    ({LIMIT: "many"}, LIMIT),
    ({LIMIT: "0"}, LIMIT),
    ({LIMIT: "9" * 4000}, LIMIT),
    ({"from": "yesterday"}, "from"),
    ({"from": "2026-03-01", "to": "2026-02-01"}, "from"),
    ({"known_at": "9999-01-01"}, "known_at"),
    ({"facts.leave_out[0].rule": "weapon"}, "facts.leave_out[0].rule"),
    ({"facts.change[0].set.points": "5"}, "facts.change[0].where"),
    ({"facts.add[0].seller_id": "a b", "facts.add[0].rule": "weapons"}, "facts.add[0].seller_id"),
    ({"population.appeal": "eternal"}, "population.appeal"),
    ({"policy.patch": "buckets.none.limit = 3"}, "policy.patch.buckets.none.limit"),
    ({"policy.patch": "no sense"}, "policy.patch.no sense"),
    ({"policy.pack": "other@1"}, "policy.pack"),
    ({"policy.pack.draft": "name = "}, "policy.pack.draft.the pack"),
    ({"policy.pack.draft": 'name = "x"'}, "policy.pack.draft.edition"),
]


@pytest.mark.parametrize("do", ["check", "run"])
@pytest.mark.parametrize(("fields", "where"), MISTAKEN, ids=[where for _, where in MISTAKEN])
def test_mistakes_are_told_at_their_fields(
    world: World, do: str, fields: dict[str, str], where: str
) -> None:
    told: dict[str, Any] = {"do": do, "name": "n", "about": SCRIPT} | fields
    answer = send(world, "what-if/new", **told)
    assert answer.status_code == 422, answer.text
    page = unescape(answer.text)
    assert f"<code>{where}</code>" in page
    assert SCRIPT not in answer.text
    for value in told.values():
        assert value.strip() in page


def test_all_mistakes_are_told_at_once(world: World) -> None:
    fields = {"from": "then", "facts.leave_out[0].rule": "weapon", LIMIT: "few"}
    page = unescape(send(world, "what-if/new", do="check", name="n", **fields).text)
    for where in fields:
        assert f"<code>{where}</code>" in page
        assert f'id="{where}-wrong"' in page


def test_a_check_shows_it_as_text_and_the_text_fills_the_form(world: World) -> None:
    fields = {
        "name": "twice", "from": "2026-01-01", LIMIT: "12",
        "facts.leave_out[0].rule": "weapons, seeds",
        "facts.leave_out[0].appeal": "none",
        "facts.leave_out[1].rule": "",
        "facts.change[0].where.seller": "s-1",
        "facts.change[0].set.points": "3",
    }  # fmt: skip
    page = unescape(send(world, "what-if/new", do="check", **fields).text)
    assert "This can be run." in page
    assert "facts.leave_out[1]" not in page
    toml = page.partition('as TOML">')[2].partition("</pre>")[0]
    again = unescape(send(world, "what-if/new", do="read", text=toml).text)
    assert 'value="2026-01-01T00:00:00.000000Z"' in again
    assert 'value="seeds, weapons"' in again
    assert f'name="{LIMIT}" value="12"' in again


@pytest.mark.parametrize("text", ["", "name =", "{", '{"name": "x", "names": 1}', "x" * 300_000])
@pytest.mark.parametrize("do", ["read", "run-text"])
def test_a_text_that_is_no_scenario(world: World, do: str, text: str) -> None:
    answer = send(world, "what-if/new", do=do, text=text, name="kept")
    assert answer.status_code in (413, 422)
    assert 'value="kept"' in answer.text


def test_blocks_come_and_go(world: World) -> None:
    page = send(world, "what-if/new", do="add change", name="kept").text
    assert 'name="facts.change[0].set.points"' in page
    fields = {"facts.leave_out[0].rule": "seeds", "facts.leave_out[1].rule": "weapons"}
    page = send(world, "what-if/new", do="drop leave_out 0", **fields).text
    assert 'name="facts.leave_out[0].rule" value="weapons"' in page
    assert "facts.leave_out[1]" not in page


@pytest.mark.parametrize("do", ["drop leave_out x", "drop", "add nothing", "fly", ""])
def test_a_forged_wish_does_nothing(world: World, do: str) -> None:
    assert send(world, "what-if/new", do=do, name="n").status_code == 200


@pytest.mark.parametrize("place", ["what-if/nothing", "what-if/new?like=nothing"])
def test_a_run_that_is_not_there(world: World, place: str) -> None:
    assert "GET /v1/what-if" in text(world, place, 404)
