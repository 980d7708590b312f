"""Notices: plain sentences from facts, nobody's name in them, and what was read stays read."""

import json
from typing import Any

import psycopg
import pytest

from tests.api.routes.world import World, world_of

ADDRESS = "/v1/sellers/s-1/notices"


def told(world: World, **query: Any) -> Any:
    return world.get(ADDRESS, **query)


def test_a_suspension_is_told_in_plain_sentences(sandbox: World) -> None:
    sandbox.record("s-1", "v-1", "explosives", listing_id="item-9")
    recorded, imposed, frozen = told(sandbox)["notices"]
    assert recorded["title"] == "Violation recorded: explosives"
    assert recorded["text"] == (
        "A violation of the rule “explosives” was recorded under the file number v-1. It happened "
        "on 1 January 2026 at 00:00:00 (UTC) and concerns the listing item-9. It counts 48 points. "
        "It counts until 1 January 2027 at 00:00:00 (UTC), which is 365 days from now. You can "
        "appeal under its file number until 5 January 2026 at 00:00:00 (UTC). Evidence has to "
        "follow within 48 hours of the appeal, else the appeal lapses."
    )
    assert recorded | {"title": 0, "text": 0, "position": 0} == {
        "notice_id": "seller-s-1.1",
        "position": 0,
        "at": "2026-01-01T00:00:00.000000Z",
        "kind": "violation-recorded.v1",
        "title": 0,
        "text": 0,
        "about": {"violation_id": "v-1"},
        "until": "2027-01-01T00:00:00.000000Z",
        "read_at": None,
    }
    assert "points-48 because of v-1" in imposed["text"]
    assert "no end of its own" in imposed["text"]
    assert "You may not take part in promotions or sell" in imposed["text"]
    assert (imposed["about"], imposed["until"]) == ({"sanction_id": "sanction-2"}, None)
    assert frozen["about"] == {"freeze_id": "freeze-3", "sanction_id": "sanction-2"}
    assert "released by themselves on 30 June 2026" in frozen["text"]


def test_payouts_held_for_poor_service_end_by_their_date_alone(dsn: str) -> None:
    with world_of(dsn, clock="test", policy="aliexpress-ladder") as world:
        world.move("2026-01-01T00:00:00Z")
        day = {"date": "2026-01-01", "orders": 40, "incomplete": 10}
        world.client.post("/v1/sellers/s-1/performance", json=day)
        held = told(world)["notices"][-1]
    assert held["text"] == (
        "Your funds are frozen from 1 January 2026 at 00:00:00 (UTC) because of: service metrics. "
        "They are released by themselves on 16 January 2026 at 00:00:00 (UTC)."
    )


def test_what_became_of_it_is_told_too(sandbox: World) -> None:
    sandbox.record("s-1", "v-1", "explosives")
    sandbox.record("s-1", "v-2", "seeds")
    sandbox.move("2026-01-03T00:00:00Z")
    sandbox.annul("s-1", "v-1")
    sandbox.move("2027-01-02T00:00:00Z")
    notices = told(sandbox)["notices"]
    titles = [notice["title"] for notice in notices]
    assert titles == [
        "Violation recorded: explosives",
        "Sanction imposed: suspension",
        "Funds frozen",
        "Violation recorded: seeds",
        "Violation taken back",
        "Suspension lifted",
        "Funds released",
        "Suspension found in error",
        "Violation expired",
    ]
    texts = [notice["text"] for notice in notices]
    assert "It was cancelled on 3 January 2026" in texts[0]
    assert "It expired on 1 January 2027" in texts[3]
    assert "It could be appealed until 5 January 2026" in texts[3]
    assert "2 days of your suspension would not have run without it" in texts[7]


def test_what_a_brand_has_to_bring_to_an_appeal_is_told(sandbox: World) -> None:
    sandbox.record("s-1", "v-1", "trademark", severity="serious")
    sandbox.record("s-1", "v-2", "trademark", severity="general", source="rights-holder")
    by_platform, by_holder = (notice["text"] for notice in told(sandbox)["notices"])
    assert "It is serious and counts 1 strike." in by_platform
    assert "attach the brand verification" in by_platform
    assert "brand verification" not in by_holder
    assert "Evidence has to come with the appeal." in by_holder


def test_a_waiver_names_none_of_the_two_persons_and_no_reason(sandbox: World) -> None:
    sandbox.record("s-1", "v-1", "explosives", statement="A hidden note.", reported_by="informer")
    sandbox.waive("s-1", "sanction-2", reason="An inner matter.", waived_by="rita")
    assert len(told(sandbox)["notices"]) == 3, "a proposal is not told"
    sandbox.waive("s-1", "sanction-2", reason="An inner matter.", waived_by="omar")
    page = told(sandbox)
    assert [notice["title"] for notice in page["notices"]][3:] == [
        "Suspension waived",
        "Funds released",
    ]
    said = json.dumps(page)
    assert [w for w in ("hidden", "informer", "inner", "rita", "omar") if w in said] == []


def test_pages_follow_one_another_and_the_unread_are_counted_over_all(live: World) -> None:
    for number in range(5):
        live.record("s-1", f"v-{number}", "seeds")
    first = told(live, limit=2)
    second = told(live, limit=2, after=first["next"])
    third = told(live, limit=2, after=second["next"])
    found = [n["about"]["violation_id"] for p in (first, second, third) for n in p["notices"]]
    assert found == [f"v-{number}" for number in range(5)]
    assert (first["unread"], third["next"]) == (5, None)


def test_what_was_read_stays_read(sandbox: World) -> None:
    for number in range(4):
        sandbox.record("s-1", f"v-{number}", "seeds")
    ids = [notice["notice_id"] for notice in told(sandbox)["notices"]]
    once = sandbox.client.post(f"{ADDRESS}/{ids[2]}/read").json()
    sandbox.move("2026-01-02T00:00:00Z")
    again = sandbox.client.post(f"{ADDRESS}/{ids[2]}/read").json()
    assert once["read_at"] == again["read_at"] == "2026-01-01T00:00:00.000000Z"
    left = told(sandbox, unread=True)
    assert ([n["notice_id"] for n in left["notices"]], left["unread"]) == (
        [ids[0], ids[1], ids[3]],
        3,
    )
    body = {"up_to": left["notices"][1]["position"]}
    for _ in range(2):
        answer = sandbox.client.post(f"{ADDRESS}/read", json=body)
        assert (answer.status_code, answer.json()) == (200, {"unread": 1})
    read_at = [notice["read_at"] for notice in told(sandbox)["notices"]]
    assert read_at == [
        "2026-01-02T00:00:00.000000Z",
        "2026-01-02T00:00:00.000000Z",
        "2026-01-01T00:00:00.000000Z",
        None,
    ]


@pytest.mark.parametrize(
    ("address", "body", "status", "name"),
    [
        ("seller-s-1.99/read", None, 404, "unknown-notice"),
        ("seller-s-2.1/read", None, 404, "unknown-notice"),
        ("nonsense/read", None, 404, "unknown-notice"),
        ("seller-s-1.4/read", None, 404, "unknown-notice"),
        ("read", {"up_to": "soon"}, 422, "malformed-body"),
        ("read", {"upto": "1"}, 422, "malformed-body"),
        ("read", {"up_to": 3}, 422, "malformed-body"),
    ],
)
def test_what_is_no_notice_cannot_be_read(
    sandbox: World, address: str, body: Any, status: int, name: str
) -> None:
    sandbox.record("s-1", "v-1", "explosives")
    sandbox.record("s-2", "v-1", "explosives")
    sandbox.waive("s-1", "sanction-2", reason="r", waived_by="rita")
    answer = sandbox.client.post(f"{ADDRESS}/{address}", json=body)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{name}")


def test_a_seller_reads_its_own_and_nobody_elses(
    locked: tuple[World, dict[str, dict[str, str]]],
) -> None:
    world, keys = locked
    world.record("s-1", "v-1", reported_by="platform", headers=keys["platform"])

    def read(who: str, seller: str = "s-1") -> int:
        return world.client.get(f"/v1/sellers/{seller}/notices", headers=keys[who]).status_code

    def mark(who: str) -> int:
        address = f"{ADDRESS}/seller-s-1.1/read"
        return world.client.post(address, headers=keys[who]).status_code

    assert [read(who) for who in ("s-1", "analyst", "platform", "reviewer")] == [200] * 4
    assert [read(who) for who in ("shop", "investigator", "publisher")] == [403] * 3
    assert read("s-1", "s-2") == 403
    assert [mark(who) for who in ("s-1", "platform", "root")] == [200] * 3
    assert [mark(who) for who in ("shop", "analyst", "reviewer")] == [403] * 3


def test_a_seller_never_heard_of_has_none(live: World) -> None:
    assert told(live) == {"notices": [], "next": None, "unread": 0}


def test_instants_are_told_by_the_clocks_of_the_pack(dsn: str, tmp_path: Any) -> None:
    from ledger.policy.shipped import shipped_packs

    text = shipped_packs()["aliexpress@2020-01-01"]
    pack = tmp_path / "madrid.toml"
    pack.write_text(
        text.replace('name = "aliexpress"', 'name = "madrid"').replace(
            'zone = "UTC"', 'zone = "Europe/Madrid"'
        )
    )
    with world_of(dsn, clock="test", policy=str(pack)) as world:
        world.move("2026-07-01T22:30:00Z")
        world.record("s-1", "v-1", "seeds")
        (notice,) = told(world)["notices"]
        assert "It happened on 2 July 2026 at 00:30:00 (Europe/Madrid)" in notice["text"]


def test_what_was_read_is_kept_beside_the_log(sandbox: World, dsn: str) -> None:
    sandbox.record("s-1", "v-1", "seeds")
    before = sandbox.ledger.reader.head()
    sandbox.client.post(f"{ADDRESS}/seller-s-1.1/read")
    assert sandbox.ledger.reader.head() == before
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT count(*) FROM notice_read").fetchone() == (1,)
