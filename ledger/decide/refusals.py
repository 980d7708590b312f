"""Why a request is not taken. When several hold, the first of this order is told:

1. `ToldDifferently`: the id was used before with other content (the same content is a repeat).
2. What the request names does not exist: `UnknownViolation`, `UnknownSanction`, an unknown rule.
3. When it says so: a malformed instant, `EffectiveInFuture`, before the first pack; and a rule
   that other editions have, but not the one in force then.
4. What it says is out of that rule's terms: severity, points (ledger/policy), `UnknownSource`.
   Terms come after the instant, because it decides which edition's they are.
5. The state forbids it: `AlreadyAnnulled`, `SanctionNotInForce`.
6. Who asks: `SecondPersonNeeded`.
7. What this step of it still needs: `ReasonMissing`.
"""

from ledger.facts.instants import Instant, format_instant
from ledger.facts.refusal import Refusal


class ToldDifferently(Refusal):
    """An id or idempotency key came back with other content."""

    def __init__(self, what: str, field: str) -> None:
        super().__init__(
            f"{what} was told before with another {field}",
            field=field,
            accepted="the same content again, or another id",
        )


class UnknownViolation(Refusal):
    """The seller has no such violation."""

    def __init__(self, seller_id: str, violation_id: str) -> None:
        super().__init__(
            f"seller {seller_id} has no violation {violation_id}", field="violation_id"
        )


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
    """A violation can be taken back once."""

    def __init__(self, violation_id: str, at: Instant) -> None:
        super().__init__(
            f"violation {violation_id} was cancelled at {format_instant(at)}",
            field="violation_id",
            accepted="a violation that is current or expired",
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

    def __init__(self, proposed_by: str) -> None:
        super().__init__(
            f"{proposed_by} proposed this waiver and cannot confirm it",
            field="waived_by",
            accepted="a second person",
        )


class ReasonMissing(Refusal):
    """A proposal says why."""

    def __init__(self) -> None:
        super().__init__(
            "a waiver has to say why", field="reason", accepted="1 to 5,000 characters"
        )
