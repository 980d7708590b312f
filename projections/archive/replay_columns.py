"""What judgement needs of each seller's facts, as columns of whole numbers."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

import numpy as np
import pyarrow as pa

from ledger.facts.ids import seller_of
from ledger.facts.instants import DAY_US
from ledger.facts.sanctions import FundsFrozen, FundsReleased, SanctionImposed, SanctionWaived
from ledger.facts.violations import ViolationAnnulled, ViolationCancelled, ViolationRecorded
from ledger.standing.kernel import FOREVER, VIOLATION, VOID, WAIVER
from ledger.standing.seller import Sanction, Seller
from ledger.store.loading import StoredFact
from projections.archive.manifest import Terms

_np: Any = np
_pa: Any = pa

BY_HAND, CUT, HELD = 4, 5, 6
"""Kinds of rows that judgement passes over, after the kernel's own: a sanction by hand, what ends
one or frees money before its date, and money withheld. They stand in every world alike.
"""

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

_HAS_IN_COMMON: Final = attrgetter(
    "rule", "family", "severity", "source", "bucket", "policy", "judged_by", "daily_cap",
    "merge_days",
)  # fmt: skip
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
    violations: list[StoredFact] = []
    others: list[tuple[Any, ...]] = []
    # Terms are numbered as the log names them, whatever the kinds of facts that do.
    numbers: dict[Any, int] = {}
    for stored, common, row in _rows(facts, places):
        if common not in numbers:
            numbers[common] = number_of_terms(_as_terms(common))
        if row is None:
            violations.append(stored)
        else:
            kind, until, about = row
            at, seller = stored.fact.recorded_at, number_of_seller(seller_of(stored.stream) or "")
            number = numbers[common]
            others.append((seller, stored.position, kind, at, at, until, about, number, 0, -1))
    return _by_seller(
        _of_violations(violations, numbers, number_of_seller, number_of_reporter),
        others,
    )


def terms_of(facts: Sequence[StoredFact], places: Mapping[str, Places]) -> list[Terms]:
    """What the rows of these facts have in common with others, each once, as the log names it."""
    told = dict.fromkeys(common for _, common, _ in _rows(facts, places))
    return [_as_terms(common) for common in told]


def _rows(
    facts: Sequence[StoredFact], places: Mapping[str, Places]
) -> Iterator[tuple[StoredFact, Any, tuple[int, int, int] | None]]:
    """The facts that become rows with what each has in common with others, and of those that are
    no violation kind, end, and the row that it is about.
    """
    for stored in facts:
        fact = stored.fact
        if isinstance(fact, ViolationRecorded):
            yield stored, _HAS_IN_COMMON(fact), None
        elif isinstance(fact, JUDGED) and (seller_id := seller_of(stored.stream)) is not None:
            found = _other(stored, places.get(seller_id))
            if found is not None:
                kind, until, about, common = found
                yield stored, common, (kind, until, about)


def _as_terms(common: Any) -> Terms:
    return common if isinstance(common, Terms) else _terms(*common)


def _of_violations(
    told: Sequence[StoredFact],
    numbers: Mapping[Any, int],
    number_of_seller: Callable[[str], int],
    number_of_reporter: Callable[[str], int],
) -> list[Any]:
    """The columns of violations: most rows are of them."""
    facts: list[Any] = [stored.fact for stored in told]

    def column(values: Iterable[Any]) -> Any:
        return _np.fromiter(values, _np.int64, len(told))

    def field(name: str) -> Any:
        return column(map(attrgetter(name), facts))

    recorded, points = field("recorded_at"), field("points")
    effective = recorded - field("backdated_us")
    local = _np.array(
        list(map(attrgetter("local_day"), facts)), _np.float64
    )  # a day in the pack's zone
    streams = [stored.stream for stored in told]
    sellers = {stream: number_of_seller(seller_of(stream) or "") for stream in set(streams)}
    reporters = [fact.actor for fact in facts]
    by_reporter = {reporter: number_of_reporter(reporter) for reporter in set(reporters)}
    return [
        column(map(sellers.__getitem__, streams)),
        column([stored.position for stored in told]),
        _np.full(len(told), VIOLATION),
        recorded,
        effective,
        field("lapses_at"),
        _np.where(points, points, field("strikes")),
        column(map(numbers.__getitem__, map(_HAS_IN_COMMON, facts))),
        _np.where(_np.isnan(local), effective // DAY_US, local),
        column(map(by_reporter.__getitem__, reporters)),
    ]


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


def _terms(
    rule: str, family: str, severity: str | None, source: str, bucket: str, policy: str,
    judged_by: str | None, daily_cap: int | None, merge_days: int | None,
) -> Terms:  # fmt: skip
    """What a violation has in common with many others."""
    return Terms(
        rule, family, severity, source, bucket, policy, judged_by or policy, daily_cap, merge_days
    )


def _by_seller(violations: list[Any], others: list[tuple[int, ...]]) -> Any:
    rest = list(zip(*others, strict=True)) or [()] * len(violations)
    arrays = [
        _np.concatenate([told, _np.array(other, _np.int64)]).astype(field.type.to_pandas_dtype())
        for told, other, field in zip(violations, rest, SCHEMA, strict=True)
    ]
    order = _np.lexsort((arrays[1], arrays[0]))
    return _pa.Table.from_arrays([_pa.array(column[order]) for column in arrays], schema=SCHEMA)
