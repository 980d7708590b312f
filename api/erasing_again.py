"""Erasing again what a restored backup brought back, by the list of erasures that was kept outside.

The list is the export of the facts `payload-erased`. A line is done already where the log holds an
erasure of its seller at that instant or later: all that was told before it is gone then.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from api.history_files import lines_in
from api.importing import FileUnreadable
from api.mistakes import mistake_in_line
from api.refusals import MalformedBody
from ledger.decide.erasure_commands import EraseSeller
from ledger.decide.erasure_refusals import ErasureHeld, UnknownSeller
from ledger.decide.fields import InstantText
from ledger.facts.erasure import ErasureReason
from ledger.facts.ids import ExternalId
from ledger.facts.instants import Instant, parse_instant
from ledger.facts.refusal import Refusal
from ledger.ledger import Ledger


class _Reason(msgspec.Struct):
    reason: ErasureReason


class _KeptLine(msgspec.Struct, tag_field="kind", tag="payload-erased.v1"):
    """Of an exported fact, what an erasure has to know."""

    seller_id: ExternalId
    recorded_at: InstantText
    actor: ExternalId
    data: _Reason


class Held(msgspec.Struct, frozen=True):
    """A line that could not be done now, and why."""

    line: int
    seller_id: str
    why: str


class Again(msgspec.Struct, frozen=True):
    """What became of the lines of a list."""

    lines: int
    erased: int
    texts: int
    """How many texts went."""
    done_before: int
    """Lines whose erasure the log holds, and those of sellers that it does not know."""
    held: tuple[Held, ...]


_KEPT: Final = msgspec.json.Decoder(_KeptLine)


def erase_again(ledger: Ledger, path: Path) -> Again:
    """Do what a kept list says and the log does not know of. Raises `FileUnreadable`, and
    `MalformedBody` for a line that is no erasure; the lines before it are done.
    """
    lines = erased = texts = before = 0
    held: list[Held] = []
    for number, kept in _lines(path):
        lines += 1
        at = parse_instant(kept.recorded_at, "recorded_at")
        if _is_done(ledger, kept.seller_id, at):
            before += 1
            continue
        wish = EraseSeller(seller_id=kept.seller_id, reason=kept.data.reason, erased_by=kept.actor)
        try:
            answer = ledger.handle(wish, kept.actor)
        except UnknownSeller:
            before += 1
        except ErasureHeld as why:
            held.append(Held(number, kept.seller_id, str(why)))
        else:
            erased += 1
            texts += answer.seller.keeping.erasures[-1].texts
    return Again(lines, erased, texts, before, tuple(held))


def _is_done(ledger: Ledger, seller_id: str, at: Instant) -> bool:
    erasures = ledger.reader.seller(seller_id).keeping.erasures
    return any(erasure.erased_at >= at for erasure in erasures)


def _lines(path: Path) -> Iterator[tuple[int, _KeptLine]]:
    try:
        for number, line in lines_in(path):
            yield number, _read(number, line)
    except OSError as problem:
        raise FileUnreadable(path, (problem.strerror or "no reason given").lower()) from None


def _read(number: int, line: bytes) -> _KeptLine:
    try:
        return _KEPT.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        why: Refusal = mistake_in_line(error, line)
        raise MalformedBody(
            f"line {number} is no erasure: {why}",
            field="FILE",
            accepted="the export of facts kind=payload-erased as NDJSON",
        ) from None
