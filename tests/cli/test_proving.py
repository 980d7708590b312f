"""`verify`, `proof` and `log` as a user runs them, over a server that signs; and Go beside them."""

import json
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from api.verifying import check_proof, keys_in
from ledger.proof.checkpoints import Checkpoint
from ledger.proof.keys import COSIGNATURE, SigningKey
from ledger.proof.notes import sign
from ledger.proof.refusals import NotSigned, ProofRefused
from tests.cli.conftest import ROOT, Ran, Run, command
from tests.faults.serving import Serving
from tests.proof.conftest import Judge, judge

assert judge  # a fixture

WITNESS = SigningKey("witness.example/w1", b"w" * 32, COSIGNATURE)
LINES = 600
HISTORY = ROOT / "docs" / "examples" / "history.ndjson"


class Log:
    """A server with a log, and the commands that look at its folder."""

    def __init__(self, server: Serving) -> None:
        self.server = server
        self.prefix = f"{server.base}/v1/log"

    def run(self, *words: object) -> Ran:
        return command(*words, "--data-dir", self.server.data_dir)

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"{self.server.base}{path}", timeout=10) as answer:
            return answer.read()

    def signed(self) -> int:
        return int(self.get("/v1/log/checkpoint").split(b"\n")[1])

    def until_signed(self, position: int) -> None:
        until = time.monotonic() + 5
        while self.signed() < position:
            assert time.monotonic() < until
            time.sleep(0.05)


def lines(count: int, named: str) -> bytes:
    return b"".join(
        json.dumps(
            {"command": "record-violation", "seller_id": f"s-{n % 9}", "rule": "seeds",
             "violation_id": f"{named}-{n}", "source": "platform", "points": 0,
             "statement": "Seeds.", "reported_by": "svc"}
        ).encode() + b"\n"
        for n in range(count)
    )  # fmt: skip


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    with Serving(tmp_path_factory.mktemp("served") / "data") as server:
        found = Log(server)
        request = urllib.request.Request(
            f"{server.base}/v1/facts:batch", lines(LINES, "v"),
            {"Content-Type": "application/x-ndjson"},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert len(answer.read().splitlines()) == LINES
        found.until_signed(LINES + 2)
        yield found


@pytest.fixture
def key(log: Log, tmp_path: Path) -> Path:
    place = tmp_path / "log.key"
    place.write_bytes(log.get("/v1/log/key"))
    return place


def test_go_follows_a_live_log(log: Log, judge: Judge, tmp_path: Path) -> None:
    earlier = tmp_path / "earlier"
    earlier.write_bytes(log.get("/v1/log/checkpoint"))
    proof, leaf = tmp_path / "x.tlog-proof", tmp_path / "x.leaf"
    proof.write_bytes(log.get("/v1/facts/seller-s-3.7/proof"))
    leaf.write_bytes(log.get("/v1/facts/seller-s-3.7/leaf"))
    old = int(earlier.read_bytes().split(b"\n")[1])
    consistency = log.get(f"/v1/log/consistency?from={old}")
    (tmp_path / "earlier.consistency").write_bytes(consistency)
    said = judge(log.prefix, earlier, proof, leaf)
    assert said.returncode == 0, said.stderr
    assert f"grown from {old}" in said.stdout and "1 proofs" in said.stdout
    leaf.write_bytes(leaf.read_bytes() + b" ")
    assert judge(log.prefix, earlier, proof, leaf).returncode == 1


def test_verify_says_that_a_log_is_whole(log: Log) -> None:
    told = log.run("verify", "--json").json()
    assert told["whole"] and told["findings"] == []
    assert told["held_against"] == [
        "tiles", "checkpoints", "memos", "texts", "policies", "views"
    ]  # fmt: skip
    fewer = log.run("verify", "--no-views", "--json").json()
    assert fewer["whole"] and "views" not in fewer["held_against"]
    assert told["facts"] == told["checkpoint_size"] >= LINES + 2
    people = log.run("verify")
    assert people.status == 0 and "is whole" in people.out
    kept = json.loads(log.get("/v1/log/verification"))
    assert kept["whole"] and kept["findings"] == [] and kept["facts"] >= told["facts"]


def test_a_published_log_is_verified_by_us_and_by_go(
    log: Log, judge: Judge, key: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "published"
    told = log.run("log", "publish", folder, "--json").json()
    assert told["facts"] >= LINES + 2
    ours = command("verify", "--from", folder, "--key", key, "--json")
    assert ours.status == 0 and ours.json()["facts"] == told["facts"]
    said = judge(folder)
    assert said.returncode == 0, said.stderr
    bundle = folder / "tile" / "entries" / "001"
    changed = bytearray(bundle.read_bytes())
    changed[-3] ^= 1
    bundle.write_bytes(changed)
    ours = command("verify", "--from", folder, "--key", key, "--json")
    assert ours.status == 1
    assert [row["position"] for row in ours.json()["findings"]] == ["512"]
    assert judge(folder).returncode == 1


def test_a_folder_vouches_for_nobody(log: Log, tmp_path: Path) -> None:
    assert command("verify", "--from", tmp_path).status == 2
    assert command("verify", "--from", tmp_path, "--key", tmp_path / "none").status == 1


def test_one_fact_is_proved_in_one_file(log: Log, key: Path, tmp_path: Path) -> None:
    file = tmp_path / "one.tlog-proof"
    made = log.run("proof", "seller-s-3.7", "--out", file, "--json").json()
    told = command("proof", "check", file, "--key", key, "--json").json()
    assert told["fact_id"] == "seller-s-3.7" and told["position"] == str(made["index"] + 1)
    people = command("proof", "check", file, "--key", key.read_text().strip())
    assert people.status == 0 and "violation-recorded.v1 seller-s-3.7" in people.out
    # A proof as it is served holds no leaf: it is given beside it.
    file.write_bytes(log.get("/v1/facts/seller-s-3.7/proof"))
    assert "does not hold" in command("proof", "check", file, "--key", key).err
    (tmp_path / "leaf").write_bytes(log.get("/v1/facts/seller-s-3.7/leaf"))
    again = command("proof", "check", file, "--leaf", tmp_path / "leaf", "--key", key)
    assert again.status == 0


def test_proofs_that_prove_nothing_are_refused(log: Log, key: Path, tmp_path: Path) -> None:
    file, keys = tmp_path / "one.tlog-proof", keys_in([str(key)])
    assert log.run("proof", "seller-s-3.7", "--out", file).status == 0
    whole = file.read_bytes()
    assert check_proof(file, None, keys)[0].stream == "seller-s-3"
    other = SigningKey(keys[0].name, bytes(32)).public
    with pytest.raises(NotSigned):
        check_proof(file, None, [other])
    for forged in (whole[:-9], whole.replace(b"index ", b"index 1", 1), b""):
        file.write_bytes(forged)
        with pytest.raises(ProofRefused):
            check_proof(file, None, keys)
    assert command("proof", "check", file, "--key", key).status == 1
    assert command("proof", "check", file).status == 2
    assert log.run("proof", "seller-s-3.99999").status == 1


def test_another_log_and_another_key_are_told_apart(log: Log, key: Path, tmp_path: Path) -> None:
    other = SigningKey("ledger.example/log", b"x" * 32)
    checkpoint, wrong = tmp_path / "other.checkpoint", tmp_path / "wrong.key"
    checkpoint.write_bytes(sign(Checkpoint(other.public.name, 5, b"r" * 32).text, other).encode())
    wrong.write_text(SigningKey(keys_in([str(key)])[0].name, b"y" * 32).public.line)
    ran = log.run("verify", "--no-views", "--checkpoint", checkpoint)
    assert ran.status == 1 and "is of the log 'ledger.example/log'" in ran.err
    ran = log.run("verify", "--no-views", "--key", wrong)
    assert ran.status == 1 and "no trusted key signed the note" in ran.out
    assert "nothing is signed by a trusted key" in ran.out
    ran = log.run("verify", "--no-views", "--checkpoint", tmp_path / "none")
    assert ran.status == 1 and f"The file {tmp_path / 'none'} cannot be read" in ran.err


def test_what_nobody_signed_yet_is_refused_with_a_not_before(run: Run) -> None:
    assert run("import", HISTORY, "--history").status == 0
    ran = run("proof", "seller-blue-kite.1")
    assert ran.status == 1 and "is not proved before the next checkpoint" in ran.err
    told = run("verify", "--json").json()
    assert told["whole"] and told["checkpoint_size"] is None
    assert (told["facts"], told["not_signed_yet"] > 0) == (0, True)


def test_the_logs_keys_are_rotated_while_it_serves(log: Log, key: Path) -> None:
    before = log.run("log", "--json").json()
    assert [row["signs"] for row in before["keys"]] == [True]
    made = log.run("log", "rotate", "--json").json()
    assert made["retired"] == []
    _write_one(log, "r-1")
    note = log.get("/v1/log/checkpoint").decode()
    assert note.count("\n— ") == 2
    assert log.get("/v1/log/key").decode().strip() == made["vkey"]
    old = before["keys"][0]["vkey"].split("+")[1]
    assert log.run("log", "retire", old, "--json").json()["retired"].split("+")[1] == old
    assert log.run("log", "retire", made["vkey"].split("+")[1]).status == 1
    _write_one(log, "r-2")
    assert log.get("/v1/log/checkpoint").decode().count("\n— ") == 1
    assert log.run("verify").status == 0


def test_witnesses_are_named(log: Log) -> None:
    line = WITNESS.public.line
    assert log.run("log", "trust", line, "--json").json() == {"trusted": line}
    assert line in log.run("log").out
    assert log.run("log", "distrust", line, "--json").json() == {"distrusted": True}


def test_a_log_takes_another_name_only_when_it_is_meant(log: Log) -> None:
    assert log.run("log", "anew").status == 2


def test_a_changed_fact_ends_with_status_1(log: Log) -> None:
    told = log.run("verify", "--json").json()
    with psycopg.connect(log.server.dsn, autocommit=True) as connection:
        change = ("UPDATE stored_events SET state = set_byte(state, 9, get_byte(state, 9) # 1) "
                  "WHERE notification_id = 300")  # fmt: skip
        connection.execute(change)
        ran = log.run("verify", "--json")
        assert ran.status == 1
        findings: list[dict[str, Any]] = ran.json()["findings"]
        assert [row["position"] for row in findings] == ["300"]
        assert "position 300" in log.run("verify").out
        kept = json.loads(log.get("/v1/log/verification"))
        assert (kept["whole"], [row["position"] for row in kept["findings"]]) == (False, ["300"])
        connection.execute(change)
    assert told["whole"] and log.run("verify").status == 0
    assert json.loads(log.get("/v1/log/verification"))["whole"]


def test_what_is_made_from_the_log_is_named_too(log: Log) -> None:
    with psycopg.connect(log.server.dsn, autocommit=True) as connection:
        change = "UPDATE sellers SET can_sell = NOT can_sell WHERE seller_id = 's-3'"
        connection.execute(change)
        ran = log.run("verify", "--json")
        connection.execute(change)
    assert ran.status == 1
    ((kind, says),) = [(row["kind"], row["says"]) for row in ran.json()["findings"]]
    assert kind == "view" and "s-3" in says
    assert log.run("verify").status == 0


def _write_one(log: Log, named: str) -> None:
    body = {"violation_id": named, "rule": "seeds", "source": "platform", "points": 0,
            "statement": "Seeds.", "reported_by": "svc"}  # fmt: skip
    status, told = log.server.ask("/v1/sellers/s-1/violations", body)
    assert status == 201
    log.until_signed(int(told["position"]))
