"""The topic takes what its operator opened it to: reports alone, or all that a batch takes."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.access import Actor
from api.inbox.reading import read
from api.inbox.refusals import NotFromTopics
from api.writing import SCOPES
from projections.broker.messages import Arrived, Message, Place
from projections.broker.topics import COMMANDS
from tests.api.routes.looking import places_with, tables
from tests.api.routes.planted import planted
from tests.api.routes.planted_story import story
from tests.api.routes.promoting import campaign
from tests.api.routes.test_reports import hold_complaints
from tests.api.routes.world import world_of
from tests.inbox.topics import Topic, consumer, drained, rejected

NAME = "Wilhelmina"
ERASURE = {
    "command": "erase-seller", "seller_id": "s-1", "reason": "asked-by-seller",
    "erased_by": "privacy-desk",
}  # fmt: skip
LINES: list[dict[str, Any]] = [
    {"command": "announce-campaign", **campaign()},
    *(planted(told, NAME) for told in story("s-1")),
]
OF_COMMANDS = {kind.__struct_config__.tag: scopes for kind, scopes in SCOPES.items()}


def key_of(line: dict[str, Any]) -> bytes:
    return (line["campaign_id"] if line["command"] == "announce-campaign" else "s-1").encode()


@pytest.mark.parametrize(
    "opened_to",
    [
        {"facts:write"}, {"cases:decide"}, {"admin"}, {"facts:write", "cases:decide"},
        {"cases:decide", "admin"},
    ],
    ids=lambda scopes: " ".join(sorted(scopes)),
)  # fmt: skip
def test_what_asks_for_another_scope_is_refused_and_nothing_else(opened_to: set[str]) -> None:
    for line in [*LINES, ERASURE]:
        message = Message(COMMANDS, key_of(line), json.dumps(line).encode())
        arrived = Arrived(Place(COMMANDS, 0, 0), message, 0)
        wish = read(arrived, Actor(None, frozenset(opened_to))).wish
        wanted = OF_COMMANDS[line["command"]]
        may = "admin" in opened_to or not opened_to.isdisjoint(wanted)
        assert isinstance(wish, NotFromTopics) != may, line["command"]
        if isinstance(wish, NotFromTopics):
            assert " or ".join(wanted) in (wish.accepted or "")


def test_where_all_is_open_everything_is_taken_that_a_batch_takes(dsn: str, tmp_path: Path) -> None:
    topic = Topic()
    for line in LINES:
        topic.say(json.dumps(line).encode(), key_of(line))
    given: dict[str, Any] = {"clock": "test", "data_dir": tmp_path / "data"}
    with world_of(dsn, **given) as world:
        assert world.move("2026-01-01T00:00:00Z").status_code == 200
        hold_complaints(world)
        reading = drained(consumer(world.ledger, topic, {"admin"}))
        assert rejected(dsn) == []
        assert reading.numbers().counts.taken == len(LINES)
        assert places_with(tables(dsn), NAME) == {"sealed_text"}
        world.move("2026-03-01T00:00:00Z")
        for _ in range(2):
            topic.say(json.dumps(ERASURE).encode())
        drained(reading)
    counts = reading.numbers().counts
    assert (rejected(dsn), counts.taken, counts.replayed) == ([], len(LINES) + 1, 1)
    assert places_with(tables(dsn), NAME) == set()
