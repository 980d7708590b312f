"""The pages about a seller: what they say, and what they make of a mistake."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from api.console.pages.seller import overview
from api.console.pages.seller.ladders import ladders_of
from api.console.pages.seller.moment import completed, moved, steps
from api.console.pages.seller.timeline import GROUPS
from tests.api.routes.world import World, world_of

NAME = "ledger-name"


@pytest.fixture
def world(dsn: str) -> Iterator[World]:
    """On the sandbox's clock, at the beginning of 2026."""
    with world_of(dsn, clock="test") as world:
        assert world.move("2026-01-01T00:00:00Z").status_code == 200
        yield world


@pytest.fixture
def suspended(world: World) -> World:
    """A seller with two violations, the second dated back; by March it is suspended."""
    world.record("s-1", "v-1", listing_id="l-1")
    world.move("2026-02-01T00:00:00Z")
    world.record("s-1", "v-2", effective_at="2026-01-15T00:00:00Z")
    world.move("2026-03-01T00:00:00Z")
    return world


def page(world: World, place: str, status: int = 200) -> str:
    answer = world.client.get(f"/console/{place}")
    assert answer.status_code == status, answer.text
    return answer.text


def words_of(text: str) -> str:
    """What a page says, without its elements."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", text))


def send(world: World, place: str, name: str | None = "ann", **typed: str) -> Any:
    """Open a form, fill it in, confirm it."""
    world.client.cookies.clear()
    if name is not None:
        world.client.cookies.set(NAME, name)
    shown = world.client.get(f"/console/{place}").text
    hidden = dict(re.findall(r'name="(token|key)" value="([^"]*)"', shown))
    typed = {"step": "confirm"} | hidden | typed
    return world.client.post(f"/console/{place}", data=typed, follow_redirects=False)


def test_at_a_glance(suspended: World) -> None:
    told = words_of(page(suspended, "sellers/s-1"))
    for wanted in ("may not sell", "may not promote", "may not withdraw", "48 of 48", "0 of 3",
                   "3 more: suspension", "without end", "because of v-2 (weapons)",
                   "money withheld for suspension", "aliexpress@2020-01-01"):  # fmt: skip
        assert wanted in told


def test_a_seller_nobody_ever_told_of_is_clean_and_the_page_says_so(world: World) -> None:
    told = words_of(page(world, "sellers/nobody"))
    assert "Nobody has ever told anything of this seller" in told
    assert "may sell" in told
    assert "Nobody has ever told anything" in words_of(page(world, "sellers/nobody/records"))


def test_the_chart_says_what_the_history_says(suspended: World) -> None:
    text = page(suspended, "sellers/s-1")
    found = re.search(r'id="standing-data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    data = json.loads(found[1])
    points, strikes = data["buckets"]
    assert [value for _, value in points["line"]] == [0, 24, 48, 24, 0]
    assert [value for _, value in strikes["line"]] == [0]
    assert [(step["name"], step["href"]) for step in points["steps"]] == [
        ("v-1", "../sellers/s-1/violations/v-1"),
        ("v-2", "../sellers/s-1/violations/v-2"),
    ]
    assert [band["name"] for band in data["sanctions"] + data["freezes"]] == ["suspension"] * 2
    assert [rung["threshold"] for rung in points["rungs"]] == [48]
    assert words_of(text).count("counts +24") == 2


def test_what_was_believed_then_stands_beside_what_is_known_now(suspended: World) -> None:
    then = "as_of=2026-01-20&known_at=2026-01-20"
    text = page(suspended, f"sellers/s-1?{then}")
    assert "This is not now" in text
    assert re.search(r'class="differs"><th scope="row">Points</th><td>24</td><td>48', text)
    between = text[text.index("Recorded in between") :]
    assert "violation recorded" in between
    assert "effective" in between
    # The standing on top is the one that the address asks for.
    assert "24 of 48" in words_of(text)
    assert "48 of 48" in words_of(page(suspended, "sellers/s-1?as_of=2026-02-01"))
    unchanged = page(suspended, "sellers/s-1?as_of=2026-01-02&known_at=2026-02-20")
    assert "Nothing was learnt since" in unchanged


def test_of_a_busy_seller_the_newest_changes_are_drawn(
    suspended: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "_CHANGES", 4)
    text = page(suspended, "sellers/s-1")
    assert "45 days back" in text
    assert "More changed before" in text
    data = json.loads(text.partition('id="standing-data">')[2].partition("</script>")[0])
    assert data["from"] == "2026-01-15T00:00:00.000000Z"
    assert data["to"] > "2027"
    monkeypatch.setattr(overview, "_CHANGES", 1)
    cut = page(suspended, "sellers/s-1")
    assert "Only the first changes are drawn" in cut
    data = json.loads(cut.partition('id="standing-data">')[2].partition("</script>")[0])
    # Nothing is drawn of the time behind the cut, the release of the funds.
    assert data["to"] == "2026-07-31T00:00:00.000000Z"


def test_what_is_open_now_is_not_told_of_then(suspended: World) -> None:
    place = "/v1/sellers/s-1/legal-holds"
    hold = {"hold_id": "h-1", "reason": "A court asks.", "placed_by": "ann"}
    assert suspended.client.post(place, json=hold).status_code < 300
    assert "legal hold" in page(suspended, "sellers/s-1")
    assert "legal hold" not in page(suspended, "sellers/s-1?as_of=2026-01-20")


def test_steps_lead_from_change_to_change(suspended: World) -> None:
    text = page(suspended, "sellers/s-1?as_of=2026-01-20")
    assert re.search(r'rel="prev" href="\?as_of=2026-01-15T00%3A00%3A00\.000000Z"', text)
    assert re.search(r'rel="next" href="\?as_of=2026-02-01T00%3A00%3A00\.000000Z"', text)
    ahead = page(suspended, "sellers/s-1?as_of=2026-12-01")
    assert "This lies ahead" in ahead
    assert "may withdraw" in words_of(ahead)


@pytest.mark.parametrize(
    ("words", "status", "wrong"),
    [
        ({"as_of": "<script>alert(1)</script>"}, 422, "is not an instant"),
        ({"as_of": "2026-13-45"}, 422, "is not an instant"),
        ({"as_of": "2019-05-01"}, 409, "No edition of aliexpress is in force"),
        ({"known_at": "2031-01-01"}, 422, "lies in the future"),
        ({"known_at": "2019-01-01"}, 409, "had been published"),
    ],
)
def test_an_instant_that_cannot_be_is_told_with_the_form_kept(
    suspended: World, words: dict[str, str], status: int, wrong: str
) -> None:
    answer = suspended.client.get("/console/sellers/s-1", params=words)
    assert answer.status_code == status
    assert wrong in answer.text
    (name, typed) = next(iter(words.items()))
    assert re.search(rf'name="{name}" value="[^"]+"[^>]*aria-invalid="true"', answer.text)
    assert "<script>alert" not in answer.text
    assert typed.startswith("<") or typed in answer.text
    for tab in ("why", "reputation"):
        moved_on = suspended.client.get(f"/console/sellers/s-1/{tab}", params=words)
        assert moved_on.status_code == status, "it leads to where the instant can be put right"


def test_before_the_first_fact_the_seller_was_clean(suspended: World) -> None:
    told = words_of(page(suspended, "sellers/s-1?as_of=2021-01-01&known_at=2021-01-01"))
    assert "0 of 48" in told
    assert "may sell" in told


def test_every_point_is_explained(suspended: World) -> None:
    text = page(suspended, "sellers/s-1/why")
    told = words_of(text)
    assert told.count("points would be 24, and the seller active; lifted: sanction-3") == 2
    assert "annulling v-1, alone" in told
    assert "a waiver by two people" in told
    assert 'href="../../policies/aliexpress%402020-01-01"' in text


def test_a_violations_page_holds_everything_about_it(suspended: World) -> None:
    text = page(suspended, "sellers/s-1/violations/v-2")
    assert "dated back" in text
    for kind in ("violation recorded", "sanction imposed", "funds frozen"):
        assert kind in text
    assert 'href="../../../log/facts/seller-s-1.2"' in text
    assert page(suspended, "sellers/s-1/violations/none-such", 404)


def test_filters_that_cannot_be_read_are_told_on_the_list(suspended: World) -> None:
    for place in ("sellers/s-1/violations?status=odd", "sellers/s-1/timeline?kind=odd",
                  "sellers/s-1/timeline?from=odd"):  # fmt: skip
        assert 'role="alert"' in page(suspended, place, 422)
    assert "No violation is like that" in page(suspended, "sellers/s-1/violations?status=expired")
    assert "no page" not in page(suspended, "sellers/a%20b", 422)


def test_every_kind_offered_is_a_kind_of_fact(world: World) -> None:
    for group in GROUPS:
        assert "No fact is like that" in page(world, f"sellers/s-1/timeline?of={group}")


def test_script_in_every_text_is_shown_as_text(world: World) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    world.record("s-1", "v-1", statement=evil)
    appeal = {"reason": evil, "filed_by": "s-1", "evidence": [evil]}
    address = "/v1/sellers/s-1/violations/v-1/appeals"
    assert world.client.post(address, json=appeal).status_code == 201
    hold = {"hold_id": "h-1", "reason": evil, "placed_by": "desk"}
    assert world.client.post("/v1/sellers/s-1/legal-holds", json=hold).status_code == 200
    for place in ("violations/v-1", "records", "timeline?of=everything", "cases"):
        text = page(world, f"sellers/s-1/{place}")
        assert "<script>alert" not in text
        assert "<img" not in text.replace('<img src="../', "")
    assert "&lt;script&gt;alert(1)" in page(world, "sellers/s-1/violations/v-1")
    again = send(world, "sellers/s-1/violations/v-1/annul", None, reason=evil)
    assert again.status_code == 422
    assert "<script>alert" not in again.text
    foreseen = send(world, "sellers/s-1/violations/v-1/annul", reason=evil, step="preview")
    assert "What this would do" in foreseen.text
    assert "<script>alert" not in foreseen.text


def test_no_page_styles_or_scripts_in_line(suspended: World) -> None:
    for tab in ("", "/why", "/violations", "/violations/v-1", "/sanctions", "/cases", "/promotion",
                "/reputation", "/timeline", "/records", "/record-violation"):  # fmt: skip
        answer = suspended.client.get(f"/console/sellers/s-1{tab}")
        assert answer.status_code == 200
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert not re.search(r"<[^>]* (style|on\w+)=", answer.text)
        assert 'aria-current="' in answer.text


def test_a_bundle_is_handed_on(suspended: World) -> None:
    answer = suspended.proved("/console/sellers/s-1/audit-bundle", params={"at": "2026-02-02"})
    assert answer.status_code in (200, 503)
    assert answer.headers["content-type"] in ("application/zip", "application/problem+json")


def test_ladders_show_every_multiple_up_to_the_next() -> None:
    milestones: dict[str, Any] = {
        "freeze": {"threshold": 12, "every": True, "sanction": "freeze-of-selling"}
    }
    found = ladders_of({"buckets": {"b": {"unit": "points", "milestones": milestones}}}, {"b": 14})
    assert found["b"].top == 24
    assert [rung.threshold for rung in found["b"].rungs] == [12, 24]


def test_instants_as_people_type_them() -> None:
    assert completed("2026-03-01") == "2026-03-01T00:00:00Z"
    assert completed(" 2026-03-01 09:30 ") == "2026-03-01T09:30:00Z"
    assert completed("2026-03-01T09:30:05.25") == "2026-03-01T09:30:05.25Z"
    assert completed("yesterday") == "yesterday"
    assert completed("") is None
    assert moved("2026-03-01T00:00:00.000000Z", -1) == "2026-02-28T00:00:00.000000Z"
    assert steps(["a", "b", "c"], "b") == ("a", "c")


def test_what_is_open_or_held_and_what_was_erased_is_seen_at_once(suspended: World) -> None:
    hold = {"hold_id": "h-1", "reason": "A court asks.", "placed_by": "desk"}
    suspended.client.post("/v1/sellers/s-1/legal-holds", json=hold)
    send(suspended, "sellers/s-1/sanctions/sanction-3/waive", reason="A last chance.")
    told = words_of(page(suspended, "sellers/s-1"))
    assert "legal hold" in told
    assert "1 open proposal" in told
    records = words_of(page(suspended, "sellers/s-1/records"))
    assert "legal hold h-1 stands since 2026-03-01" in records
    assert "A court asks." in records
    world = suspended
    world.record("s-2", "v-1")
    world.move("2026-06-01T00:00:00Z")
    body = {"reason": "asked-by-seller", "erased_by": "desk"}
    assert world.client.post("/v1/sellers/s-2/erasure", json=body).status_code == 200
    assert "texts erased" in words_of(page(world, "sellers/s-2"))
    assert "1 text on 2026-06-01 00:00 by desk" in words_of(page(world, "sellers/s-2/records"))
    assert "What was said was erased." in page(world, "sellers/s-2/violations/v-1")
