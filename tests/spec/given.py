"""Given what was known of a seller, when something is asked, then these facts follow.

    given(POLICY, strike("v1", "2026-01-05"), strike("v2", "2026-02-10"))
        .when(report_strike("v3", "2026-03-01"))
        .then(strike("v3", "2026-03-01"), suspension(because_of="v3"), freeze(days=180))

What may be given: requests (`report`, `annul`, `waive`, `appeal`, `evidence`, `decide_appeal`,
`withdraw`: with all that follows from them), facts described alone (`violation`, `strike`: nothing
follows), `time_passes`, and `published` editions. Before a request about an appeal is decided, what
fell due by then is recorded, as the ledger does it.
Dates are midnight in UTC unless they name a time.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from ledger.decide.appeal_commands import (
    AboutAppeal,
    AddAppealEvidence,
    AppealOutcome,
    DecideAppeal,
    FileAppeal,
    WithdrawAppeal,
)
from ledger.decide.commands import (
    AnnulViolation,
    ImposeSanction,
    RecordViolation,
    SellerCommand,
    WaiveSanction,
)
from ledger.decide.context import Context
from ledger.decide.decide import decide
from ledger.decide.due import record_due
from ledger.decide.prose import content_of
from ledger.facts.instants import Instant
from ledger.facts.kinds import SellerFact
from ledger.facts.refusal import Refusal
from ledger.facts.violations import ViolationRecorded
from ledger.policy.book import Book, PublishedEdition
from ledger.policy.check import policy_from
from ledger.policy.document import read
from ledger.policy.patch import PatchValue, patched
from ledger.policy.policy import Policy
from ledger.policy.shipped import load_pack
from ledger.standing.course import Course
from ledger.standing.evolve import evolve
from ledger.standing.explanation import Explanation, explain
from ledger.standing.forecast import forecast
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Seller
from ledger.standing.standing import Standing, standing
from tests.spec.described import Described, instant_of, written

SEAL = "sealed"


def pack(name: str = "aliexpress", patch: Mapping[str, PatchValue] | None = None) -> Policy:
    """A shipped pack, with other values where a patch names them."""
    return policy_from(patched(read(load_pack(name)), patch or {}))


def edition_of(
    policy: Policy, name: str, effective: str, patch: Mapping[str, PatchValue]
) -> Policy:
    """A later edition of a shipped pack, in force from a date."""
    header: dict[str, PatchValue] = {"edition": name, "effective_from": f"{effective}T00:00:00Z"}
    return pack(policy.name, {**header, **patch})


POLICY = pack()
LADDER = pack("aliexpress-ladder")


class Asked(NamedTuple):
    """A request, and when it comes."""

    command: SellerCommand
    at: Instant


class Passes(NamedTuple):
    """Time goes by, and what falls due is recorded at its instant."""

    until: Instant


class Published(NamedTuple):
    """A later edition becomes known."""

    policy: Policy
    at: Instant


Step: TypeAlias = Asked | Described | Passes | Published


# -- what is asked ------------------------------------------------------------------------


def report(
    violation_id: str,
    rule: str,
    on: str,
    points: int | None = None,
    effective: str | None = None,
    severity: str | None = None,
    source: str = "platform",
) -> Asked:
    """A violation is reported; `effective` for one found later than it happened."""
    command = RecordViolation(
        seller_id="s-1",
        violation_id=violation_id,
        rule=rule,
        severity=severity,  # type: ignore[arg-type]
        source=source,
        effective_at=None if effective is None else written(effective),
        points=points,
        statement="what was seen",
        reported_by="monitor",
    )
    return Asked(command, instant_of(on))


def report_strike(violation_id: str, on: str, effective: str | None = None) -> Asked:
    """A serious infringement of intellectual property is reported."""
    return report(violation_id, "trademark", on, effective=effective, severity="serious")


def annul(violation_id: str, on: str, by: str = "reviewer") -> Asked:
    command = AnnulViolation(
        seller_id="s-1", violation_id=violation_id, reason="a mistake", annulled_by=by
    )
    return Asked(command, instant_of(on))


def waive(sanction_id: str, on: str, by: str, reason: str | None = "leniency") -> Asked:
    """Proposed by the first who asks, done by a second."""
    command = WaiveSanction(seller_id="s-1", sanction_id=sanction_id, reason=reason, waived_by=by)
    return Asked(command, instant_of(on))


def appeal(
    violation_id: str,
    on: str,
    evidence: tuple[str, ...] = (),
    brand_verification: str | None = None,
    by: str = "s-1",
) -> Asked:
    """The seller challenges a violation, without evidence unless there is some."""
    command = FileAppeal(
        seller_id="s-1",
        violation_id=violation_id,
        reason="it was not so",
        evidence=evidence or None,
        brand_verification=brand_verification,
        filed_by=by,
    )
    return Asked(command, instant_of(on))


def impose(
    sanction_id: str,
    kind: str,
    on: str,
    by: str,
    days: int | None = None,
    bars: Sequence[str] | None = None,
    listing_ids: Sequence[str] | None = None,
    because_of: Sequence[str] | None = None,
) -> Asked:
    """A sanction by hand; where two people are needed, proposed by the first who asks."""
    command = ImposeSanction(
        seller_id="s-1",
        sanction_id=sanction_id,
        kind=kind,  # type: ignore[arg-type]
        reason="seen by hand",
        days=days,
        bars=None if bars is None else tuple(bars),  # type: ignore[arg-type]
        listing_ids=None if listing_ids is None else tuple(listing_ids),
        because_of=None if because_of is None else tuple(because_of),
        imposed_by=by,
    )
    return Asked(command, instant_of(on))


def evidence(violation_id: str, on: str, *references: str, number: int = 1) -> Asked:
    command = AddAppealEvidence(
        seller_id="s-1",
        violation_id=violation_id,
        round=number,
        evidence=references or ("photograph-1",),
    )
    return Asked(command, instant_of(on))


def decide_appeal(
    violation_id: str, on: str, outcome: AppealOutcome, by: str = "reviewer", number: int = 1
) -> Asked:
    command = DecideAppeal(
        seller_id="s-1",
        violation_id=violation_id,
        round=number,
        outcome=outcome,
        reviewer=by,
        reasons="what was found",
    )
    return Asked(command, instant_of(on))


def withdraw(violation_id: str, on: str, number: int = 1) -> Asked:
    command = WithdrawAppeal(seller_id="s-1", violation_id=violation_id, round=number)
    return Asked(command, instant_of(on))


def time_passes(until: str) -> Passes:
    return Passes(instant_of(until))


def published(policy: Policy, on: str) -> Published:
    return Published(policy, instant_of(on))


# -- the story ----------------------------------------------------------------------------


class Outcome(NamedTuple):
    """What followed from a request: facts, or a refusal."""

    facts: tuple[SellerFact, ...]
    refusal: Refusal | None
    at: Instant

    def then(self, *expected: Described) -> None:
        """Exactly these facts followed, in this order; of each, what is said of it holds."""
        assert self.refusal is None, f"refused: {self.refusal}"
        kinds = [type(fact).__name__ for fact in self.facts]
        assert kinds == [described.kind.__name__ for described in expected]
        for fact, described in zip(self.facts, expected, strict=True):
            described.check(fact, self.at)

    def then_refused(
        self, why: type[Refusal], says: str = "", accepts: str = "", field: str | None = None
    ) -> None:
        """Refused for this reason, in a sentence that says this."""
        assert self.refusal is not None, self.facts
        assert type(self.refusal) is why, self.refusal
        assert says in str(self.refusal)
        assert accepts in (self.refusal.accepted or "")
        assert field is None or self.refusal.field == field


class Story:
    """A seller, the facts so far and the rules known; it never changes, `also` makes another."""

    def __init__(
        self, rulebook: Rulebook, seller: Seller, facts: tuple[SellerFact, ...] = ()
    ) -> None:
        self.rulebook = rulebook
        self.seller = seller
        self.facts = facts

    @property
    def recorded(self) -> dict[str, ViolationRecorded]:
        """Each violation's fact, by the id of the violation."""
        return {f.violation_id: f for f in self.facts if isinstance(f, ViolationRecorded)}

    def also(self, *steps: Step) -> "Story":
        """The story with more of it told."""
        story: Story = self
        for step in steps:
            story = story.told(step)
        return story

    def told(self, step: Step) -> "Story":
        """The story with one step more."""
        match step:
            case Asked():
                story = self._due_before(step)
                return story._with(story._decided(step))
            case Described():
                return self._with((self._completed(step),))
            case Passes():
                return self._after(step.until)
            case Published():
                edition = PublishedEdition(step.policy, step.at, len(self.rulebook.editions) + 1)
                book = self.rulebook.book.with_edition(edition)
                return Story(Rulebook(book, self.rulebook.pack), self.seller, self.facts)

    def when(self, asked: Asked) -> Outcome:
        """Something is asked of the ledger."""
        try:
            return Outcome(self._due_before(asked)._decided(asked), None, asked.at)
        except Refusal as refusal:
            return Outcome((), refusal, asked.at)

    @property
    def known_at(self) -> Instant:
        """When the newest of what was told became known."""
        return max(self.seller.recorded_at, self.rulebook.known_since)

    def standing(self, as_of: str) -> Standing:
        """The standing as of a date, as all that was told is known."""
        return standing(self.seller, self.rulebook, instant_of(as_of), self.known_at)

    def explained(self, as_of: str) -> Explanation:
        """The standing as of a date with its reasons."""
        instant = instant_of(as_of)
        return explain(self.seller, self.recorded, self.rulebook, instant, self.known_at)

    def forecast(self, from_: str, most: int = 100) -> Course:
        """What changes after a date, if nothing more happens."""
        return forecast(self.seller, self.rulebook, instant_of(from_), self.known_at, most)

    def _decided(self, asked: Asked) -> tuple[SellerFact, ...]:
        command, context = asked.command, Context(asked.at, self.rulebook, SEAL)
        if isinstance(command, AboutAppeal):
            content = (content_of(command) or b"").decode()
            challenged = self.recorded.get(command.violation_id)
            context = replace(context, content=content, violation=challenged)
        return tuple(decide(command, self.seller, context))

    def _due_before(self, asked: Asked) -> "Story":
        return self._after(asked.at) if isinstance(asked.command, AboutAppeal) else self

    def _completed(self, described: Described) -> SellerFact:
        """A described violation as the ledger would record it, with what was said of it."""
        assert described.kind is ViolationRecorded, "of sanctions, tell the reports behind them"
        said = described.fields
        asked = report(
            str(said["violation_id"]),
            str(said.get("rule", "weapons")),
            described.on or "",
            points=said.get("points"),  # type: ignore[arg-type]
            severity=said.get("severity"),  # type: ignore[arg-type]
        )
        return self._decided(asked)[0]

    def _after(self, until: Instant) -> "Story":
        story = self
        while (due := story.seller.next_due()) is not None and due <= until:
            story = story._with(tuple(record_due(story.seller, due, due)))
        return story

    def _with(self, facts: tuple[SellerFact, ...]) -> "Story":
        seller = self.seller
        for fact in facts:
            seller = evolve(seller, fact, seller.position + 1)
        return Story(self.rulebook, seller, (*self.facts, *facts))


def given(policy: Policy, *steps: Step) -> Story:
    """A seller under an edition of a pack, and what happened so far, in the order told."""
    book = Book().with_edition(PublishedEdition(policy, policy.published_at, 1))
    return Story(Rulebook(book, policy.name), Seller("s-1")).also(*steps)
