"""What would lift a sanction: the second judgement, asked about annulments that nobody has made."""

from collections.abc import Sequence
from typing import Final

from ledger.facts.instants import Instant
from ledger.standing.judgement import SecondJudgement
from ledger.standing.rulebook import Rulebook
from ledger.standing.seller import Sanction, Seller
from ledger.standing.violations import Violation

MOST_STEPS: Final = 60_000
"""Violations walked over for one explanation, some tenths of a second: 240 annulments of 240."""


class Lifting:
    """One seller's sanctions in force at an instant, and what annulments then would do to them.

    Each annulment walks the whole history again. In a history so long that this takes more
    than `MOST_STEPS`, only the newest violations are asked about; with `only`, that one alone.
    """

    def __init__(
        self, seller: Seller, rulebook: Rulebook, at: Instant, only: str | None = None
    ) -> None:
        self.seller = seller
        self.rulebook = rulebook
        self.at = at
        self.buckets = {s.bucket for s in seller.sanctions if s.in_force_at(at) and not s.by_hand}
        weighty = [v for v in seller.violations if self._matters(v)]
        asked = weighty[-max(1, MOST_STEPS // max(1, len(seller.violations))) :]
        if only is not None:
            asked = [v for v in weighty if v.violation_id == only]
        self._only = only
        self._again = SecondJudgement(seller, at, rulebook)
        self._bucket_of = {v.violation_id: v.bucket for v in asked}
        self._lifted_by = {v.violation_id: self._lifted([v]) for v in asked}
        self.complete = len(asked) == len(weighty)
        """Whether every violation that could matter was asked about."""
        self._without_effect: tuple[str, ...] | None = None

    def lifted_without(self, violation: Violation) -> tuple[str, ...] | None:
        """The sanctions that its annulment would end; None if it was not asked about."""
        if not self.buckets:
            return ()
        if self._matters(violation):
            return self._lifted_by.get(violation.violation_id)
        # An annulment has everything judged again, so even one without weight may lift what
        # has lost its ground since; all such do the same.
        if self._without_effect is None:
            self._without_effect = self._lifted([violation])
        return self._without_effect

    def alone(self, sanction: Sanction) -> tuple[str, ...]:
        """The violations of which each, annulled by itself, would lift the sanction.

        Expired ones too: a sanction outlives the points that caused it.
        """
        return tuple(
            violation_id
            for violation_id, lifted in self._lifted_by.items()
            if sanction.sanction_id in lifted and self._bucket_of[violation_id] == sanction.bucket
        )

    def together(self, sanction: Sanction) -> tuple[str, ...]:
        """The weightiest violations that together would lift it, the newest among equals first."""
        # Those that count nothing come last: they matter where annulling others lets them count.
        order = sorted(
            (v for v in self.seller.violations if self._may_count(v, sanction.bucket)),
            key=lambda v: (-v.counted, -v.version),
        )
        if self._only is not None or not self._would_lift(sanction, order):
            return ()
        fewer, enough = 0, len(order)
        while enough - fewer > 1:
            middle = (fewer + enough) // 2
            if self._would_lift(sanction, order[:middle]):
                enough = middle
            else:
                fewer = middle
        needed = self._spared(sanction, order[:enough])
        return tuple(v.violation_id for v in needed)

    def _spared(self, sanction: Sanction, chosen: list[Violation]) -> list[Violation]:
        """Without those not needed after all; only caps and merges make such."""
        if all(v.counted == v.weight for v in chosen):
            return chosen
        if len(chosen) * len(self.seller.violations) > MOST_STEPS:
            return chosen
        for v in list(chosen):
            rest = [other for other in chosen if other is not v]
            if self._would_lift(sanction, rest):
                chosen = rest
        return chosen

    def _would_lift(self, sanction: Sanction, violations: Sequence[Violation]) -> bool:
        return sanction.sanction_id in self._lifted(violations)

    def _may_count(self, violation: Violation, bucket: str) -> bool:
        exists = violation.cancelled_at is None
        return exists and violation.weight > 0 and violation.bucket == bucket

    def _matters(self, violation: Violation) -> bool:
        """Buckets are judged apart, and what counts nothing takes no room from others by itself."""
        return violation.counted > 0 and violation.bucket in self.buckets

    def _lifted(self, violations: Sequence[Violation]) -> tuple[str, ...]:
        """The sanctions that would end, were all of these annulled."""
        if not violations:
            return ()
        reviews = self._again.without(violations)
        return tuple(r.sanction.sanction_id for r in reviews if r.lifted)
