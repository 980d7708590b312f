"""What a message of the commands' topic may hold, as JSON Schema: made from the commands' types."""

from collections.abc import Iterator
from typing import Any, Final, get_args

import msgspec

from api.inbox.reading import WRITERS
from api.writing import SCOPES
from ledger.decide.commands import Command
from projections.broker.topics import COMMANDS

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def command_schema() -> dict[str, Any]:
    """The schema of a message's value: any command that is taken from a topic."""
    any_of, named = msgspec.json.schema_components(
        taken_from_topics(), ref_template="#/$defs/{name}"
    )
    return {
        "$schema": DIALECT,
        "title": COMMANDS,
        "description": "A command, as a line of POST /v1/facts:batch. The message's key is its "
        "seller's id, or that of the case.",
        "anyOf": list(any_of),
        "$defs": named,
    }


def taken_from_topics() -> Iterator[type[Command]]:
    """The commands that whoever writes to the topic may give."""
    return (each for each in get_args(Command) if WRITERS.may(*SCOPES[each]))
