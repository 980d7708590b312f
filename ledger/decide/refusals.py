"""Why a request is not taken. When several hold, the first of this order is told:

1. `ToldDifferently`: the id was used before with other content (the same content is a repeat).
2. What the request names does not exist: `UnknownViolation`, `UnknownSanction`, `UnknownAppeal`, an
   unknown rule.
3. When it says so: a malformed instant, `EffectiveInFuture`, before the first pack; and a rule
   that other editions have, but not the one in force then.
4. What it says is out of that rule's terms: severity, points (ledger/policy), `UnknownSource`;
   an id that is not its to give: `ReservedSanctionId`.
   Terms come after the instant, because it decides which edition's they are.
5. The state forbids it: `AlreadyAnnulled`, `SanctionNotInForce`, `AppealClosed`,
   `AppealOutOfRounds`, `AppealTooLate`.
6. Who asks: `SecondPersonNeeded`, `ReviewerNotIndependent`.
7. What this step of it still needs, or has no place for: `ReasonMissing`,
   `BrandVerificationMissing`, `AppealEvidenceWithFiling`.
"""

from ledger.facts.instants import Instant, format_instant
from ledger.facts.refusal import Refusal


class ToldDifferently(Refusal):
    """An id or idempotency key came back with other content."""

    def __init__(self, what: str, field: str, otherwise: str = "another id") -> None:
        super().__init__(
            f"{what} was told before with another {field}",
            field=field,
            accepted=f"the same content again, or {otherwise}",
        )


class UnknownViolation(Refusal):
    """The seller has no such violation."""

    def __init__(self, seller_id: str, violation_id: str, field: str = "violation_id") -> None:
        super().__init__(f"seller {seller_id} has no violation {violation_id}", field=field)


class UnknownSanction(Refusal):
    """The seller has no such sanction."""

    def __init__(self, seller_id: str, sanction_id: str) -> None:
        super().__init__(f"seller {seller_id} has no sanction {sanction_id}", field="sanction_id")


class UnknownSource(Refusal):
    """Intellectual property is raised by a rights holder or by the platform: appeals differ."""

    def __init__(self, source: str) -> None:
        super().__init__(
            f"{source!r} cannot raise an intellectual-property violation",
            field="source",
            accepted="rights-holder or platform",
        )


class EffectiveInFuture(Refusal):
    """A violation may be found late, never before it happens."""

    def __init__(self, effective_at: Instant, at: Instant) -> None:
        super().__init__(
            f"effective_at {format_instant(effective_at)} lies in the future",
            field="effective_at",
            accepted=f"an instant up to {format_instant(at)}",
        )


class AlreadyAnnulled(Refusal):
    """A violation can be taken back once, and then it is no ground for anything."""

    def __init__(self, violation_id: str, at: Instant, field: str = "violation_id") -> None:
        super().__init__(
            f"violation {violation_id} was cancelled at {format_instant(at)}",
            field=field,
            accepted="a violation that is current or expired",
        )


class ReservedSanctionId(Refusal):
    """Ids of this form are what the ledger calls the sanctions of milestones."""

    def __init__(self, sanction_id: str) -> None:
        super().__init__(
            f"{sanction_id} is an id that only the ledger gives",
            field="sanction_id",
            accepted="an id of another form than sanction-1, such as by-hand-1",
        )


class SanctionNotInForce(Refusal):
    """Only what is in force can be waived."""

    def __init__(self, sanction_id: str, why: str) -> None:
        super().__init__(
            f"sanction {sanction_id} is not in force: {why}",
            field="sanction_id",
            accepted="a sanction in force",
        )


class SecondPersonNeeded(Refusal):
    """Whoever proposed it cannot confirm it."""

    def __init__(self, proposed_by: str, what: str, field: str) -> None:
        super().__init__(
            f"{proposed_by} proposed this {what} and cannot confirm it",
            field=field,
            accepted="a second person",
        )


class ReasonMissing(Refusal):
    """A proposal says why."""

    def __init__(self) -> None:
        super().__init__(
            "a waiver has to say why", field="reason", accepted="1 to 5,000 characters"
        )


class UnknownAppeal(Refusal):
    """The violation has no such round of an appeal."""

    def __init__(self, seller_id: str, violation_id: str, number: int) -> None:
        super().__init__(
            f"violation {violation_id} of seller {seller_id} has no round {number} of an appeal",
            field="round",
        )


class AppealTooLate(Refusal):
    """The window of an appeal, or of its evidence, is over."""

    def __init__(
        self, which: tuple[str, str, int], until: Instant, at: Instant, what: str = "filing"
    ) -> None:
        violation_id, rule, number = which
        super().__init__(
            f"round {number} against violation {violation_id} ({rule}) was open to {what} until "
            f"{format_instant(until)}; it is {format_instant(at)}",
            field="violation_id",
            accepted=f"{what} up to {format_instant(until)}",
        )


class AppealOutOfRounds(Refusal):
    """The rule allows no further round."""

    def __init__(self, violation_id: str, rule: str, rounds: int) -> None:
        super().__init__(
            f"violation {violation_id} ({rule}) can be appealed in {rounds} rounds, and there is "
            "none left"
            if rounds
            else f"violation {violation_id} ({rule}) cannot be appealed",
            field="violation_id",
            accepted="a violation with a round left",
        )


class AppealClosed(Refusal):
    """A round is not in the state that this step needs."""

    def __init__(self, violation_id: str, number: int, why: str, accepted: str) -> None:
        super().__init__(
            f"round {number} against violation {violation_id} {why}",
            field="round",
            accepted=accepted,
        )


class AppealEvidenceWithFiling(Refusal):
    """In this family evidence comes with the filing."""

    def __init__(self, violation_id: str, filed_at: Instant) -> None:
        super().__init__(
            f"evidence against violation {violation_id} had to come with the filing, at "
            f"{format_instant(filed_at)}",
            field="evidence",
            accepted="evidence in the filing of the next round",
        )


class BrandVerificationMissing(Refusal):
    """What the platform raised over intellectual property is appealed with a brand verification."""

    def __init__(self, violation_id: str, rule: str) -> None:
        super().__init__(
            f"an appeal against violation {violation_id} ({rule}), which the platform raised, "
            "needs the brand verification: the screenshot of its approval",
            field="brand_verification",
            accepted="an opaque reference, 1 to 500 characters",
        )


class ReviewerNotIndependent(Refusal):
    """Who had a part in the matter does not review it."""

    def __init__(self, reviewer: str, why: str, field: str = "reviewer") -> None:
        super().__init__(
            f"{reviewer} {why}, and cannot review it",
            field=field,
            accepted="somebody who had no part in it",
        )
