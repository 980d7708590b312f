"""What every fact has: when it was recorded, who caused it, what it followed from."""

import msgspec

from ledger.facts.instants import Instant


class Fact(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    gc=False,
):
    """One immutable event in the ledger.

    The envelope is stored under short keys (`at`, `by`, `due_to`, `thread`): it is
    repeated in every fact, and a billion facts pay for every byte.
    """

    recorded_at: Instant = msgspec.field(name="at")
    """When the ledger came to know it; never decreases along the log."""
    actor: str = msgspec.field(name="by")
    """The opaque id of the person or service behind it."""
    caused_by: str | None = msgspec.field(default=None, name="due_to")
    """The `fact_id` of the fact that this one followed from."""
    correlation_id: str | None = msgspec.field(default=None, name="thread")
    """What the asking system calls the matter, if it said."""


LEDGER_ACTOR = "ledger"
"""The actor of what time alone brings: expiry, the end of sanctions, release of funds."""
