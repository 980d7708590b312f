"""The schema of commands in the documents: what it accepts is read, and what it refuses is not."""

import json

import jsonschema_rs
import pytest

from api.inbox.reading import read
from api.messages.schemas import COMMAND, SCOPES_OF, schemas
from api.settings import BATCH_SCOPES
from api.writing import SCOPES
from ledger.facts.refusal import Refusal
from projections.broker.messages import Arrived, Message, Place
from projections.broker.topics import COMMANDS
from tests.inbox.test_bad_messages import DECISION, UNKNOWN_STEP
from tests.inbox.topics import reported

SCHEMA = dict(schemas())[COMMAND]
VALID = jsonschema_rs.validator_for(SCHEMA)


def refused(value: bytes) -> bool:
    key = json.loads(value).get("seller_id", "s-1") if value.startswith(b"{") else "s-1"
    message = Message(COMMANDS, key.encode(), value)
    return isinstance(read(Arrived(Place(COMMANDS, 0, 0), message, 0)).wish, Refusal)


@pytest.mark.parametrize("good", [reported("v-1"), reported("v-1", points=3), UNKNOWN_STEP])
def test_what_can_be_read_is_valid(good: bytes) -> None:
    assert VALID.is_valid(json.loads(good))
    assert not refused(good)


@pytest.mark.parametrize(
    "bad",
    [
        b"[]",
        b'{"command": "forgive"}',
        reported("v-1", colour="red"),
        reported("v-1", points=-1),
        reported("v 1"),
    ],
)
def test_what_cannot_be_read_is_not(bad: bytes) -> None:
    assert not VALID.is_valid(json.loads(bad))
    assert refused(bad)


def test_it_says_what_each_command_asks_for() -> None:
    """A decision is one, though not every topic is open to it."""
    assert VALID.is_valid(json.loads(DECISION))
    told = {
        name: tuple(kind[SCOPES_OF]) for name, kind in SCHEMA["$defs"].items() if SCOPES_OF in kind
    }
    assert told == {kind.__name__: scopes for kind, scopes in SCOPES.items()}
    assert {scope for scopes in SCOPES.values() for scope in scopes} == set(BATCH_SCOPES)
