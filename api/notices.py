"""Notices: what a seller must be told, made from its facts when asked for, and what it has read.

Only what was read is kept, beside the log: it follows from no fact.
"""

from typing import Any, Final, cast

import msgspec

from api.notice_texts.telling import ToldFact, words_of
from api.notice_texts.words import Context
from api.refusals import UnknownNotice
from api.representations import When, position_text, when
from ledger.facts.ids import address_of, fact_id, seller_stream
from ledger.facts.instants import format_instant
from ledger.facts.kinds import from_bytes
from ledger.facts.violations import ViolationRecorded
from ledger.log import Log
from ledger.store.sql import queries

SQL: Final = queries("api", "notices.sql")
KINDS: Final = [
    "violation-recorded",
    "violation-annulled",
    "violation-cancelled",
    "violation-expired",
    "appeal-filed",
    "appeal-upheld",
    "appeal-rejected",
    "appeal-lapsed",
    "appeal-withdrawn",
    "sanction-imposed",
    "sanction-ended",
    "sanction-lifted",
    "sanction-waived",
    "sanction-found-in-error",
    "funds-frozen",
    "funds-released",
    "report-answer-awaited",
]
"""A proposal to waive and its confirmation are matters of the house until something follows."""
_ABOUT: Final = ("violation_id", "sanction_id", "freeze_id", "report_id")


class About(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a notice is about."""

    violation_id: str | None = None
    sanction_id: str | None = None
    freeze_id: str | None = None
    report_id: str | None = None


class Notice(msgspec.Struct, frozen=True):
    """One thing that a seller must be told, in plain sentences."""

    notice_id: str
    """The address of its fact."""
    position: str
    at: When
    """When it was recorded: notice periods run from here."""
    kind: str
    title: str
    text: str
    about: About
    until: When | None
    """Until when what it tells of lasts, if that was known then."""
    read_at: When | None


class Notices(msgspec.Struct, frozen=True):
    """One page, in the order in which they were given, and how many are unread in all."""

    notices: tuple[Notice, ...]
    next: str | None
    unread: int


def notices_of(log: Log, seller_id: str, after: int, limit: int, *, unread: bool) -> Notices:
    """A seller's notices after a position, those unread alone if so asked."""
    with log.reader.cursor() as cursor:
        wanted = {**_named(seller_id), "after": after, "limit": limit + 1, "unread": unread}
        rows = cursor.execute(SQL["notices"], wanted).fetchall()
        left = cursor.execute(SQL["unread"], _named(seller_id)).fetchone()
    page = _rendered(log, seller_id, rows[:limit])
    more = page[-1].position if len(rows) > limit else None
    return Notices(tuple(page), more, 0 if left is None else left[0])


def mark_read(log: Log, seller_id: str, notice_id: str) -> Notice:
    """Note that a notice was read, and show it. Raises `UnknownNotice`."""
    address = address_of(notice_id)
    if address is None or address[0] != seller_stream(seller_id):
        raise UnknownNotice
    stored = log.reader.fact(*address)
    if stored is None or stored.name.partition(".")[0] not in KINDS:
        raise UnknownNotice
    reading = {"seller_id": seller_id, "position": stored.position, "at": log.now()}
    with log.reader.cursor() as cursor:
        cursor.execute(SQL["mark_read"], reading)
    return notices_of(log, seller_id, stored.position - 1, 1, unread=False).notices[0]


def mark_read_up_to(log: Log, seller_id: str, position: int) -> int:
    """Note that every notice up to a position was read; returns how many are unread still."""
    with log.reader.cursor() as cursor:
        reading = {**_named(seller_id), "up_to": position, "at": log.now()}
        cursor.execute(SQL["mark_read_up_to"], reading)
        left = cursor.execute(SQL["unread"], _named(seller_id)).fetchone()
    return 0 if left is None else left[0]


def _named(seller_id: str) -> dict[str, Any]:
    return {"seller_id": seller_id, "stream": seller_stream(seller_id), "kinds": KINDS}


def _rendered(log: Log, seller_id: str, rows: list[Any]) -> list[Notice]:
    facts = [cast(ToldFact, from_bytes(name, state)) for _, name, state, _, _ in rows]
    told = _context(log, seller_id, facts)
    notices: list[Notice] = []
    for (version, name, _, position, read_at), fact in zip(rows, facts, strict=True):
        title, text, until = words_of(fact, told)
        about = {field: getattr(fact, field) for field in _ABOUT if hasattr(fact, field)}
        notices.append(
            Notice(
                notice_id=fact_id(seller_stream(seller_id), version),
                position=position_text(position),
                at=format_instant(fact.recorded_at),
                kind=name,
                title=title,
                text=text,
                about=About(**about),
                until=when(until),
                read_at=when(read_at),
            )
        )
    return notices


def _context(log: Log, seller_id: str, facts: list[ToldFact]) -> Context:
    """The seller as known now, and how the violations that these facts name were recorded."""
    # Read after the facts: it knows of everything that they tell.
    seller = log.reader.seller(seller_id)
    recorded = {f.violation_id: f for f in facts if isinstance(f, ViolationRecorded)}
    named = {getattr(fact, "violation_id", None) for fact in facts}
    versions = [v.version for v in seller.violations if v.violation_id in named - recorded.keys()]
    if versions:
        with log.reader.cursor() as cursor:
            wanted = {"stream": seller_stream(seller_id), "versions": versions}
            for name, state in cursor.execute(SQL["recorded"], wanted).fetchall():
                fact = from_bytes(name, state)
                assert isinstance(fact, ViolationRecorded)
                recorded[fact.violation_id] = fact
    return Context(seller, recorded, log.rulebook, log.now())
