"""The sandbox clock: a year in a second."""

import time

import pytest

from api.workers.due import DueWorker
from ledger.facts.instants import DAY_US
from ledger.store.clocks import SystemClock
from tests.api.routes.world import World, world_of


def test_a_year_passes_in_a_moment(sandbox: World) -> None:
    sandbox.record("s-1", "v-1", points=48)
    sandbox.record("s-2", "v-1")
    answer = sandbox.move("2027-02-01T00:00:00Z")
    assert answer.json() == {
        "now": "2027-02-01T00:00:00.000000Z",
        "position": sandbox.get("/v1/facts", limit=1000)["facts"][-1]["position"],
    }
    due = sandbox.get("/v1/facts", **{"from": "2026-01-01T00:00:00.000001Z"})["facts"]
    assert [(fact["kind"], fact["effective_at"], fact["recorded_at"]) for fact in due] == [
        ("funds-released.v1", "2026-06-30T00:00:00.000000Z", "2026-06-30T00:00:00.000000Z"),
        ("violation-expired.v1", "2027-01-01T00:00:00.000000Z", "2027-01-01T00:00:00.000000Z"),
        ("violation-expired.v1", "2027-01-01T00:00:00.000000Z", "2027-01-01T00:00:00.000000Z"),
    ]
    found = sandbox.standing("s-1")
    assert (found["status"], found["can_withdraw"], found["buckets"][0]["value"]) == (
        "suspended",
        True,
        0,
    )
    assert sandbox.get("/v1/sellers/s-1/violations/v-1")["status"] == "expired"


def test_time_only_moves_forwards(sandbox: World) -> None:
    assert sandbox.move("2026-01-01T00:00:00Z").status_code == 200
    answer = sandbox.move("2025-12-31T23:59:59Z")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/clock-backwards")
    assert sandbox.get("/v1/test-clock")["now"] == "2026-01-01T00:00:00.000000Z"


@pytest.mark.parametrize(
    "now", ["tomorrow 10 o'clock", "2026-02-01T00:00:00", "9999-01-01T00:00:00Z", ""]
)
def test_instants_that_cannot_be_moved_to(sandbox: World, now: str) -> None:
    answer = sandbox.move(now)
    assert (answer.status_code, answer.json()["field"]) == (422, "now")


def test_the_first_move_may_name_any_instant_since_the_first_pack(dsn: str) -> None:
    with world_of(dsn, clock="test") as world:
        assert world.get("/v1/test-clock")["now"] == "2020-01-01T00:00:00.000000Z"
        assert world.move("2019-12-31T00:00:00Z").status_code == 409
        assert world.move("2020-01-01T00:00:00.000001Z").status_code == 200


def test_nobody_moves_the_system_clock(live: World) -> None:
    for answer in (live.client.get("/v1/test-clock"), live.move("2026-01-01T00:00:00Z")):
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/no-test-clock")


def test_what_falls_due_on_the_system_clock_is_recorded_by_itself(live: World) -> None:
    # Effective almost a year ago: it lapses a moment from now.
    ago = live.ledger.now() - 365 * DAY_US + 300_000
    from ledger.facts.instants import format_instant

    live.record("s-1", "v-1", effective_at=format_instant(ago))
    before = live.standing("s-1")
    assert before["buckets"][0]["value"] == 24
    time.sleep(0.35)
    assert live.standing("s-1")["buckets"][0]["value"] == 0
    for _ in range(40):
        facts = live.get("/v1/facts", kind="violation-expired")["facts"]
        if facts:
            break
        time.sleep(0.1)
    assert [fact["effective_at"] for fact in facts] == [before["valid_until"]]
    time.sleep(1)
    assert live.get("/v1/facts", kind="violation-expired")["facts"] == facts


def test_a_worker_outlives_what_goes_wrong(live: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def broken() -> int:
        asked.append(1)
        raise RuntimeError("a mistake")

    monkeypatch.setattr(live.ledger, "record_due", broken)
    worker = DueWorker(live.ledger, pause_s=0.01)
    worker.start()
    time.sleep(0.2)
    worker.stop()
    assert len(asked) > 2
    assert isinstance(live.ledger.clock, SystemClock)
