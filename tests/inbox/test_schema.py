"""The schema in the documents is the one that the types give, and what it accepts is read."""

import json
from pathlib import Path

import jsonschema_rs
import msgspec
import pytest

from api.inbox.schema import command_schema
from tests.inbox.test_bad_messages import DECISION, UNKNOWN_STEP
from tests.inbox.topics import reported

FILE = Path(__file__).resolve().parents[2] / "docs" / "schemas" / "commands.v1.json"
VALID = jsonschema_rs.validator_for(command_schema())


def test_the_file_is_what_the_types_say() -> None:
    assert (
        FILE.read_bytes()
        == msgspec.json.format(msgspec.json.encode(command_schema()), indent=2) + b"\n"
    ), "write command_schema() to docs/schemas/commands.v1.json"


@pytest.mark.parametrize("good", [reported("v-1"), reported("v-1", points=3), UNKNOWN_STEP])
def test_what_can_be_read_is_valid(good: bytes) -> None:
    assert VALID.is_valid(json.loads(good))


@pytest.mark.parametrize(
    "bad",
    [
        DECISION,
        b"[]",
        b'{"command": "forgive"}',
        reported("v-1", colour="red"),
        reported("v-1", points=-1),
        reported("v 1"),
    ],
)
def test_what_cannot_be_read_or_may_not_be_asked_is_not(bad: bytes) -> None:
    assert not VALID.is_valid(json.loads(bad))
