"""What judgement needs of each seller's facts, as columns of whole numbers."""

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from ledger.facts.ids import seller_of
from ledger.facts.instants import DAY_US
from ledger.facts.sanctions import FundsFrozen, FundsReleased, SanctionImposed, SanctionWaived
from ledger.facts.violations import ViolationAnnulled, ViolationCancelled, ViolationRecorded
from ledger.standing.seller import Sanction, Seller
from ledger.store.loading import StoredFact
from projections.archive.manifest import Terms

_np: Any = np
_pa: Any = pa

VIOLATION, VOID, WAIVER = 0, 1, 2
BY_HAND, CUT, HELD = 4, 5, 6
"""A sanction by hand, what ends one or frees money before its date, and money withheld: judgement
passes over them.
"""
FOREVER: Final = 1 << 62

SCHEMA: Final[Any] = _pa.schema(
    [
        _pa.field(name, kind, nullable=False)
        for name, kind in (
            ("seller", _pa.int32()),
            ("position", _pa.int64()),
            ("kind", _pa.int8()),
            ("recorded", _pa.int64()),
            ("effective", _pa.int64()),
            ("lapse", _pa.int64()),
            ("about", _pa.int32()),
            ("terms", _pa.int32()),
            ("day", _pa.int32()),
            ("reporter", _pa.int32()),
        )
    ]
)
"""By seller, and each seller's rows in the order of the log; sellers, terms and reporters are
numbers of the archive's. `about` is a violation's weight, and of any other row the seller's row
that it is about, counted from its first; -1 for none. Instants are microseconds. `lapse` is the
end of what a person imposed or withheld; voids and waivers have none."""

JUDGED: Final = (
    ViolationRecorded,
    ViolationAnnulled,
    ViolationCancelled,
    SanctionImposed,
    SanctionWaived,
    FundsFrozen,
    FundsReleased,
)
"""Kinds of facts that may become a row."""

_BY_MILESTONE: Final = re.compile(r"sanction-\d+", re.ASCII)


def needs_places(stored: StoredFact) -> bool:
    """Whether the row of a fact is about another row of its seller, or may be."""
    match stored.fact:
        case ViolationAnnulled() | ViolationCancelled() | SanctionWaived():
            return True
        case FundsFrozen(sanction_id=sanction_id):
            # Most of it follows from milestones, whose sanctions are called so.
            return sanction_id is None or not _BY_MILESTONE.fullmatch(sanction_id)
        case FundsReleased(why=why):
            return why != "due"
        case _:
            return False


class Places:
    """Where a seller's facts stand among its rows, from its state: one that knows more facts
    does as well, since those come later.
    """

    def __init__(self, seller: Seller) -> None:
        self.seller = seller
        versions: list[int] = []
        for violation in seller.violations:
            versions.append(violation.version)
            if violation.cancelled_at is not None:
                versions.append(violation.cancelled_version)
        for sanction in seller.sanctions:
            if sanction.by_hand:
                versions.append(sanction.version)
            if sanction.cut == "waived":
                versions.append(sanction.cut_version)
        by_hand = {s.sanction_id for s in seller.sanctions if s.by_hand} | {None}
        self._withheld = {f.freeze_id: f for f in seller.freezes if f.sanction_id in by_hand}
        for freeze in self._withheld.values():
            versions += [freeze.version, freeze.released_version]
        self._versions = sorted(version for version in versions if version)

    def of_violation(self, violation_id: str) -> int:
        """The row of a violation, counted from the seller's first."""
        violation = self.seller.violation(violation_id)
        assert violation is not None
        return bisect_left(self._versions, violation.version)

    def sanction(self, sanction_id: str) -> Sanction:
        """The sanction of this id."""
        sanction = self.seller.sanction(sanction_id)
        assert sanction is not None
        return sanction

    def of_freeze(self, freeze_id: str, released_version: int) -> int | None:
        """The row of money withheld that this fact frees; None where it is no row's, or where a
        fact before freed it.
        """
        freeze = self._withheld.get(freeze_id)
        if freeze is None or freeze.released_version != released_version:
            return None
        return bisect_left(self._versions, freeze.version)

    def of_cause(self, sanction: Sanction) -> int:
        """The row that brought a sanction: a violation, or for one by hand its own."""
        if sanction.by_hand:
            return bisect_left(self._versions, sanction.version)
        return self.of_violation(sanction.because_of[0])


def replay_table(
    facts: Sequence[StoredFact],
    places: Mapping[str, Places],
    number_of_seller: Callable[[str], int],
    number_of_reporter: Callable[[str], int],
    number_of_terms: Callable[[Terms], int],
) -> Any:
    """The rows of these facts, by seller. `places` holds every seller of whom a row is about
    another row, or money was withheld.
    """
    rows: list[tuple[int, ...]] = []
    for stored in facts:
        fact, seller_id = stored.fact, seller_of(stored.stream)
        if seller_id is None or not isinstance(fact, JUDGED):
            continue
        seller, at = number_of_seller(seller_id), fact.recorded_at
        if isinstance(fact, ViolationRecorded):
            day = fact.effective_at // DAY_US if fact.local_day is None else fact.local_day
            rows.append(
                (seller, stored.position, VIOLATION, at, fact.effective_at, fact.lapses_at,
                 fact.points or fact.strikes, number_of_terms(terms_of(fact)), day,
                 number_of_reporter(fact.actor))
            )  # fmt: skip
            continue
        found = _other(stored, places.get(seller_id))
        if found is not None:
            kind, until, about, terms = found
            number = number_of_terms(terms)
            rows.append((seller, stored.position, kind, at, at, until, about, number, 0, -1))
    return _by_seller(rows)


def _other(stored: StoredFact, places: Places | None) -> tuple[int, int, int, Terms] | None:
    """Kind, end, row that it is about, and terms, of a fact that is no violation."""
    fact = stored.fact
    match fact:
        case ViolationAnnulled() | ViolationCancelled():
            assert places is not None
            return VOID, FOREVER, places.of_violation(fact.violation_id), Terms()
        case SanctionWaived():
            assert places is not None
            sanction = places.sanction(fact.sanction_id)
            if sanction.by_hand:
                return CUT, FOREVER, places.of_cause(sanction), Terms()
            terms = Terms(bucket=sanction.bucket, rung=sanction.rung, multiple=sanction.multiple)
            return WAIVER, FOREVER, places.of_cause(sanction), terms
        case SanctionImposed() if fact.milestone is None:
            until = FOREVER if fact.ends_at is None else fact.ends_at
            return BY_HAND, until, -1, Terms(sanction=fact.sanction, bars=fact.bars)
        case FundsFrozen() if needs_places(stored):
            assert places is not None
            cause = -1
            if fact.sanction_id is not None:
                cause = places.of_cause(places.sanction(fact.sanction_id))
            return HELD, fact.ends_at, cause, Terms(sanction=fact.cause)
        case FundsReleased() if needs_places(stored):
            assert places is not None
            place = places.of_freeze(fact.freeze_id, stored.version)
            return None if place is None else (CUT, FOREVER, place, Terms())
        case _:
            return None


def terms_of(fact: ViolationRecorded) -> Terms:
    """What a violation has in common with many others."""
    return Terms(
        fact.rule,
        fact.family,
        fact.severity,
        fact.source,
        fact.bucket,
        fact.policy,
        fact.judged_by or fact.policy,
        fact.daily_cap,
        fact.merge_days,
    )


def _by_seller(rows: list[tuple[int, ...]]) -> Any:
    numbers = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in SCHEMA]
    arrays = [
        _np.array(column, dtype=field.type.to_pandas_dtype())
        for column, field in zip(numbers, SCHEMA, strict=True)
    ]
    order = _np.argsort(arrays[0], kind="stable")
    return _pa.Table.from_arrays([_pa.array(column[order]) for column in arrays], schema=SCHEMA)
