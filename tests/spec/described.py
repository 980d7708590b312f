"""Facts as a specification describes them: their kind, and as much about them as matters there."""

from typing import Any, NamedTuple

from ledger.facts.appeals import (
    AppealEvidenceAdded,
    AppealFiled,
    AppealLapsed,
    AppealRejected,
    AppealUpheld,
    AppealWithdrawn,
)
from ledger.facts.fact import Fact
from ledger.facts.instants import DAY_US, Instant, parse_instant
from ledger.facts.sanctions import (
    FundsFrozen,
    FundsReleased,
    SanctionEnded,
    SanctionFoundInError,
    SanctionImposed,
    SanctionLifted,
    SanctionProposed,
    SanctionWaived,
    SanctionWaiverProposed,
    SecondPersonConfirmed,
)
from ledger.facts.violations import (
    ViolationAnnulled,
    ViolationAnnulmentProposed,
    ViolationCancelled,
    ViolationExpired,
    ViolationRecorded,
)


def written(date: str) -> str:
    """A date as RFC 3339: midnight in UTC unless it names a time."""
    return date + "Z" if "T" in date else date + "T00:00:00Z"


def instant_of(date: str) -> Instant:
    """The instant of a date, midnight, or of a date with a time: all in UTC."""
    return parse_instant(written(date))


class Described(NamedTuple):
    """A fact of a kind, with the fields that matter; `on` absent, on the day of the request."""

    kind: type[Fact]
    on: str | None
    fields: dict[str, Any]
    days: int | None = None
    """From its start to its end; only where it has both."""

    def check(self, fact: Any, at: Instant) -> None:
        """The fact is what was described."""
        assert fact.__class__ is self.kind
        recorded = at if self.on is None else instant_of(self.on)
        assert fact.recorded_at == recorded
        assert {name: getattr(fact, name) for name in self.fields} == self.fields
        if self.days is not None:
            assert fact.ends_at - fact.starts_at == self.days * DAY_US


def violation(violation_id: str, on: str | None = None, **fields: Any) -> Described:
    """A violation; `rule`, `points`, `bucket` … where they matter."""
    return Described(ViolationRecorded, on, {"violation_id": violation_id, **fields})


def strike(violation_id: str, on: str | None = None, **fields: Any) -> Described:
    """A serious infringement of intellectual property."""
    serious = {"rule": "trademark", "severity": "serious", **fields}
    return violation(violation_id, on, **serious)


def annulled(violation_id: str, **fields: Any) -> Described:
    return Described(ViolationAnnulled, None, {"violation_id": violation_id, **fields})


def annulment_proposed(violation_id: str, **fields: Any) -> Described:
    return Described(ViolationAnnulmentProposed, None, {"violation_id": violation_id, **fields})


def expired(violation_id: str, **fields: Any) -> Described:
    return Described(ViolationExpired, None, {"violation_id": violation_id, **fields})


def cancelled(violation_id: str, **fields: Any) -> Described:
    """An appeal overturned it."""
    return Described(ViolationCancelled, None, {"violation_id": violation_id, **fields})


def filed(violation_id: str, number: int = 1, **fields: Any) -> Described:
    return Described(AppealFiled, None, {"violation_id": violation_id, "round": number, **fields})


def evidence_added(violation_id: str, number: int = 1, **fields: Any) -> Described:
    said = {"violation_id": violation_id, "round": number, **fields}
    return Described(AppealEvidenceAdded, None, said)


def upheld(violation_id: str, number: int = 1, **fields: Any) -> Described:
    return Described(AppealUpheld, None, {"violation_id": violation_id, "round": number, **fields})


def rejected(violation_id: str, number: int = 1, **fields: Any) -> Described:
    said = {"violation_id": violation_id, "round": number, **fields}
    return Described(AppealRejected, None, said)


def lapsed(violation_id: str, number: int = 1, **fields: Any) -> Described:
    return Described(AppealLapsed, None, {"violation_id": violation_id, "round": number, **fields})


def withdrawn(violation_id: str, number: int = 1, **fields: Any) -> Described:
    said = {"violation_id": violation_id, "round": number, **fields}
    return Described(AppealWithdrawn, None, said)


def sanction(kind: str, because_of: str, days: int | None = None, **fields: Any) -> Described:
    """A sanction imposed; `days` its length, absent not looked at."""
    said = {"sanction": kind, "because_of": (because_of,), **fields}
    return Described(SanctionImposed, None, said, days)


def imposed_by_hand(sanction_id: str, days: int | None = None, **fields: Any) -> Described:
    """A sanction that a person imposed; `days` its length, absent not looked at."""
    said = {"sanction_id": sanction_id, "milestone": None, "bucket": None, "rung": None, **fields}
    return Described(SanctionImposed, None, said, days)


def sanction_proposed(sanction_id: str, **fields: Any) -> Described:
    return Described(SanctionProposed, None, {"sanction_id": sanction_id, **fields})


def suspension(because_of: str, **fields: Any) -> Described:
    """A suspension has no end of its own."""
    return sanction("suspension", because_of, ends_at=None, **fields)


def lifted(sanction_id: str, because_of: str) -> Described:
    return Described(SanctionLifted, None, {"sanction_id": sanction_id, "because_of": because_of})


def ended(sanction_id: str, **fields: Any) -> Described:
    return Described(SanctionEnded, None, {"sanction_id": sanction_id, **fields})


def found_in_error(sanction_id: str, days: int) -> Described:
    """So many whole days of a sanction ran in error."""
    said = {"sanction_id": sanction_id, "error_us": days * DAY_US}
    return Described(SanctionFoundInError, None, said)


def waiver_proposed(sanction_id: str, **fields: Any) -> Described:
    return Described(SanctionWaiverProposed, None, {"sanction_id": sanction_id, **fields})


def confirmed(subject: str, **fields: Any) -> Described:
    """A second person agreed."""
    return Described(SecondPersonConfirmed, None, {"subject": subject, **fields})


def waived(sanction_id: str, **fields: Any) -> Described:
    return Described(SanctionWaived, None, {"sanction_id": sanction_id, **fields})


def freeze(days: int | None = None, **fields: Any) -> Described:
    """Funds withheld, for so many days."""
    return Described(FundsFrozen, None, fields, days)


def released(freeze_id: str, why: str, **fields: Any) -> Described:
    return Described(FundsReleased, None, {"freeze_id": freeze_id, "why": why, **fields})
