"""Proofs over HTTP: whoever has the key alone finds a fact in the log, and nothing is stale."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger.facts.instants import SECOND_US, format_instant
from ledger.proof.bundles import unbundled
from ledger.proof.checkpoints import seen
from ledger.proof.hashing import leaf_hash
from ledger.proof.keys import COSIGNATURE, SigningKey, VerifierKey
from ledger.proof.leaves import Leaf
from ledger.proof.notes import Note, cosign
from ledger.proof.tlog_proof import ConsistencyProof, InclusionProof
from projections.tree import checkpoints
from tests.api.routes.world import World, world_of

WITNESS = SigningKey("witness.example/w1", b"w" * 32, COSIGNATURE)


@pytest.fixture
def proved(dsn: str, tmp_path: Path) -> Iterator[World]:
    with world_of(dsn, data_dir=tmp_path, checkpoint_seconds=0.05) as world:
        yield world


def covered(world: World, fact_id: str) -> bytes:
    """The proof of a fact, once there is one: within two seconds."""
    until = time.monotonic() + 2
    while True:
        answer = world.client.get(f"/v1/facts/{fact_id}/proof")
        if answer.status_code == 200:
            assert answer.headers["content-type"] == "application/vnd.tlog-proof"
            return answer.content
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        assert time.monotonic() < until, answer.text
        time.sleep(0.02)


def trusted(world: World) -> VerifierKey:
    answer = world.client.get("/v1/log/key")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    return VerifierKey.of(answer.text)


def test_a_fact_is_proved_with_nothing_but_the_key(proved: World) -> None:
    proved.record("s-1", "v-1")
    proof = InclusionProof.decode(covered(proved, "seller-s-1.1"))
    answer = proved.client.get("/v1/facts/seller-s-1.1/leaf")
    assert answer.headers["content-type"] == "application/octet-stream"
    told = proof.check(answer.content, [trusted(proved)]).checkpoint
    leaf = Leaf.decode(answer.content)
    assert (leaf.position, leaf.stream, leaf.version) == (proof.index + 1, "seller-s-1", 1)
    assert leaf.name == "violation-recorded.v1"
    assert told.size >= leaf.position
    fact = proved.get("/v1/facts/seller-s-1.1")
    assert fact["position"] == str(leaf.position)


def test_a_fact_that_is_not_signed_yet_is_refused_with_a_not_before(live: World) -> None:
    live.record("s-1", "v-1")
    for address in ("/v1/facts/seller-s-1.1/proof", "/v1/log/checkpoint", "/v1/log/key"):
        answer = live.client.get(address)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    told = live.client.get("/v1/facts/seller-s-1.1/proof").json()
    assert "is not proved before the next checkpoint" in told["detail"]
    # What is hashed is known at once.
    assert live.client.get("/v1/facts/seller-s-1.1/leaf").status_code == 200


def test_a_log_shows_that_it_only_grew(proved: World) -> None:
    proved.record("s-1", "v-1")
    first = InclusionProof.decode(covered(proved, "seller-s-1.1"))
    key = trusted(proved)
    earlier = seen(first.checkpoint, [key]).checkpoint
    proved.record("s-1", "v-2")
    covered(proved, "seller-s-1.2")
    answer = proved.client.get("/v1/log/consistency", params={"from": earlier.size})
    later = ConsistencyProof.decode(answer.content).check(earlier, [key]).checkpoint
    assert later.size > earlier.size
    again = proved.client.get("/v1/log/checkpoint", params={"size": earlier.size})
    assert again.content == first.checkpoint
    then = proved.client.get("/v1/facts/seller-s-1.1/proof", params={"size": earlier.size})
    assert then.content == first.encode()


def test_tiles_and_entries_are_those_of_the_checkpoint(proved: World) -> None:
    proved.record("s-1", "v-1")
    covered(proved, "seller-s-1.1")
    time.sleep(0.25)
    size = seen(proved.client.get("/v1/log/checkpoint").content, [trusted(proved)]).checkpoint.size
    tile = proved.client.get(f"/v1/log/tile/0/000.p/{size}")
    assert tile.headers["cache-control"] == "public, max-age=31536000, immutable"
    entries = proved.client.get(f"/v1/log/tile/entries/000.p/{size}")
    assert entries.headers["cache-control"] == "private, max-age=31536000, immutable"
    leaves = unbundled(entries.content)
    assert [leaf_hash(leaf) for leaf in leaves] == [
        tile.content[at : at + 32] for at in range(0, len(tile.content), 32)
    ]
    assert leaves[-1] == proved.client.get("/v1/facts/seller-s-1.1/leaf").content
    smaller = proved.client.get("/v1/log/tile/0/000.p/1")
    assert smaller.content == tile.content[:32]


@pytest.mark.parametrize(
    ("address", "status", "kind"),
    [
        ("/v1/log/tile/0/000", 404, "beyond-tree"),
        ("/v1/log/tile/entries/000", 404, "beyond-tree"),
        ("/v1/log/tile/0/x999/999", 404, "beyond-tree"),
        ("/v1/log/tile/63/000.p/1", 404, "beyond-tree"),
        ("/v1/log/tile/1/000.p/1", 404, "beyond-tree"),
        ("/v1/log/tile/0/0", 422, "proof-refused"),
        ("/v1/log/tile/64/000", 422, "proof-refused"),
        ("/v1/log/tile/entries/0", 422, "proof-refused"),
        ("/v1/log/tile/data/000", 422, "proof-refused"),
        ("/v1/log/tile/0/000.p/256", 422, "proof-refused"),
        ("/v1/log/checkpoint?size=1", 404, "unknown-checkpoint"),
        ("/v1/log/checkpoint?size=-1", 422, "malformed-parameter"),
        ("/v1/log/consistency?from=999", 404, "beyond-tree"),
        ("/v1/log/consistency", 422, "malformed-parameter"),
        ("/v1/facts/seller-s-1.9/proof", 404, "unknown-fact"),
        ("/v1/facts/nonsense/leaf", 404, "unknown-fact"),
        ("/v1/facts/seller-s-1.1/proof?size=1", 404, "unknown-checkpoint"),
    ],
)
def test_what_is_not_there_is_refused(proved: World, address: str, status: int, kind: str) -> None:
    proved.record("s-1", "v-1")
    covered(proved, "seller-s-1.1")
    answer = proved.client.get(address)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")
    assert answer.headers["cache-control"] == "no-store"


def test_an_older_checkpoint_does_not_hold_a_newer_fact(proved: World) -> None:
    proved.record("s-1", "v-1")
    proof = InclusionProof.decode(covered(proved, "seller-s-1.1"))
    size = seen(proof.checkpoint, [trusted(proved)]).checkpoint.size
    proved.record("s-1", "v-2")
    covered(proved, "seller-s-1.2")
    answer = proved.client.get("/v1/facts/seller-s-1.2/proof", params={"size": size})
    assert answer.json()["type"] == "/problems/beyond-tree"


def known(world: World, **query: str) -> Any:
    return world.client.get("/v1/log/checkpoint", params=query)


def test_the_checkpoint_of_an_instant_holds_what_was_known_then(proved: World) -> None:
    proved.record("s-1", "v-1")
    first = InclusionProof.decode(covered(proved, "seller-s-1.1"))
    then = proved.get("/v1/facts/seller-s-1.1")["recorded_at"]
    proved.record("s-1", "v-2")
    covered(proved, "seller-s-1.2")
    answer = known(proved, known_at=then)
    assert answer.status_code == 200, answer.text
    told = seen(answer.content, [trusted(proved)]).checkpoint
    position = int(answer.headers["ledger-position"])
    assert position == first.index + 1 <= told.size
    assert answer.headers["ledger-recorded-at"] >= then
    assert answer.headers["ledger-signed-at"] >= then
    # It is the first that holds it: the same for ever, whatever is signed later.
    assert told.size <= seen(first.checkpoint, [trusted(proved)]).checkpoint.size
    why = proved.get("/v1/sellers/s-1/standing/explanation", known_at=then)["checkpoint"]
    assert (why["size"], why["position"]) == (told.size, str(position))
    assert (why["log"], why["recorded_at"]) == (told.origin, answer.headers["ledger-recorded-at"])
    standing = proved.client.get("/v1/sellers/s-1/standing", params={"known_at": then})
    assert proved.client.get(standing.links["related"]["url"]).content == answer.content
    assert "link" not in proved.client.get("/v1/sellers/s-1/standing").headers


def test_a_checkpoint_of_a_size_says_when_it_was_signed(proved: World) -> None:
    covered(proved, proved.record("s-1", "v-1").json()["facts"][0]["fact_id"])
    newest = proved.client.get("/v1/log/checkpoint")
    size = newest.text.split("\n")[1]
    found = proved.client.get("/v1/log/checkpoint", params={"size": size})
    assert found.text == newest.text
    assert found.headers["Ledger-Position"] == size
    assert found.headers["Ledger-Recorded-At"] <= found.headers["Ledger-Signed-At"]


def test_before_the_first_fact_nothing_was_known(proved: World) -> None:
    proved.record("s-1", "v-1")
    covered(proved, "seller-s-1.1")
    answer = known(proved, known_at="2001-01-01T00:00:00Z")
    assert (answer.status_code, answer.headers["ledger-position"]) == (200, "0")


def test_what_no_checkpoint_answers(proved: World) -> None:
    proved.record("s-1", "v-1")
    covered(proved, "seller-s-1.1")
    for query, status, kind in (
        ({"known_at": "2999-01-01T00:00:00Z"}, 422, "known-at-in-future"),
        ({"known_at": "yesterday"}, 422, "malformed-instant"),
        ({"known_at": "2026-01-01T00:00:00Z", "size": "3"}, 422, "malformed-parameter"),
    ):
        answer = known(proved, **query)
        assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")


def test_what_is_known_now_is_refused_with_a_not_before_until_it_is_signed(live: World) -> None:
    live.record("s-1", "v-1")
    then = live.get("/v1/facts/seller-s-1.1")["recorded_at"]
    answer = known(live, known_at=then)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert live.get("/v1/sellers/s-1/standing/explanation")["checkpoint"] is None


def test_askers_without_a_key_settle_the_log_once_a_second_at_most(proved: World) -> None:
    proved.record("s-1", "v-1")
    covered(proved, "seller-s-1.1")
    now = proved.ledger.now()
    answer = known(proved, known_at=format_instant(now - now % SECOND_US + SECOND_US - 1))
    assert answer.status_code in (422, 503), "the second that runs is not final"
    until = time.monotonic() + 5
    while known(proved, known_at=format_instant(now)).status_code != 200:
        assert time.monotonic() < until
        time.sleep(0.1)
    assert now % SECOND_US == 0 or proved.ledger.memory.head.settled_at % SECOND_US in (
        0,
        SECOND_US - 1,
    )


def test_a_witness_is_heard_and_served(proved: World, dsn: str) -> None:
    proved.record("s-1", "v-1")
    note = Note.decode(InclusionProof.decode(covered(proved, "seller-s-1.1")).checkpoint)
    size = int(note.text.split("\n")[1])
    line = cosign(note, WITNESS, 1_767_225_600).signatures[-1].line
    told: dict[str, Any] = {"size": size, "signatures": [line]}
    refused = proved.client.post("/v1/log/cosignatures", json=told)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/proof-refused")
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        checkpoints.trust(cursor, WITNESS.public.line, 1)
    assert proved.client.post("/v1/log/cosignatures", json=told).json() == {"accepted": 1}
    served = proved.client.get("/v1/log/checkpoint", params={"size": size}).content
    assert len(seen(served, [trusted(proved), WITNESS.public]).keys) == 2
    forged = line[:-6] + "AAAA=="
    told["signatures"] = [forged]
    assert proved.client.post("/v1/log/cosignatures", json=told).status_code == 422
    told["size"] = 1
    assert proved.client.post("/v1/log/cosignatures", json=told).status_code == 404


def test_keys_are_listed_with_their_time(proved: World) -> None:
    proved.record("s-1", "v-1")
    covered(proved, "seller-s-1.1")
    (only,) = proved.get("/v1/log/keys")["keys"]
    assert only["vkey"] == trusted(proved).line
    assert only["retired_at"] is None and only["began_at"].endswith("Z")
