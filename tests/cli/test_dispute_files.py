"""Disputes from files: commands decided now, and a history in which silence falls between lines."""

from pathlib import Path
from typing import Any

import msgspec

from tests.cli.conftest import Run


def eur(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def claim(dispute_id: str) -> dict[str, Any]:
    return {
        "command": "open-dispute",
        "dispute_id": dispute_id,
        "order_id": "o-1",
        "seller_id": "s-1",
        "buyer_id": "b-1",
        "reason": "not-as-described",
        "order_amount": eur("20.00"),
        "shipped_at": "2025-12-20T00:00:00Z",
        "requested": {"refund": eur("20.00"), "return": True},
    }


def step(command: str, dispute_id: str, **more: Any) -> dict[str, Any]:
    return {"command": command, "dispute_id": dispute_id, **more}


RULED = {
    "refund": eur("15.00"),
    "return": True,
    "at_fault": "seller",
    "reviewer": "ana",
    "reasons": "Seen.",
}


def write(path: Path, *lines: dict[str, Any]) -> Path:
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    return path


def facts(run: Run) -> list[dict[str, Any]]:
    exported = run("export", "facts", "--format", "ndjson", "--out", "-")
    assert exported.status == 0, exported.err
    return [msgspec.json.decode(line) for line in exported.out.splitlines()]


def test_a_file_of_commands_takes_disputes(run: Run, tmp_path: Path) -> None:
    file = write(
        tmp_path / "now.ndjson",
        claim("d-1"),
        step("answer-dispute", "d-1", answer="counter", offer={"refund": eur("5.00")}),
        step("answer-offer", "d-1", answer="refuse"),
        step("request-dispute-evidence", "d-1", **{"from": ["seller"]}),
        step("add-dispute-evidence", "d-1", by="seller", evidence=["a"]),
        step("rule-dispute", "d-1", **RULED),
        step("track-return", "d-1", tracking_number="LX 1"),
        step("appeal-ruling", "d-1", by="seller", reasons="r"),
        step("decide-ruling-appeal", "d-1", outcome="rejected", reviewer="bo", reasons="r"),
        step("receive-return", "d-1"),
        step("receive-return", "d-1"),
        step("escalate-dispute", "d-1", by="buyer"),
        step("escalate-dispute", "d-9", by="buyer"),
    )
    imported = run("import", file, "--json").json()
    assert {k: imported[k] for k in ("taken", "replayed", "refused")} == {
        "taken": 10, "replayed": 1, "refused": 2,
    }  # fmt: skip


def test_in_a_history_silence_stands_between_the_lines(run: Run, tmp_path: Path) -> None:
    def dated(day: str, line: dict[str, Any]) -> dict[str, Any]:
        return {**line, "recorded_at": f"{day}T00:00:00Z"}

    file = write(
        tmp_path / "told.ndjson",
        dated("2026-01-01", claim("d-1")),
        dated("2026-01-01", claim("d-2")),
        dated("2026-01-03", step("escalate-dispute", "d-2", by="buyer")),
        dated("2026-01-04", step("request-dispute-evidence", "d-2", **{"from": ["buyer"]})),
        dated("2026-01-05", step("answer-dispute", "d-2", answer="accept")),
        dated("2026-01-08", step("answer-dispute", "d-1", answer="reject")),
        dated("2026-01-09", step("track-return", "d-1", tracking_number="LX 1")),
    )
    imported = run("import", file, "--history", "--json").json()
    assert (imported["taken"], imported["refused"]) == (5, 2)
    told = {
        (fact["data"]["what"], fact["effective_at"])
        for fact in facts(run)
        if fact["kind"] == "dispute-deadline-passed.v1"
        and fact["effective_at"] == fact["recorded_at"]
    }
    assert told == {
        ("seller-response", "2026-01-06T00:00:00.000001Z"),
        ("buyer-evidence", "2026-01-07T00:00:00.000001Z"),
        ("return-receipt", "2026-01-24T00:00:00.000001Z"),
    }
