"""Facts about sanctions and about money withheld."""

from typing import Literal

from ledger.facts.fact import Fact
from ledger.facts.instants import Instant


class SanctionImposed(Fact, frozen=True, kw_only=True):
    """A milestone was reached or a person decided, and a sanction began.

    One by hand has no milestone, and nothing but its date or a waiver ends it.
    """

    sanction_id: str
    sanction: str
    """What it does: warning, freeze-of-selling, suspension …"""
    milestone: str | None = None
    """The milestone as people read it: `points-48`; None for a sanction by hand."""
    bucket: str | None = None
    rung: str | None = None
    """The milestone's name in its pack, by which later editions recognise it."""
    multiple: int = 1
    """Which multiple, for a milestone that stands at every multiple of a value."""
    starts_at: Instant
    ends_at: Instant | None = None
    bars: tuple[str, ...] = ()
    because_of: tuple[str, ...]
    """Violations; of a sanction by hand those that its decision names, if any."""
    listing_ids: tuple[str, ...] = ()
    """The listings that it is about; none: the whole shop."""
    policy: str
    seal: str | None = None
    """Seals the reason, where one person alone imposed it by hand."""


class SanctionProposed(Fact, frozen=True, kw_only=True):
    """A person asked that a sanction be imposed by hand; a second person has to confirm."""

    sanction_id: str
    sanction: str
    days: int | None = None
    """None: without an end of its own."""
    bars: tuple[str, ...] = ()
    because_of: tuple[str, ...] = ()
    listing_ids: tuple[str, ...] = ()
    seal: str
    """Seals the request with its reason, which is kept apart."""


class SanctionEnded(Fact, frozen=True, kw_only=True):
    """A sanction ran to its scheduled end."""

    sanction_id: str
    effective_at: Instant


class SanctionLifted(Fact, frozen=True, kw_only=True):
    """A sanction lost its ground: a violation under it was cancelled or annulled."""

    sanction_id: str
    because_of: str


class SanctionFoundInError(Fact, frozen=True, kw_only=True):
    """Part of a sanction would not have run without the violations overturned since."""

    sanction_id: str
    error_us: int
    """Microseconds, in all, that no sanction of the same milestone would have covered."""
    because_of: str


class SanctionWaiverProposed(Fact, frozen=True, kw_only=True):
    """A person asked that a sanction be waived; a second person has to confirm."""

    sanction_id: str
    seal: str
    """Seals the reason, which is kept apart."""


class SecondPersonConfirmed(Fact, frozen=True, kw_only=True):
    """A second person agreed to what the first had proposed."""

    what: Literal["waiver", "annulment", "sanction"]
    subject: str
    proposed_by: str
    seal: str | None = None
    """Seals the reason, if the second person gave one."""


class SanctionWaived(Fact, frozen=True, kw_only=True):
    """A sanction was waived: it ends now, and the violations stay."""

    sanction_id: str
    proposed_by: str
    seal: str | None = None
    """Seals the reason, where one person alone may waive."""


class FundsFrozen(Fact, frozen=True, kw_only=True):
    """The seller's money is withheld, until a date that is known from the start."""

    freeze_id: str
    cause: str
    sanction_id: str | None = None
    starts_at: Instant
    ends_at: Instant


class FundsReleased(Fact, frozen=True, kw_only=True):
    """Money withheld was given free: at its date, or earlier with the sanction behind it."""

    freeze_id: str
    why: Literal["due", "lifted", "waived"]
    effective_at: Instant
