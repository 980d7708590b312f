"""Facts about looking: that somebody read what people wrote."""

import msgspec

from ledger.facts.fact import Fact


class SensitiveRecordRead(Fact, frozen=True, kw_only=True):
    """Somebody was about to be shown what people wrote, and has been told it unless the way broke.

    The actor is who read, by the subject of a key or as `operator`, and `recorded_at` is when. It
    moves nobody's standing: it stands in a stream of its own, beside those of sellers and cases.
    """

    what: str
    """Which records, as the ledger calls them: `appeal-texts`, `audit-bundle`."""
    seller_id: str | None = None
    """Whose they are, where one seller was asked about."""
    asked: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    """What else was asked for, by name: ids and words that are written like ids."""
    rows: int | None = None
    """How many records; None for a file, whose end comes later."""
