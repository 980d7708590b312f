"""The editions of one pack, ready to judge by: which is in force when, and all their ladders as
columns.
"""

from ledger.facts.instants import Instant
from ledger.policy.book import Book
from ledger.policy.policy import Milestone, Policy
from ledger.policy.terms import AllTerms
from ledger.standing import kernel
from ledger.standing.columns import Ladders, endless


class Rulebook:
    """A pack's published editions. Never changes: a publication makes a new rulebook."""

    def __init__(self, book: Book, pack: str) -> None:
        self.book = book
        self.pack = pack
        self.editions: tuple[Policy, ...] = tuple(
            edition.policy for edition in book.editions if edition.policy.name == pack
        )
        published = [e for e in book.editions if e.policy.name == pack]
        self.known_since: Instant = max((e.recorded_at for e in published), default=0)
        """When the newest edition became known."""
        self._effective = [(e.recorded_at, e.policy.effective_from) for e in published]
        self.edition_number = {policy.ref: number for number, policy in enumerate(self.editions)}
        buckets = dict.fromkeys(b.name for policy in self.editions for b in policy.buckets)
        self.bucket_number = {name: number for number, name in enumerate(buckets)}
        self.rungs: list[tuple[str, Milestone]] = []
        """Every milestone of every edition, with its bucket, as `ladders` numbers them."""
        self.milestone_number: dict[tuple[str, str], int] = {}
        self.ladders: Ladders = self._columns()
        self.terms = AllTerms()
        self._ladder = {
            (policy.ref, bucket.name): bucket.milestones
            for policy in self.editions
            for bucket in policy.buckets
        }
        self._latest: tuple[Instant, Policy] | None = None

    def in_force_now(self, at: Instant) -> Policy:
        """The edition in force at `at` as known then; raises `BeforeFirstPack`.

        Remembered for the newest instant asked for: whatever is recorded together has one.
        """
        latest = self._latest
        if latest is None or latest[0] != at:
            latest = self._latest = (at, self.in_force(at, at))
        return latest[1]

    def ladder(self, ref: str, bucket: str) -> tuple[Milestone, ...]:
        """The bucket's milestones; none where that edition has given up the bucket."""
        return self._ladder.get((ref, bucket), ())

    def in_force(self, at: Instant, known_at: Instant) -> Policy:
        """The edition in force at `at` as known at `known_at`; raises `BeforeFirstPack`."""
        return self.book.in_force(self.pack, at, known_at)

    def effective_instants(self, known_at: Instant) -> list[Instant]:
        """The instants from which editions known by then are in force."""
        return [effective for recorded, effective in self._effective if recorded <= known_at]

    def edition(self, ref: str) -> Policy:
        """The edition of this name, `aliexpress@2020-01-01`."""
        return self.editions[self.edition_number[ref]]

    def _columns(self) -> Ladders:
        """All editions' milestones as the kernel's columns."""
        first: list[int] = []
        for policy in self.editions:
            for bucket in self.bucket_number:
                first.append(len(self.rungs))
                self.rungs += [
                    (bucket, milestone)
                    for b in policy.buckets
                    if b.name == bucket
                    for milestone in b.milestones
                ]
        milestones = [milestone for _, milestone in self.rungs]
        numbers = [self.number_of(bucket, m.name) for bucket, m in self.rungs]
        duration = [-1 if m.duration_us is None else m.duration_us for m in milestones]
        return Ladders(
            buckets=len(self.bucket_number),
            lowest=[
                min((m.threshold for b, m in self.rungs if b == bucket), default=kernel.FOREVER)
                for bucket in self.bucket_number
            ],
            first=[*first, len(self.rungs)],
            threshold=[m.threshold for m in milestones],
            every=[int(m.every) for m in milestones],
            duration=duration,
            milestone=numbers,
            highest=[int(p.crossing_several == "highest") for p in self.editions],
            again=[int(p.fires_again_after_falling) for p in self.editions],
            refire=[int(p.refire_after_waiver) for p in self.editions],
            endless=endless(numbers, duration),
        )

    def number_of(self, bucket: str, rung: str) -> int:
        """The number under which a milestone is one and the same in every edition."""
        numbers = self.milestone_number
        return numbers.setdefault((bucket, rung), len(numbers))
