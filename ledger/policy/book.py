"""Which edition of a pack is in force: the latest effective among those that were published."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping

from msgspec import Struct

from ledger.facts.instants import Instant, format_instant
from ledger.facts.refusal import Refusal
from ledger.policy.policy import Policy
from ledger.policy.refusals import meant


class UnknownPack(Refusal):
    """No edition of such a pack was ever published."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        hint = meant(name, names) if names else "none was published yet."
        super().__init__(
            f"The ledger has no policy pack {name!r}: {hint}",
            field="policy",
            accepted=", ".join(names) or None,
        )


class BeforeFirstPack(Refusal):
    """An instant for which there are no rules: no edition was in force, or none was known."""

    def __init__(self, name: str, at: Instant, first: Instant) -> None:
        super().__init__(
            f"No edition of {name} is in force at {format_instant(at)}: "
            f"the first is from {format_instant(first)}.",
            field="effective_at",
            accepted=f"{format_instant(first)} or later",
        )


class NotYetPublished(BeforeFirstPack):
    """An instant by which no edition had been published, whatever came to be known later."""

    def __init__(self, name: str, known_at: Instant | None, first: Instant) -> None:
        by = f"by {format_instant(known_at)}" if known_at is not None else "by then"
        Refusal.__init__(
            self,
            f"No edition of {name} had been published {by}: "
            f"the first was at {format_instant(first)}.",
            field="known_at",
            accepted=f"{format_instant(first)} or later",
        )


class EditionToldDifferently(Refusal):
    """An edition that is published never changes: other rules need another edition."""

    def __init__(self, ref: str, published: str, told: str) -> None:
        super().__init__(
            f"{ref} is published with digest {published}; this pack of the same name and edition "
            f"has {told}.",
            field="edition",
            accepted="the pack as published, or an edition of another name",
        )


class PublishedEdition(Struct, frozen=True):
    """An edition as it entered the ledger: when, and at which place in the log."""

    policy: Policy
    recorded_at: Instant
    position: int


class _Shelf(Struct, frozen=True):
    """One pack's editions in order of effect; effective together, the later published last."""

    editions: tuple[PublishedEdition, ...]
    effective: tuple[Instant, ...]

    def with_edition(self, edition: PublishedEdition) -> "_Shelf":
        editions = tuple(sorted((*self.editions, edition), key=_order))
        return _Shelf(editions, tuple(e.policy.effective_from for e in editions))


class Book(Struct, frozen=True):
    """Every edition of every pack published; it never changes, `with_edition` gives a new one."""

    shelves: Mapping[str, _Shelf] = {}

    def with_edition(self, edition: PublishedEdition) -> "Book":
        """The book with one more edition; told twice alike, the same book."""
        policy = edition.policy
        shelf = self.shelves.get(policy.name, _Shelf((), ()))
        for known in shelf.editions:
            if known.policy.edition == policy.edition:
                if known.policy.digest != policy.digest:
                    raise EditionToldDifferently(policy.ref, known.policy.digest, policy.digest)
                return self
        shelves = {**self.shelves, policy.name: shelf.with_edition(edition)}
        return Book(shelves)

    def in_force(
        self,
        name: str,
        at: Instant,
        known_at: Instant | None = None,
        before_position: int | None = None,
    ) -> Policy:
        """The policy in force at an instant, as known by then and there; None knows all of the log.

        Called for every violation, so it looks back from the instant: mostly one step.
        """
        shelf = self._shelf(name)
        for i in range(bisect_right(shelf.effective, at) - 1, -1, -1):
            edition = shelf.editions[i]
            if _known(edition, known_at, before_position):
                return edition.policy
        known = [e for e in shelf.editions if _known(e, known_at, before_position)]
        if known:
            raise BeforeFirstPack(name, at, known[0].policy.effective_from)
        raise NotYetPublished(name, known_at, min(e.recorded_at for e in shelf.editions))

    def next_change_after(
        self, name: str, at: Instant, known_at: Instant | None = None
    ) -> Instant | None:
        """The next instant at which another edition comes into force, None if none is known."""
        shelf = self._shelf(name)
        for edition in shelf.editions[bisect_right(shelf.effective, at) :]:
            if _known(edition, known_at, None):
                return edition.policy.effective_from
        return None

    @property
    def editions(self) -> tuple[PublishedEdition, ...]:
        """Every edition of every pack, in the order of the log."""
        every = (edition for shelf in self.shelves.values() for edition in shelf.editions)
        return tuple(sorted(every, key=lambda edition: edition.position))

    def editions_of(self, name: str) -> tuple[PublishedEdition, ...]:
        """The editions of one pack, in order of effect."""
        return self._shelf(name).editions

    def by_ref(self, ref: str) -> Policy:
        """The edition that facts call so: `aliexpress@2020-01-01`."""
        shelf = self.shelves.get(ref.partition("@")[0])
        for edition in () if shelf is None else shelf.editions:
            if edition.policy.ref == ref:
                return edition.policy
        raise UnknownPack(ref, (edition.policy.ref for edition in self.editions))

    def _shelf(self, name: str) -> _Shelf:
        shelf = self.shelves.get(name)
        if shelf is None:
            raise UnknownPack(name, self.shelves)
        return shelf


def _order(edition: PublishedEdition) -> tuple[Instant, Instant, int]:
    return edition.policy.effective_from, edition.recorded_at, edition.position


def _known(
    edition: PublishedEdition, known_at: Instant | None, before_position: int | None
) -> bool:
    return (known_at is None or edition.recorded_at <= known_at) and (
        before_position is None or edition.position < before_position
    )
