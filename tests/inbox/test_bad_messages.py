"""What is no command is rejected with the reason, byte for byte, and never stops its partition."""

import json
from base64 import b64encode
from typing import Any

import pytest

from projections.broker.messages import Headers
from tests.inbox.topics import Topic, consumer, drained, positions, rejected, reported, violations
from tests.store.opened import opened

GOOD = reported("v-1")
DECISION = json.dumps(
    {"command": "decide-appeal", "seller_id": "s-1", "violation_id": "v-0", "round": 1,
     "outcome": "upheld", "reviewer": "ana", "reasons": "so"}
).encode()  # fmt: skip
UNKNOWN_STEP = b'{"command": "answer-dispute", "dispute_id": "nobody", "answer": "accept"}'
BAD: dict[str, tuple[dict[str, Any], str, str | None]] = {
    "not JSON": ({"value": b"hello"}, "malformed-body", None),
    "nothing": ({"value": b""}, "malformed-body", None),
    "cut off": ({"value": GOOD[:-1]}, "malformed-body", None),
    "two commands": ({"value": GOOD + b"\n" + GOOD}, "malformed-body", None),
    "a list of commands": ({"value": b"[" + GOOD + b"]"}, "malformed-body", None),
    "UTF-16": ({"value": GOOD.decode().encode("utf-16")}, "malformed-body", None),
    "Latin-1": ({"value": reported("v-1").replace(b"seen", b"s\xe9en")}, "malformed-body", None),
    "U+0000": ({"value": reported("v-1", statement="a\0b")}, "malformed-body", None),
    "unknown command": ({"value": b'{"command": "forgive"}'}, "malformed-body", "command"),
    "a field nobody knows": ({"value": reported("v-1", colour="red")}, "malformed-body", "colour"),
    "a field is missing": (
        {"value": b'{"command": "record-violation", "seller_id": "s-1"}'},
        "malformed-body",
        "violation_id",
    ),
    "a field is told twice": (
        {"value": GOOD[:-1] + b', "rule": "weapons"}'},
        "field-told-twice",
        "rule",
    ),
    "another version of the command": (
        {"value": reported("v-1", command="record-violation.v2")},
        "other-version",
        "command",
    ),
    "another version of its type": (
        {"headers": (("ce_specversion", b"1.0"), ("ce_type", b"record-violation.v2"))},
        "other-version",
        "ce_type",
    ),
    "another version of CloudEvents": (
        {"headers": (("ce_specversion", b"0.3"),)},
        "other-version",
        "ce_specversion",
    ),
    "another media type": (
        {"headers": (("content-type", b"application/cloudevents+json"),)},
        "wrong-media-type",
        "Content-Type",
    ),
    "a header nobody reads": (
        {"headers": (("idempotency_key", b"k-1"),)},
        "message-header-refused",
        "idempotency_key",
    ),
    "a header told twice": (
        {"headers": (("correlation-id", b"a"), ("correlation-id", b"b"))},
        "message-header-refused",
        "correlation-id",
    ),
    "a header without a value": (
        {"headers": (("correlation-id", None),)},
        "message-header-refused",
        "correlation-id",
    ),
    "a header in another encoding": (
        {"headers": (("correlation-id", b"\xff"),)},
        "message-header-refused",
        "correlation-id",
    ),
    "no key": ({"key": None}, "message-key-missing", "key"),
    "an empty key": ({"key": b""}, "message-key-missing", "key"),
    "a key that is no text": ({"key": b"\xff\x00"}, "message-key-missing", "key"),
    "another seller's key": ({"key": b"s-2"}, "message-key-mismatch", "key"),
    "a key with another case of letters": ({"key": b"S-1"}, "message-key-mismatch", "key"),
    "tombstone": ({"value": None}, "no-command", None),
    "tombstone without a key": ({"key": None, "value": None}, "no-command", None),
    "nested deeply": ({"value": b'{"a":' * 20_000}, "body-too-large", None),
    "nested as deeply as a line may be": ({"value": b"[" * 60_000}, "malformed-body", None),
    "nested deeply where text should be": (
        {"value": GOOD.replace(b'"seen"', b"[" * 5_000 + b"]" * 5_000)},
        "malformed-body",
        "statement",
    ),
    "giant": ({"value": reported("v-1", statement="x" * 800_000)}, "body-too-large", None),
    "a person's decision": ({"value": DECISION}, "wrong-scope", "command"),
    "a rule that is not in the pack": (
        {"value": reported("v-1", rule="kindness")},
        "unknown-rule",
        "rule",
    ),
    "a step of an unknown case": ({"value": UNKNOWN_STEP}, "unknown-dispute", "dispute_id"),
    "an instant that is none": (
        {"value": reported("v-1", effective_at="2026-02-30T00:00:00Z")},
        "malformed-instant",
        "effective_at",
    ),
}


@pytest.mark.parametrize("bad", BAD)
def test_what_cannot_be_taken_is_rejected_and_the_partition_goes_on(dsn: str, bad: str) -> None:
    told, name, field = BAD[bad]
    message: dict[str, Any] = {"value": GOOD, "key": b"s-1", "headers": ()} | told
    topic = Topic()
    topic.say(**message)
    topic.report("v-behind")
    with opened(dsn) as ledger:
        numbers = drained(consumer(ledger, topic)).numbers()
    ((partition, offset, key, value, headers, problem),) = rejected(dsn)
    assert (partition, offset, key, value) == (0, 0, message["key"], message["value"])
    assert headers == in_base64(message["headers"])
    assert (problem["type"], problem.get("field", field)) == (f"/problems/{name}", field)
    assert problem["instance"].endswith("/0/0")
    assert problem["detail"]
    assert dict(numbers.counts.rejected) == {name: 1}
    assert numbers.counts.taken == 1
    assert violations(dsn) == ["v-behind"]
    assert positions(dsn) == {0: 2}


def in_base64(headers: Headers) -> list[list[str | None]]:
    return [[name, None if value is None else b64encode(value).decode()] for name, value in headers]


def test_what_a_topic_of_others_held_is_left_out_where_no_topic_of_ours_takes_it(dsn: str) -> None:
    topic = Topic()
    topic.say(b"x" * 1_048_588)
    topic.say(b"x" * 2_000_000)
    topic.say(GOOD, b"k" * 2_000_000)
    with opened(dsn) as ledger:
        drained(consumer(ledger, topic))
    whole, without, empty = rejected(dsn)
    assert (whole[2], len(whole[3] or b"")) == (b"s-1", 1_048_588)
    assert (without[2:4], empty[2:4]) == ((b"s-1", None), (None, None))
    assert [row[5]["instance"][-3:] for row in rejected(dsn)] == ["0/0", "0/1", "0/2"]


@pytest.mark.parametrize(
    "headers",
    [
        (("content-type", b"application/json; charset=UTF-8"),),
        (
            ("ce_specversion", b"1.0"), ("ce_id", b"17"), ("ce_source", b"/monitor"),
            ("ce_type", b"record-violation.v1"), ("ce_time", b"2026-11-22T00:00:00Z"),
            ("content-type", b"application/json"),
        ),
        (("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),),
        (("Correlation-Id", b"matter-1"),),
    ],
)  # fmt: skip
def test_headers_that_are_read(dsn: str, headers: Headers) -> None:
    topic = Topic()
    topic.say(GOOD, headers=headers)
    with opened(dsn) as ledger:
        drained(consumer(ledger, topic))
    assert rejected(dsn) == []
    assert violations(dsn) == ["v-1"]
