"""What a decision may look at beside the request and the seller: nothing else, so that it can be
repeated.
"""

from collections.abc import Mapping

from msgspec import Struct

from ledger.facts.instants import Instant
from ledger.facts.violations import ViolationRecorded
from ledger.standing.rulebook import Rulebook


class Context(Struct, frozen=True, gc=False):
    """The instant of the decision, the rules known then, and what the clerk read or drew for it."""

    at: Instant
    rulebook: Rulebook
    seal: str = ""
    """Seals the free text of the request; drawn outside, because it needs chance."""
    actor: str = ""
    """Who asks, where the request itself names nobody; empty where nobody is known."""
    content: str = ""
    """A keyed digest of the evidence in the request, by which the same is known again."""
    violation: ViolationRecorded | None = None
    """The fact of the violation that an appeal is about."""
    beside: Mapping[str, object] = {}
    """Other cases that the decision looks at, by stream; None for one that nobody began."""
