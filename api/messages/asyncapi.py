"""The topics as an AsyncAPI 3 document, made from the models; docs/asyncapi.json keeps it."""

from typing import Any, Final

from api.messages.envelope import ALWAYS, ATTRIBUTES, OF_FACTS, PREFIX
from api.messages.schemas import COMMAND, PROBLEM, PROGRESS_TYPE, Schema
from api.messages.telling import STANDING_TYPE
from ledger.facts.kinds import KINDS
from projections.broker.topics import COMMANDS, FACTS, PROGRESS, REJECTED, STANDING

CONTENT: Final = "application/json"
_SELLER_KEY: Final = {"type": "string", "description": "The seller; of other facts, their stream."}
_LOG_KEY: Final = {"type": "string", "description": "The log's own name."}
_COMMAND_KEY: Final = {
    "type": "string",
    "description": "The command's seller; of a step of a case the case's seller, or the case's id.",
}
_COMMAND_HEADERS: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "content-type": {"type": "string", "description": f"{CONTENT}, or absent."},
        "correlation-id": {"type": "string", "description": "What you call the matter."},
        "idempotency-key": {
            "type": "string",
            "description": "The same key with the same content is a repeat, for 30 days.",
        },
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_type": {"type": "string", "description": "What ends in a version ends in .v1."},
    },
}
"""None of them has to be there; any other attribute of CloudEvents, and tracing's, may be."""


def document() -> Schema:
    """The whole document; schemas are referred to beside it."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "seller-ledger",
            "version": "1",
            "description": "Every fact of the ledger, the latest standing of every seller, how far "
            "both were published, commands to it and those it could not take. Facts and standings "
            "are CloudEvents 1.0, binary mode.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": CONTENT,
        "channels": {
            "facts": _channel(FACTS, "Every fact, in order per seller, once.", list(KINDS)),
            "standing": _channel(
                STANDING, "The latest standing per seller; compacted.", [STANDING_TYPE]
            ),
            "commands": _channel(COMMANDS, "What the ledger is asked to do.", [COMMAND]),
            "rejected": _channel(
                REJECTED, "Messages that could not be taken, as they came.", ["rejected"]
            ),
            "progress": _channel(
                PROGRESS,
                "How far the log was published, said every few seconds; compacted.",
                [PROGRESS_TYPE],
            ),
        },
        "operations": {
            "publishFacts": _operation("send", "facts"),
            "publishStandings": _operation("send", "standing"),
            "publishRejected": _operation("send", "rejected"),
            "publishProgress": _operation("send", "progress"),
            "takeCommands": _operation("receive", "commands"),
        },
        "components": {"messages": _messages()},
    }


def _channel(topic: str, description: str, messages: list[str]) -> Schema:
    return {
        "address": topic,
        "description": description,
        "messages": {
            _key(name): {"$ref": f"#/components/messages/{_key(name)}"} for name in messages
        },
        "bindings": {"kafka": {"topic": topic, "bindingVersion": "0.5.0"}},
    }


def _operation(action: str, channel: str) -> Schema:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}}


def _messages() -> Schema:
    facts = {_key(name): _message(name, _headers(name, *OF_FACTS)) for name in KINDS}
    problem = {"description": "Why, as JSON.", "type": "string", "contentMediaType": CONTENT}
    return {
        **facts,
        _key(STANDING_TYPE): _message(STANDING_TYPE, _headers(STANDING_TYPE, "policy")),
        _key(COMMAND): _message(COMMAND, _COMMAND_HEADERS, _COMMAND_KEY),
        _key(PROGRESS_TYPE): _message(PROGRESS_TYPE, None, _LOG_KEY),
        "rejected": {
            "name": "rejected",
            "contentType": "application/octet-stream",
            "description": "Key and value byte for byte; the header `problem` is a "
            f"[problem](./messages/{PROBLEM}.json).",
            "headers": {
                "type": "object",
                "properties": {"problem": problem},
                "required": ["problem"],
            },
        },
    }


def _message(name: str, headers: Schema | None, key: Schema = _SELLER_KEY) -> Schema:
    message: dict[str, Any] = {
        "name": name,
        "contentType": CONTENT,
        "payload": {"$ref": f"./messages/{name}.json"},
        "bindings": {"kafka": {"key": key, "bindingVersion": "0.5.0"}},
    }
    return message if headers is None else message | {"headers": headers}


def _headers(kind: str, *others: str) -> Schema:
    """The headers of a kind of messages; those that are not always there are told of facts."""
    optional = ("causedby", "correlationid", "policy") if "actor" in others else ()
    named = (*ALWAYS, *others, *(name for name in optional if name not in others))
    properties: Schema = {
        PREFIX + name: {"type": "string", "description": ATTRIBUTES[name]} for name in named
    }
    properties["ce_specversion"]["const"] = "1.0"
    properties["ce_type"]["const"] = kind
    properties["content-type"] = {"type": "string", "const": CONTENT}
    required = [PREFIX + name for name in (*ALWAYS, *others)] + ["content-type"]
    return {"type": "object", "properties": properties, "required": required}


def _key(name: str) -> str:
    """A name as keys of the document may be."""
    return name.replace(".", "-")
