"""Two editions compared: what the later says otherwise, as rows and in sentences."""

from typing import Any

import msgspec

from api.representations import Edition, edition_of
from ledger.facts.instants import parse_instant
from ledger.ledger import Ledger
from ledger.policy import diff
from ledger.policy.book import BeforeFirstPack, PublishedEdition
from ledger.policy.document import PackData, from_canonical
from ledger.policy.wording import in_words


class DifferenceSeen(msgspec.Struct, frozen=True):
    """One place at which two packs differ; a side that lacks it is null."""

    path: str
    change: diff.Change
    before: Any
    after: Any
    says: str
    """The same as a sentence."""


class PoliciesCompared(msgspec.Struct, frozen=True):
    """What one edition says otherwise than another."""

    before: Edition
    after: Edition
    differences: tuple[DifferenceSeen, ...]


def compared(ledger: Ledger, pack: str, before: str | None, after: str | None) -> PoliciesCompared:
    """Two editions of a pack; either is the name of an edition, `other-pack@edition`, or an instant
    at which it is in force. Without a word `after` is the edition in force now, and `before` the
    one that came before it; the first of all is compared with itself.

    Raises `UnknownPack`, `BeforeFirstPack`, `MalformedInstant`.
    """
    new = _edition(ledger, pack, after, "to")
    old = _one_before(ledger, new) if before is None else _edition(ledger, pack, before, "from")
    return PoliciesCompared(
        edition_of(old),
        edition_of(new),
        differences_seen(document_of(ledger, old), document_of(ledger, new)),
    )


def differences_seen(before: PackData, after: PackData) -> tuple[DifferenceSeen, ...]:
    """Every place at which two packs differ."""
    found = diff.differences(before, after)
    return tuple(DifferenceSeen(*one, says=in_words(one)) for one in found)


def document_of(ledger: Ledger, edition: PublishedEdition) -> PackData:
    """Everything that an edition says, as data."""
    return from_canonical(ledger.reader.edition(edition.policy.digest))


def published(ledger: Ledger, pack: str, at: int, field: str = "at") -> PublishedEdition:
    """The edition that is named as `pack@edition`, or the pack's that is in force at an instant.

    Raises `UnknownPack` and `BeforeFirstPack`.
    """
    book = ledger.rulebook.book
    try:
        found = book.by_ref(pack) if "@" in pack else book.in_force(pack, at)
    except BeforeFirstPack as refusal:
        refusal.field = field
        raise
    return next(edition for edition in book.editions if edition.policy.ref == found.ref)


def _edition(ledger: Ledger, pack: str, named: str | None, field: str) -> PublishedEdition:
    if named is None:
        return published(ledger, pack, ledger.now(), field)
    if "@" in named:
        return published(ledger, named, 0, field)
    name = pack.partition("@")[0]
    editions = [edition.policy.edition for edition in ledger.rulebook.book.editions_of(name)]
    if named in editions:
        return published(ledger, f"{name}@{named}", 0, field)
    return published(ledger, name, parse_instant(named, field), field)


def _one_before(ledger: Ledger, edition: PublishedEdition) -> PublishedEdition:
    """The one before it in order of effect, or itself where it is the first."""
    editions = ledger.rulebook.book.editions_of(edition.policy.name)
    place = [each.policy.ref for each in editions].index(edition.policy.ref)
    return editions[max(place - 1, 0)]
