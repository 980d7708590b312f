"""What the ledger says when it does not do what was asked."""

from typing import ClassVar


class Refusal(Exception):
    """A request that cannot be taken, with the field at fault and what would be accepted.

    Refusals know nothing of HTTP: `api/problems.py` holds the one table that maps them.
    """

    accepted: ClassVar[str | None] = None

    def __init__(
        self, sentence: str, *, field: str | None = None, accepted: str | None = None
    ) -> None:
        super().__init__(sentence)
        self.field = field
        if accepted is not None:
            self.accepted = accepted  # type: ignore[misc]
