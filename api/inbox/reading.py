"""Reading a message of the commands' topic as a request, or finding out why it is none.

Nothing of the ledger is asked here: the same message reads the same for ever. What depends on the
ledger (whose case it is, whether the command is taken) is found out in the transaction.
"""

import json
import re
from contextlib import suppress
from typing import Any, Final, NamedTuple

import msgspec

from api.access import Actor
from api.bodies import command_in
from api.inbox.refusals import (
    FieldToldTwice,
    HeaderRefused,
    KeyMismatch,
    KeyMissing,
    NoCommand,
    NotFromTopics,
    OtherVersion,
)
from api.refusals import WrongMediaType
from api.writing import SCOPES, signed
from ledger.decide.commands import Command
from ledger.decide.promotion_commands import AnnounceCampaign
from ledger.facts.ids import ID_ACCEPTED, ID_PATTERN
from ledger.facts.refusal import Refusal
from ledger.taking.requests import Request
from projections.broker.messages import Arrived, Headers, Message

REPORTERS: Final = Actor(None, frozenset({"facts:write"}))
"""Whoever the broker lets write to the topic, where the operator opened it to nothing more: a
platform service, which names who reported.
"""
JSON: Final = "application/json"
CLOUD_EVENTS: Final = "1.0"
VERSION: Final = "v1"

_ID: Final = re.compile(ID_PATTERN)
_KEY: Final = re.compile(r"[!-~]{1,255}")
_VERSION_AT_END: Final = re.compile(r"\.(v\d+)$")
_ATTRIBUTE: Final = re.compile(r"ce_[a-z0-9]+")
_READ: Final = ("content-type", "correlation-id", "idempotency-key")
_PASSED_OVER: Final = ("traceparent", "tracestate", "baggage")
"""What tracing adds to whatever is sent; nothing is decided by it."""
_ACCEPTED: Final = f"{', '.join((*_READ, *_PASSED_OVER))}, or a ce_… of CloudEvents"


class Read(NamedTuple):
    """A message, and what it asks for."""

    arrived: Arrived
    wish: Request | Refusal
    """A refusal where it cannot be read, or may not be asked here."""


def read(arrived: Arrived, writers: Actor = REPORTERS) -> Read:
    """Read a message that has come; `writers` is what those who write to the topic may ask for."""
    try:
        return Read(arrived, _request(arrived, writers))
    except Refusal as refusal:
        return Read(arrived, refusal)


def refuse_other_case(command: Command, key: bytes | None, seller_id: str | None) -> None:
    """Hold a message's key against a case that is there: it is the case's id, or the id of the
    seller whose case it is. Raises `KeyMismatch`.
    """
    named = "dispute_id", "report_id", "campaign_id"
    field = next(field for field in named if hasattr(command, field))
    wanted = [getattr(command, field), *([] if seller_id is None else [seller_id])]
    if key not in [each.encode() for each in wanted]:
        raise KeyMismatch(field, wanted)


def _request(arrived: Arrived, writers: Actor) -> Request:
    message = arrived.message
    told = _headers(message.headers)
    if message.value is None:
        raise NoCommand
    key = _key(message)
    _refuse_other_version(told)
    command = _command(message.value)
    _refuse_other_key(command, key)
    scopes = SCOPES[type(command)]
    if not writers.may(*scopes):
        raise NotFromTopics(" or ".join(scopes))
    again = told.get("idempotency-key") or _place(arrived)
    correlation = told.get("correlation-id") or told.get("ce_correlationid")
    return signed(command, writers, again, correlation)


def _refuse_other_key(command: Command, key: str) -> None:
    """Where the command itself says whose it is; for steps of a case the case has to be asked."""
    field = "campaign_id" if isinstance(command, AnnounceCampaign) else "seller_id"
    wanted = getattr(command, field, None)
    if wanted is not None and key != wanted:
        raise KeyMismatch(field, [wanted])


def _place(arrived: Arrived) -> str:
    """Under what a message is known when it is read again, because somebody set the position back.
    The instant tells it from what a topic that was made anew holds at the same place.
    """
    topic, partition, offset = arrived.place
    return f"{topic}/{partition}/{offset}/{arrived.at_ms}"[-255:]


def _key(message: Message) -> str:
    if message.key is None:
        raise KeyMissing("no key")
    try:
        key = message.key.decode("ascii")
    except UnicodeDecodeError:
        raise KeyMissing("a key that is no id") from None
    if not _ID.fullmatch(key):
        raise KeyMissing("a key that is no id")
    return key


def _command(value: bytes) -> Command:
    try:
        command = command_in(value)
    except Refusal as refusal:
        raise _as_other_version(value) or refusal from None
    # Read again for what the first reading passes over; it is known to be small and shallow by now.
    json.loads(value, object_pairs_hook=_refuse_twice)
    return command


class _Named(msgspec.Struct):
    command: str = ""


def _as_other_version(value: bytes) -> OtherVersion | None:
    """What names a command with another version behind it is of that version, and not misspelt."""
    with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        version = _VERSION_AT_END.search(msgspec.json.decode(value, type=_Named).command)
        if version is not None:
            return OtherVersion("command", version[1], f"the name alone, which means {VERSION}")
    return None


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) < len(pairs):
        names = [name for name, _ in pairs]
        raise FieldToldTwice(next(name for name in names if names.count(name) > 1))
    return told


# -- headers ------------------------------------------------------------------------------


def _headers(headers: Headers) -> dict[str, str]:
    """The headers by name; raises `HeaderRefused` for one that would be ignored otherwise."""
    told: dict[str, str] = {}
    for written, value in headers:
        name = written.lower()
        if name not in (*_READ, *_PASSED_OVER) and not _ATTRIBUTE.fullmatch(name):
            raise HeaderRefused(written, "is not read here", _ACCEPTED)
        if name in told:
            raise HeaderRefused(written, "is told twice", "one value")
        told[name] = _text(written, value)
    for name in ("correlation-id", "ce_correlationid"):
        if name in told and not _ID.fullmatch(told[name]):
            raise HeaderRefused(name, "is not an id", ID_ACCEPTED)
    if not _KEY.fullmatch(told.get("idempotency-key", "-")):
        raise HeaderRefused("idempotency-key", "is no key", "1 to 255 ASCII characters, no space")
    return told


def _text(name: str, value: bytes | None) -> str:
    try:
        if value is not None:
            return value.decode()
    except UnicodeDecodeError:
        pass
    raise HeaderRefused(name, "is no text", "text in UTF-8")


def _refuse_other_version(told: dict[str, str]) -> None:
    kind, _, charset = told.get("content-type", JSON).replace(" ", "").lower().partition(";")
    if kind != JSON or charset.replace('"', "") not in ("", "charset=utf-8"):
        raise WrongMediaType(told["content-type"], JSON)
    if told.get("ce_specversion", CLOUD_EVENTS) != CLOUD_EVENTS:
        raise OtherVersion("ce_specversion", told["ce_specversion"], CLOUD_EVENTS)
    version = _VERSION_AT_END.search(told.get("ce_type", ""))
    if version is not None and version[1] != VERSION:
        raise OtherVersion("ce_type", told["ce_type"], f"a type that ends in .{VERSION}")
