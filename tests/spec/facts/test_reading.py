"""Reading what is stored: older versions are upcast, and what cannot be explained is refused."""

import json
from typing import Any

import pytest

from ledger.facts import kinds
from ledger.facts.kinds import UnreadableFact, from_bytes, to_bytes
from ledger.facts.violations import ViolationRecorded
from tests.spec.facts.examples import MINIMAL

OLDER = "violation-recorded.v0"
NEWER = "violation-recorded.v1"


def renamed(stored: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A made-up older version: it called the rule `offence`, and every life was a year."""
    rest = {name: value for name, value in stored.items() if name != "offence"}
    lapses_at = stored["at"] + 365 * 86_400_000_000
    return NEWER, {**rest, "rule": stored["offence"], "lapses": lapses_at}


def oldest(stored: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """One older still, which said the same in a list."""
    at, by, offence, more = stored["list"]
    return OLDER, {"at": at, "by": by, "offence": offence, **more}


def as_stored_by_v0() -> dict[str, Any]:
    stored = json.loads(to_bytes(MINIMAL[NEWER]))
    del stored["lapses"]
    stored["offence"] = stored.pop("rule")
    return stored


def test_a_fact_of_an_older_version_is_read_as_the_newer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kinds.UPCASTERS, OLDER, renamed)
    fact = from_bytes(OLDER, json.dumps(as_stored_by_v0()).encode())
    assert isinstance(fact, ViolationRecorded)
    assert fact == MINIMAL[NEWER]


def test_upcasters_follow_each_other_version_by_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kinds.UPCASTERS, OLDER, renamed)
    monkeypatch.setitem(kinds.UPCASTERS, "violation-recorded.draft", oldest)
    v0 = as_stored_by_v0()
    stored = {"list": [v0.pop("at"), v0.pop("by"), v0.pop("offence"), v0]}
    assert from_bytes("violation-recorded.draft", json.dumps(stored).encode()) == MINIMAL[NEWER]


def test_without_its_upcaster_an_older_version_is_unreadable() -> None:
    with pytest.raises(UnreadableFact, match=OLDER):
        from_bytes(OLDER, json.dumps(as_stored_by_v0()).encode())


def test_an_upcaster_that_leaves_a_field_out_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kinds.UPCASTERS, OLDER, lambda stored: (NEWER, {"at": stored["at"]}))
    with pytest.raises(UnreadableFact, match="by"):
        from_bytes(OLDER, json.dumps(as_stored_by_v0()).encode())


def test_older_facts_that_an_upcaster_cannot_take_are_unreadable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(kinds.UPCASTERS, OLDER, renamed)
    for stored in (b"{}", b"[]", b'{"from": "noon"}', b"7"):
        with pytest.raises(UnreadableFact, match=OLDER):
            from_bytes(OLDER, stored)


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff\xfe",
        b'{"at": 1, "by": "\xff", "violation_id": "v", "effective_at": 1}',
        b'{"at": "2026-03-01"}',
        b'{"at": 1.5, "by": "x", "violation_id": "v", "effective_at": 1}',
        b'{"at": 1, "by": "x", "violation_id": null, "effective_at": 1}',
    ],
)
def test_bytes_that_say_nothing_known_are_unreadable(stored: bytes) -> None:
    with pytest.raises(UnreadableFact, match=r"violation-expired\.v1"):
        from_bytes("violation-expired.v1", stored)


@pytest.mark.parametrize(
    "name", ["", "violation-recorded", "violation-recorded.v9", "moon-landed.v1"]
)
def test_a_name_that_nobody_knows_is_unreadable(name: str) -> None:
    with pytest.raises(UnreadableFact, match="no kind of fact"):
        from_bytes(name, to_bytes(MINIMAL[NEWER]))
