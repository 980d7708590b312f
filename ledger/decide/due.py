"""What time alone brings. Readers see it at its instant; these facts only record it, once, dated
exactly.
"""

from collections.abc import Iterator

from ledger.facts.appeals import AppealLapsed
from ledger.facts.fact import LEDGER_ACTOR
from ledger.facts.ids import fact_id, seller_stream
from ledger.facts.instants import Instant
from ledger.facts.kinds import SellerFact
from ledger.facts.sanctions import FundsReleased, SanctionEnded
from ledger.facts.violations import ViolationExpired
from ledger.standing.appeals import lapsing
from ledger.standing.seller import Seller


def record_due(seller: Seller, up_to: Instant, at: Instant) -> list[SellerFact]:
    """Everything of this seller that fell due by `up_to`, in due order; equal instants in log
    order.

    A state that has recorded it yields nothing, so that any number of workers may ask.
    """
    due = sorted(_due(seller, up_to, at), key=lambda found: found[:2])
    return [fact for _, _, fact in due]


def _due(seller: Seller, up_to: Instant, at: Instant) -> Iterator[tuple[Instant, int, SellerFact]]:
    stream = seller_stream(seller.seller_id)
    for v in seller.violations.lapsing(up_to):
        yield (
            v.lapses_at,
            v.version,
            ViolationExpired(
                recorded_at=at,
                actor=LEDGER_ACTOR,
                caused_by=fact_id(stream, v.version),
                violation_id=v.violation_id,
                effective_at=v.lapses_at,
            ),
        )
    for s in seller.sanctions:
        if s.ends_at is not None and not s.ended and s.cut_at is None and s.ends_at <= up_to:
            yield (
                s.ends_at,
                s.version,
                SanctionEnded(
                    recorded_at=at,
                    actor=LEDGER_ACTOR,
                    caused_by=fact_id(stream, s.version),
                    sanction_id=s.sanction_id,
                    effective_at=s.ends_at,
                ),
            )
    for lapses_at, appeal in lapsing(seller.appeals):
        newest = appeal.newest
        if lapses_at <= up_to:
            yield (
                lapses_at,
                newest.version,
                AppealLapsed(
                    recorded_at=at,
                    actor=LEDGER_ACTOR,
                    caused_by=fact_id(stream, newest.version),
                    violation_id=appeal.violation_id,
                    round=newest.round,
                    effective_at=lapses_at,
                ),
            )
    for f in seller.freezes:
        if not f.released and f.ends_at <= up_to:
            yield (
                f.ends_at,
                f.version,
                FundsReleased(
                    recorded_at=at,
                    actor=LEDGER_ACTOR,
                    caused_by=fact_id(stream, f.version),
                    freeze_id=f.freeze_id,
                    why="due",
                    effective_at=f.ends_at,
                ),
            )
