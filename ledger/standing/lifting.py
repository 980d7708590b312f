"""What would lift a sanction: the second judgement asked what it would do, were violations annulled."""

from collections.abc import Sequence

from msgspec.structs import replace

from ledger.facts.instants import Instant
from ledger.standing.judgement import reviewed
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Sanction, Seller, Violation


class Lifting:
    """One seller's sanctions in force at an instant, and what annulments then would do to them."""

    def __init__(self, seller: Seller, rulebook: Rulebook, at: Instant) -> None:
        self.seller = seller
        self.rulebook = rulebook
        self.at = at
        self.buckets = {s.bucket for s in seller.sanctions if s.in_force_at(at)}
        self._without_effect: tuple[str, ...] | None = None
        self._known: dict[str, tuple[str, ...]] = {}

    def lifted_without(self, violation: Violation) -> tuple[str, ...]:
        """The sanctions that would end at the instant, were the violation annulled then."""
        if not self.buckets:
            return ()
        if not self._matters(violation):
            # An annulment has everything judged again, so even one without weight may lift
            # what has lost its ground; all such are alike and asked about once.
            if self._without_effect is None:
                self._without_effect = self._lifted([violation])
            return self._without_effect
        known = self._known.get(violation.violation_id)
        if known is None:
            known = self._known[violation.violation_id] = self._lifted([violation])
        return known

    def alone(self, sanction: Sanction) -> tuple[str, ...]:
        """The violations of which each, annulled by itself, would lift the sanction."""
        return tuple(
            v.violation_id
            for v in self._candidates(sanction)
            if sanction.sanction_id in self.lifted_without(v)
        )

    def together(self, sanction: Sanction) -> tuple[str, ...]:
        """The weightiest violations that together would lift it, newest first among equals."""
        candidates = sorted(reversed(self._candidates(sanction)), key=lambda v: -v.counted)
        low, high = 0, len(candidates)
        if sanction.sanction_id not in self._lifted(candidates):
            return ()
        while high - low > 1:
            middle = (low + high) // 2
            if sanction.sanction_id in self._lifted(candidates[:middle]):
                high = middle
            else:
                low = middle
        return tuple(v.violation_id for v in candidates[:high])

    def _candidates(self, sanction: Sanction) -> list[Violation]:
        """Violations of its bucket that weigh something, expired ones too: a sanction outlives its points."""
        return [
            v for v in self.seller.violations if v.bucket == sanction.bucket and self._matters(v)
        ]

    def _matters(self, violation: Violation) -> bool:
        return violation.counted > 0 and violation.bucket in self.buckets

    def _lifted(self, violations: Sequence[Violation]) -> tuple[str, ...]:
        if not violations:
            return ()
        *others, last = violations
        gone = {v.violation_id for v in others}
        seller = self.seller
        if gone:
            seller = replace(
                seller,
                violations=tuple(
                    replace(v, cancelled_at=self.at) if v.violation_id in gone else v
                    for v in seller.violations
                ),
            )
        reviews = reviewed(seller, last, self.at, self.rulebook)
        return tuple(r.sanction.sanction_id for r in reviews if r.lifted)
