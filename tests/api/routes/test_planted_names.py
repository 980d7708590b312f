"""What people wrote is in one table and in the answers that are meant to show it; after an erasure
it is nowhere: not in any table, answer, file, message or log. What came over Kafka is in the topics
of those who sent it until these let it go; the ledger's own topics have none of it.
"""

import json
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from api.archives import export_archive
from api.impact import impact_of, impact_scenario
from api.scenarios import answered, archived_now
from api.settings import Settings
from api.verified import keep_verified
from api.verifying import Report
from ledger.policy.check import policy_from
from ledger.policy.document import read
from ledger.policy.shipped import load_pack
from projections.broker.messages import Message
from projections.broker.topics import FACTS, PROGRESS, REJECTED, STANDING
from projections.outbox.rejected import RejectedMessages
from projections.what_if.running import on_this_machine, run
from tests.api.routes import test_logs
from tests.api.routes.looking import Seen, answers, files, places_with, readable, streamed, tables
from tests.api.routes.planted import free_texts, planted
from tests.api.routes.planted_story import story, tell
from tests.api.routes.test_reports import hold_complaints
from tests.api.routes.what_if.test_flow import ask, ended
from tests.api.routes.world import World, line, sign_all, world_of
from tests.inbox.topics import Topic, consumer, drained
from tests.outbox.publishers import publish
from tests.outbox.topics import Topics
from tests.projections.receiver import Receiver, wait_until

written = test_logs.written

NAMES = {"s-1": "Wilhelmina", "s-2": "Bartholomew"}
ASKER = "Ottokar"
"""Stands in the words of a scenario."""
SENDER = "Ludmilla"
"""Stands in commands over Kafka that are rejected."""
OPAQUE = "Theodora"
"""Is made an id of, against all advice: so that every look is seen to find something."""
SHOWN = {
    "/v1/sellers/{seller_id}/violations/{violation_id}/appeals",
    "/v1/sellers/{seller_id}/legal-holds",
    "/v1/sellers/{seller_id}/violations/{violation_id}/story",
    "/v1/disputes/{dispute_id}/story",
    "/v1/reports/{report_id}/story",
}
"""The answers that show texts."""
SCENARIO = {
    "name": "had they been worse",
    "facts": {
        "leave_out": [{"rule": "keyword-stuffing"}],
        "add": [
            {"seller_id": seller, "rule": "explosives", "recorded_at": "2026-01-02T00:00:00Z"}
            for seller in (*NAMES, OPAQUE)
        ],
    },
}


class Places(NamedTuple):
    """Where a name was found."""

    tables: AbstractSet[str] = frozenset()
    answers: AbstractSet[str] = frozenset()
    files: AbstractSet[str] = frozenset()
    sent: AbstractSet[str] = frozenset()


NOWHERE = Places()
TOPICS = (FACTS, STANDING, PROGRESS, REJECTED)
WORDS_OF_SCENARIOS = Places(
    answers={
        "/v1/what-if", "/v1/what-if/{run_id}", "/v1/what-if/{run_id}/result",
        "/v1/what-if/{run_id}/report", "/v1/what-if/{run_id}/scenario",
    },
    files={f"data/what-if/{name}" for name in ("scenario", "run", "result", "report")},
)  # fmt: skip
"""Where the asker's own words are; taking the run's folder away takes them away."""


class Looked(NamedTuple):
    """All that there was to see at one moment."""

    tables: list[Seen]
    answers: list[Seen]
    files: list[Seen]
    sent: list[Seen]

    def places(self, name: str) -> Places:
        """Everywhere that the name is."""
        return Places(*(places_with(seen, name) for seen in self))


class Market:
    """A ledger with all that it has around it: archive, what-ifs, a webhook, a signed tree."""

    def __init__(self, world: World, folder: Path, receiver: Receiver) -> None:
        self.world = world
        self.folder = folder
        self.receiver = receiver
        self.runs: list[str] = []
        self.commands = Topic()
        self.consumer = consumer(world.ledger, self.commands)
        self.topics = Topics()

    def told_over_kafka(self) -> None:
        """Reports as commands, one that is taken and some that are not."""
        taken = planted(line("s-1", "v-k", rule="wrong-category"), NAMES["s-1"])
        rejected = planted(line("s-1", "v-l", rule="kindness"), SENDER)
        for told in (taken, *[rejected] * 5):
            self.commands.say(json.dumps(told).encode(), b"s-1")
        drained(self.consumer)

    def publish(self) -> None:
        """Send facts, standings and what was rejected."""
        with psycopg.connect(self.world.ledger.dsn, autocommit=True) as connection:
            relays = RejectedMessages(connection)
            publish(self.world.ledger, self.topics.broker, relays)

    def what_if(self, about: str = "nobody is named") -> None:
        """Run a scenario through the server, and an impact report as at the terminal."""
        run_id = ask(self.world, SCENARIO | {"about": about})
        assert ended(self.world, run_id)["state"] == "done"
        self.runs.append(run_id)
        _impact_recorded(self.world, self.folder / "data")

    def give_archive(self, name: str) -> None:
        """Export the archive into a folder of its own."""
        settings = Settings(data_dir=self.folder / "data")
        into = self.folder / name
        export_archive(self.world.ledger.dsn, settings, into, lambda _done, _of: None)

    def looked(self) -> Looked:
        """Look everywhere. All is signed before, so that there are proofs to look into, and told
        to those who listen.
        """
        sign_all(self.world, self.folder / "data")
        wait_until(lambda: len(self.receiver.got) > 2)
        calls = [f"{got.headers} {got.path}\n".encode() + got.body for got in self.receiver.got]
        return Looked(
            list(tables(self.world.ledger.dsn)),
            list(answers(self.world, known(self.world, self.runs))),
            list(files(self.folder)),
            [
                ("stream", streamed(self.world)),
                *(("webhook", call) for call in calls),
                *((topic, _said(each)) for topic in TOPICS for each in self.topics.said(topic)),
            ],
        )


@pytest.fixture
def market(dsn: str, tmp_path: Path) -> Iterator[Market]:
    given: dict[str, Any] = {"clock": "test", "data_dir": tmp_path / "data"}
    with Receiver() as receiver, world_of(dsn, webhooks_private="allow", **given) as world:
        assert world.move("2026-01-01T00:00:00Z").status_code == 200
        hold_complaints(world)
        hook = {"webhook_id": "shop", "url": f"{receiver.url}/h"}
        assert world.client.post("/v1/webhooks", json=hook).status_code == 200
        whole = Report("seller-ledger.example", 1, 0, None, [], [], 0.25)
        keep_verified(tmp_path / "data", whole, "2026-01-01T00:00:00.000000Z")
        yield Market(world, tmp_path, receiver)


def _said(message: Message) -> bytes:
    headers = (part for header in message.headers for part in (header[0].encode(), header[1]))
    return readable(b"\n".join([message.key or b"", message.value or b"", *headers]))


def _impact_recorded(world: World, data_dir: Path) -> None:
    known_as = archived_now(world.ledger.dsn, data_dir, lambda _done, _of: None)
    data = read(load_pack("aliexpress-ladder"))
    scenario = impact_scenario(data, known_as, "throughout")

    def judge(laid: Any, folder: Path) -> None:
        run(laid, known_as, on_this_machine(1), folder, lambda _done, _of: None)

    with answered(scenario, known_as, data_dir, None, judge) as answer:
        world.ledger.record_impact(impact_of(policy_from(data), answer.result, "ana"))


def known(world: World, runs: list[str]) -> dict[str, str]:
    """Ids for every part of a path; where a list cannot be asked without them, its filters."""
    every = world.get("/v1/facts", limit=1000)["facts"]
    full, rest = divmod(int(every[-1]["position"]), 256)
    tiles = [f"{index:03}" for index in range(full)] + [f"{full:03}.p/{rest}"] * (rest > 0)
    return {
        "seller_id": "s-1", "violation_id": "v-1 v-2", "dispute_id": "d-1 e-1",
        "report_id": "r-1 q-1", "campaign_id": "winter", "product_id": "p-1",
        "webhook_id": "shop", "reporter_id": "b-1", "metric": "unsent-rate", "pack": "aliexpress",
        "fact_id": " ".join(fact["fact_id"] for fact in every), "run_id": " ".join(runs),
        "/v1/sellers/{seller_id}/promotion-eligibility": "?campaign=winter",
        "reviewer_id": "ana ben", "hold_id": "h-1",
        "/v1/transparency": "?from=2026-01-01T00:00:00Z&to=2026-07-01T00:00:00Z",
        "/v1/log/consistency": "?from=1",
        "/v1/log/tile/{path}": " ".join(f"/v1/log/tile/0/{tile}" for tile in tiles),
        "/v1/log/tile/entries/{path}": " ".join(f"/v1/log/tile/entries/{t}" for t in tiles),
    }  # fmt: skip


def test_every_free_text_of_every_command_is_in_the_story() -> None:
    told = {(told["command"], field) for told in story("s-1") for field in planted(told, "x")}
    assert free_texts() - told == set()
    assert len(free_texts()) >= 30, "the commands' types are still understood"


def test_names_are_where_they_are_shown_and_nowhere_after_an_erasure(
    market: Market, written: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    world = market.world
    tell(world, NAMES | {OPAQUE: "Gwendolyn"})
    assert world.move("2026-03-01T00:00:00Z").status_code == 200
    market.what_if(about=f"{ASKER} asks")
    market.give_archive("given-before")
    market.told_over_kafka()
    waiting = list(tables(world.ledger.dsn))
    assert places_with(waiting, SENDER) == {"rejected_message"}, "until it is sent back"
    market.publish()
    mine, mirrored = NAMES["s-1"], NAMES["s-1"][::-1]
    before = market.looked()
    assert before.places(mine) == Places(tables={"sealed_text"}, answers=SHOWN)
    assert before.places(mirrored) == NOWHERE, "what was refused is kept nowhere"
    _is_seen_wherever_an_id_is(before.places(OPAQUE))
    assert before.places(ASKER) == WORDS_OF_SCENARIOS
    assert before.places(SENDER) == Places(sent={REJECTED})
    assert mine.encode() in bundle(world, texts="true")
    found = world.get("/v1/sellers/s-1/erasure")
    assert (found["holds"], found["erasures"]) == ([], [])
    wish = {"reason": "asked-by-seller", "erased_by": "privacy-desk"}
    answer = world.client.post("/v1/sellers/s-1/erasure", json=wish)
    assert answer.status_code == 200, answer.text
    done = answer.json()["erasure"]
    assert (done["texts"], done["of_cases"]) == (found["texts"], found["of_cases"])
    # The sandbox's clock stands still, and what is asked of one instant has to be one thing.
    assert world.move("2026-03-02T00:00:00Z").status_code == 200
    market.what_if()
    market.give_archive("given-after")
    market.publish()
    after = market.looked()
    assert after.places(mine) == NOWHERE
    assert mine.encode() not in bundle(world, texts="true")
    assert after.places(NAMES["s-2"]).tables == {"sealed_text"}
    assert after.places(ASKER) == WORDS_OF_SCENARIOS, "no erasure reaches the asker's words"
    assert after.places(SENDER) == Places(sent={REJECTED}), "nor what was sent back"
    assert len(written.requests()) > 100
    # The worker of what-ifs is a process of its own, and writes its lines where ours go.
    told = written.getvalue().decode() + "".join(capfd.readouterr())
    assert '"a run is done"' in told
    assert [name for name in (*NAMES.values(), mirrored, ASKER, SENDER) if name in told] == []


def bundle(world: World, **asked: str) -> bytes:
    answer = world.client.get("/v1/sellers/s-1/audit-bundle", params=asked)
    assert answer.status_code == 200, answer.text
    return readable(answer.content)


def _is_seen_wherever_an_id_is(found: Places) -> None:
    """No look is blind: an id stands in what is packed, signed and sent."""
    assert found.tables >= {"stored_events", "seller_state", "violations", "disputes", "reports"}
    assert found.answers >= {
        "/v1/facts", "/v1/facts/{fact_id}/leaf", "/v1/log/tile/entries/{path}", "/v1/sellers",
        "/v1/what-if/{run_id}/sellers", "/v1/what-if/{run_id}/report", "/v1/audit/reads",
    }  # fmt: skip
    assert found.files >= {
        "data/archive/log", "data/archive/sellers", "data/archive/reporters",
        "data/what-if/sellers", "data/what-if/result", "data/what-if/report", "given-before/log",
    }  # fmt: skip
    assert found.sent == {"stream", "webhook", FACTS, STANDING}
