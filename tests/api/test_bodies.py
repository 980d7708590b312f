"""How bodies are read: one sentence per mistake, and nothing is read without limit."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient
from starlette.types import Message

from api import bodies
from api.bodies import JSON_AT_MOST, LINE_AT_MOST, command_in, into, lines_of, preferred
from api.refusals import BodyTooLarge, BodyTooSlow, MalformedBody, NotAcceptable, WrongMediaType
from ledger.decide.commands import AnnulViolation, RecordViolation
from ledger.decide.report_commands import AddReportDocuments, FileReport

GOOD = {
    "violation_id": "v-1",
    "rule": "trademark",
    "source": "platform",
    "statement": "A copied logo.",
    "reported_by": "platform",
}
HERE = {"seller_id": "s-1"}


def read(changed: dict[str, Any]) -> RecordViolation:
    return into(RecordViolation, json.dumps(GOOD | changed).encode(), HERE)


def request(
    parts: Iterable[bytes] = (), content_type: str = "application/x-ndjson", accept: str = "*/*"
) -> Request:
    waiting = list(parts)

    async def receive() -> dict[str, Any]:
        part = waiting.pop(0) if waiting else b""
        return {"type": "http.request", "body": part, "more_body": bool(waiting)}

    headers = [(b"content-type", content_type.encode()), (b"accept", accept.encode())]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


def lines(*parts: bytes, content_type: str = "application/x-ndjson") -> list[bytes]:
    async def gather() -> list[bytes]:
        return [line async for lines in lines_of(request(parts, content_type)) for _, line in lines]

    return asyncio.run(gather())


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_S", 0.05)

    async def receive() -> Message:
        await asyncio.sleep(5)
        raise AssertionError

    asked = Request({"type": "http", "headers": []}, receive)
    with pytest.raises(BodyTooSlow, match="did not come"):
        asyncio.run(bodies.whole_body(asked))


def test_the_path_completes_the_body() -> None:
    assert read({}).seller_id == "s-1"
    assert read({"seller_id": "s-1"}).seller_id == "s-1"


def test_over_http_and_in_a_batch_it_is_the_same_command() -> None:
    for changed in ({}, {"points": 3}, {"statement": "\u00e9\ud83d\ude00"}):
        line = json.dumps({"command": "record-violation", **HERE, **GOOD, **changed}).encode()
        assert command_in(line) == read(changed)


@pytest.mark.parametrize(
    ("changed", "field", "sentence", "accepted"),
    [
        ({"points": "3"}, "points", "points is text, not a whole number", "a whole number from 0"),
        ({"points": 1.5}, "points", "points is a number, not a whole number", "a whole number"),
        ({"points": -1}, "points", "points is too small", "0 to 1,000,000"),
        ({"points": 10**30}, "points", "points is too large", "0 to 1,000,000"),
        ({"severity": "grave"}, "severity", "severity cannot be 'grave'", "general or serious"),
        ({"rule": None}, "rule", "rule is null, not text", "1 to 128 letters"),
        ({"rule": "a b"}, "rule", "rule is not written as it should be", "1 to 128 letters"),
        ({"violation_id": "v" * 200}, "violation_id", "violation_id is too long", "1 to 128"),
        ({"statement": ""}, "statement", "statement is too short", "1 to 5,000 characters"),
        ({"evidence": [1]}, "evidence[0]", "evidence[0] is a whole number", "1 to 500 characters"),
        ({"evidence": ["e"] * 101}, "evidence", "evidence is too long", "a list of up to 100"),
        ({"colour": "red"}, "colour", "there is no field colour here", "evidence, listing_id"),
        ({"seller_id": "s-2"}, "seller_id", "seller_id differs from the address", "s-1"),
        ({"statement": "a\0b"}, None, "U+0000", "text without U+0000"),
    ],
)
def test_each_mistake_has_its_sentence(
    changed: dict[str, Any], field: str | None, sentence: str, accepted: str
) -> None:
    with pytest.raises(MalformedBody) as refused:
        read(changed)
    assert refused.value.field == field
    assert sentence in str(refused.value)
    assert accepted in (refused.value.accepted or "")


def test_bounds_of_its_own_are_said() -> None:
    with pytest.raises(MalformedBody, match="report_id is too long") as refused:
        into(FileReport, json.dumps({"report_id": "r" * 113}).encode(), {})
    assert (refused.value.accepted or "").startswith("1 to 112 letters")
    with pytest.raises(MalformedBody, match="evidence is too short") as refused:
        into(AddReportDocuments, b'{"evidence": []}', {"report_id": "r-1"})
    assert refused.value.accepted == "a list of 1 to 100"


def test_a_missing_field_says_what_it_should_be() -> None:
    with pytest.raises(MalformedBody, match="reason is missing") as refused:
        into(AnnulViolation, b'{"annulled_by": "a"}', {"seller_id": "s", "violation_id": "v"})
    assert refused.value.field == "reason"
    assert refused.value.accepted == "text of 1 to 5,000 characters"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"nul", b'{"a": 1} x', b'"\xff"', b"[" * 9_000 + b"]" * 9_000, b"[]", b"1", b"\0"],
)
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedBody):
        into(RecordViolation, body, HERE)
    with pytest.raises(MalformedBody):
        command_in(body)


def test_an_unknown_command_is_told_the_known_ones() -> None:
    with pytest.raises(MalformedBody) as refused:
        command_in(b'{"command": "forgive", "seller_id": "s-1"}')
    assert refused.value.field == "command"
    assert "record-violation or annul-violation or waive-sanction" in (refused.value.accepted or "")


def test_an_escaped_backslash_is_not_a_null() -> None:
    assert read({"statement": "a\\u0000b"}).statement == "a\\u0000b"


def test_lines_come_as_they_are_however_they_are_cut() -> None:
    assert lines(b'{"a"', b":1}\n\n  \n{", b'"b":2}\n{"c"', b":3}") == [
        b'{"a":1}',
        b'{"b":2}',
        b'{"c":3}',
    ]


def test_a_line_too_long_does_not_stop_the_next() -> None:
    first, second = lines(b"x" * LINE_AT_MOST, b"x" * LINE_AT_MOST + b"\n{}\n")
    with pytest.raises(BodyTooLarge):
        command_in(first)
    assert second == b"{}"


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-ndjson; charset=latin-1"])
def test_a_body_of_another_kind_is_refused(kind: str) -> None:
    with pytest.raises(WrongMediaType):
        lines(b"{}", content_type=kind)


def test_the_clients_first_choice_is_taken() -> None:
    offered = ("application/json", "text/csv")
    assert preferred(request(), offered) == "application/json"
    assert preferred(request(accept="text/csv"), offered) == "text/csv"
    assert preferred(request(accept="application/json;q=0.2, text/*;q=0.9"), offered) == "text/csv"
    with pytest.raises(NotAcceptable):
        preferred(request(accept="image/png, application/json;q=0"), offered)


def test_a_body_too_large_is_refused_with_and_without_its_length(client: TestClient) -> None:
    kind = {"Content-Type": "application/json"}
    whole = b" " * (JSON_AT_MOST + 1)
    address = "/v1/sellers/s-1/violations"
    assert client.post(address, content=whole, headers=kind).status_code == 413
    answer = client.post(address, content=iter([whole[:100], whole]), headers=kind)
    assert answer.status_code == 413
    assert answer.json()["accepted"] == "up to 1,048,576 bytes"
