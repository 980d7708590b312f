"""The rules of a scenario's world: which packs it has in place of those that the ledger knows."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from msgspec.structs import replace

from ledger.facts.instants import Instant
from ledger.policy.book import Book, PublishedEdition, UnknownPack
from ledger.policy.check import policy_from
from ledger.policy.document import PackData
from ledger.policy.mistakes import MalformedPack, Mistake, shown
from ledger.policy.patch import NotAValue, PatchValue, UnknownPath, patched
from ledger.policy.policy import Policy
from ledger.policy.refusals import close_to
from projections.what_if.scenario import PolicyChange

THE_FIRST: Final = -(1 << 56)
"""Before every instant that can be written: a pack in force throughout is in force from here."""


class Known(NamedTuple):
    """What a scenario is held to: the ledger's packs, and how far its log goes."""

    book: Book
    pack: str
    """Whose editions the ledger itself decides by."""
    documents: Mapping[str, PackData]
    """Every published edition as data, by its ref."""
    end: Instant
    """Up to here nothing more will be recorded, so that a result can be repeated."""


class WorldBook(NamedTuple):
    """The packs by which a world decides; its rulebook is `Rulebook(book, pack)`."""

    book: Book
    pack: str
    instead: Mapping[str, str] = {}
    """By the ref of one of the ledger's editions, that of the one in its place; a patched one
    keeps its ref.
    """
    added: tuple[PublishedEdition, ...] = ()
    """Editions in force beside the ledger's own, from their dates on."""


class WrongPolicy(Exception):
    """What a scenario says of its policy cannot be."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        super().__init__()
        self.mistakes = tuple(mistakes)


def draft_of(change: PolicyChange) -> Policy | None:
    """The pack that a scenario brings with it; raises `WrongPolicy`."""
    if not isinstance(change.pack, dict):
        return None
    try:
        return policy_from(change.pack)
    except MalformedPack as refused:
        raise WrongPolicy(
            m._replace(where=f"policy.pack.{m.where}") for m in refused.mistakes
        ) from None


def world_book(change: PolicyChange | None, known: Known) -> WorldBook:
    """The rules of the scenario's world; raises `WrongPolicy`."""
    if change is None:
        return WorldBook(known.book, known.pack)
    if change.patch is not None:
        return _patched(change.patch, known)
    pack = draft_of(change) or _published(str(change.pack), known)
    if change.applies == "throughout":
        always = replace(pack, effective_from=THE_FIRST, published_at=THE_FIRST)
        edition = PublishedEdition(always, recorded_at=THE_FIRST, position=0)
        instead = {e.policy.ref: pack.ref for e in known.book.editions}
        return WorldBook(Book().with_edition(edition), pack.name, instead)
    return _with_later(pack, known)


def _published(ref: str, known: Known) -> Policy:
    try:
        return known.book.by_ref(ref)
    except UnknownPack:
        refs = [edition.policy.ref for edition in known.book.editions]
        accepted = f"{if_meant(ref, refs)}, or a whole pack as data"
        raise WrongPolicy([Mistake("policy.pack", shown(ref), accepted)]) from None


def if_meant(unknown: str, known: Iterable[str]) -> str:
    """What would be accepted instead of an unknown name: the close ones, or all."""
    names = sorted(known)
    near = close_to(unknown, names)
    if near:
        return f"{' or '.join(near)}, if that was meant"
    return "one of " + ", ".join(names[:12]) + (" …" if len(names) > 12 else "")


def _with_later(pack: Policy, known: Known) -> WorldBook:
    """The ledger's own editions, and this one from its date on, published when it says."""
    if pack.name != known.pack:
        accepted = f"throughout, or an edition of {known.pack}, which the ledger decides by"
        raise WrongPolicy([Mistake("policy.applies", "from-its-date of another pack", accepted)])
    if any(e.policy.ref == pack.ref for e in known.book.editions):
        accepted = "throughout, or a pack with an edition of its own"
        raise WrongPolicy([Mistake("policy.applies", f"{pack.ref}, which is published", accepted)])
    after = max((e.position for e in known.book.editions), default=0) + 1
    added = PublishedEdition(pack, pack.published_at, after)
    return WorldBook(known.book.with_edition(added), known.pack, added=(added,))


def _patched(patch: Mapping[str, PatchValue], known: Known) -> WorldBook:
    """Every edition with other values; one that lacks what a path names stays as it is there."""
    own = [e for e in known.book.editions if e.policy.name == known.pack]
    unknown: dict[str, Mistake] = {}
    applied: set[str] = set()
    wrong: list[Mistake] = []
    book = Book()
    for edition in own:
        data = known.documents[edition.policy.ref]
        for path, value in patch.items():
            try:
                data = patched(data, {path: value})
                applied.add(path)
            except (UnknownPath, NotAValue) as refused:
                unknown[path] = Mistake(f"policy.patch.{path}", *_said(refused))
        try:
            policy = policy_from(data)
        except MalformedPack as refused:
            wrong += [m._replace(where=f"policy.patch.{m.where}") for m in refused.mistakes]
        else:
            book = book.with_edition(
                PublishedEdition(policy, edition.recorded_at, edition.position)
            )
    wrong += [mistake for path, mistake in unknown.items() if path not in applied]
    if wrong:
        raise WrongPolicy(wrong)
    return WorldBook(book, known.pack)


def _said(refused: UnknownPath | NotAValue) -> tuple[str, str]:
    if isinstance(refused, UnknownPath):
        return f"{shown(refused.missing)}, unknown there", if_meant(refused.missing, refused.known)
    return "no value", refused.accepted or "the path of one value"
