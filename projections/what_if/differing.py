"""The sellers of whom two worlds differ, as columns: what a run keeps of them."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from ledger.standing import kernel
from ledger.standing.kernel import FOREVER
from ledger.standing.rulebook import Rulebook
from projections.archive.ids import Ids
from projections.what_if.columns import (
    BARS_PROMOTION,
    BARS_SELLING,
    ENDED,
    ENROLMENTS,
    FREEZES,
    HOW,
    MULTIPLE,
    POINTS,
    RESTRAINS,
    ROW,
    RUNG,
    SANCTIONS,
    STANDING,
    START,
    SUSPENDS,
    UNTIL,
    WITHHOLDS,
    Array,
    Compared,
    Outcome,
)
from projections.what_if.losing import Lost

_np: Any = np
_pa: Any = pa
WORLDS: Final = ("baseline", "scenario")
_INSTANT: Final[Any] = _pa.timestamp("us", tz="UTC")
_WORD: Final[Any] = _pa.string()
SANCTION: Final[Any] = _pa.struct(
    [
        ("sanction", _WORD),
        ("milestone", _WORD),
        ("starts_at", _INSTANT),
        ("ends_at", _INSTANT),
        ("ended", _WORD),
        ("because_of", _pa.int64()),
    ]
)
"""A sanction that a milestone imposed: what it does, at which milestone, from when to when (null:
without end), how it ended, and the position in the log of the violation that reached the
milestone (null: one that only the scenario has).
"""
_DIFFERS: Final = tuple(
    " ".join(
        name
        for bit, name in (
            (STANDING, "standing"),
            (SANCTIONS, "sanctions"),
            (POINTS, "points"),
            (FREEZES, "freezes"),
            (ENROLMENTS, "enrolments"),
        )
        if bits & bit
    )
    for bits in range(32)
)
STATUS: Final = tuple(
    "suspended" if bits & SUSPENDS else "restricted" if bits & RESTRAINS else "active"
    for bits in range(4)
)
"""By the two lowest bits of what is in force."""
BARRED_BY: Final = {
    "can_sell": BARS_SELLING,
    "can_promote": BARS_PROMOTION | SUSPENDS,
    "can_withdraw": WITHHOLDS,
}
"""What must not be in force, for a seller to be free to."""
STANDING_COLUMNS: Final = (
    "status", *BARRED_BY, "suspended_us", "frozen_us", "enrolments_lost",
)  # fmt: skip
"""Per world: what `ledger/standing` says as of the end of the span, how long within it, and how
many products lost their part in a campaign.
"""
WORDS: Final = (
    "differs",
    *(f"status_{world}" for world in WORLDS),
    *(
        f"sanctions_{world}.list.element.{name}"
        for world in WORLDS
        for name in ("sanction", "milestone", "ended")
    ),
)
"""Columns of few different words, by their paths in a file: only these are worth a dictionary."""
_ENDED: Final = {kernel.LIFTED: "lifted", kernel.WAIVED: "waived"}


class Labels(NamedTuple):
    """A world's milestones and buckets in words."""

    buckets: tuple[str, ...]
    kinds: tuple[str, ...]
    """Per rung, what its sanction does."""
    rulebook: Rulebook

    @classmethod
    def of(cls, rulebook: Rulebook) -> "Labels":
        """Those of a world's rulebook."""
        kinds = tuple(milestone.sanction for _, milestone in rulebook.rungs)
        return cls(tuple(rulebook.bucket_number), kinds, rulebook)

    def milestone(self, rung: int, multiple: int) -> str:
        """The milestone as people read it."""
        bucket, milestone = self.rulebook.rungs[rung]
        return milestone.label(bucket, multiple)


def buckets_of(baseline: Labels, scenario: Labels) -> tuple[str, ...]:
    """The buckets of either world, each once."""
    return tuple(dict.fromkeys((*baseline.buckets, *scenario.buckets)))


def schema_of(buckets: Sequence[str]) -> Any:
    """The columns of sellers that differ, for worlds with these buckets. Instants are UTC."""
    return _pa.schema(
        [
            _pa.field("number", _pa.int32(), nullable=False),
            _pa.field("seller_id", _pa.string(), nullable=False),
            _pa.field("differs", _WORD, nullable=False),
            _pa.field("parted_at", _INSTANT),
            *(
                _pa.field(f"{name}_{world}", type_, nullable=False)
                for name, type_ in (
                    ("status", _WORD),
                    *((name, _pa.bool_()) for name in BARRED_BY),
                    ("suspended_us", _pa.int64()),
                    ("frozen_us", _pa.int64()),
                    ("enrolments_lost", _pa.int64()),
                    *((bucket, _pa.int64()) for bucket in buckets),
                )
                for world in WORLDS
            ),
            *(_pa.field(f"sanctions_{w}", _pa.list_(SANCTION), nullable=False) for w in WORLDS),
        ]
    )


def differing(
    compared: Compared,
    position: Array,
    baseline: Labels,
    scenario: Labels,
    sellers: Ids,
    lost: Lost | None = None,
) -> Any:
    """The sellers of a range that differ, by number; `position` is each row's place in the log,
    `sellers` the ids by number, `lost` what became of their products where there are any.
    """
    which = compared.differs.nonzero()[0]
    numbers, parted = compared.sellers[which], compared.parted[which]
    columns: dict[str, Any] = {
        "number": _pa.array(numbers, _pa.int32()),
        "seller_id": sellers.at(numbers),
        "differs": _words(compared.differs[which], _DIFFERS),
        "parted_at": _instants(parted),
    }
    for world, outcome, labels in zip(
        WORLDS, (compared.baseline, compared.scenario), (baseline, scenario), strict=True
    ):
        standing = outcome.standing[which]
        columns[f"status_{world}"] = _words(standing & 3, STATUS)
        for name, bits in BARRED_BY.items():
            columns[f"{name}_{world}"] = _pa.array((standing & bits) == 0)
        for name in ("suspended_us", "frozen_us"):
            columns[f"{name}_{world}"] = _pa.array(getattr(outcome, name)[which])
        for place, bucket in enumerate(labels.buckets):
            columns[f"{bucket}_{world}"] = _pa.array(outcome.values[which, place])
        columns[f"sanctions_{world}"] = _sanctions(outcome, which, position, labels)
    if lost is not None:
        for world, counts in zip(WORLDS, lost.by_seller(len(compared.sellers)), strict=True):
            columns[f"enrolments_lost_{world}"] = _pa.array(counts[which], _pa.int64())
    schema = schema_of(buckets_of(baseline, scenario))
    nothing = _pa.array(_np.zeros(len(which), _np.int64))
    return _pa.Table.from_arrays(
        [columns.get(field.name, nothing) for field in schema], schema=schema
    )


def _sanctions(outcome: Outcome, which: Array, position: Array, labels: Labels) -> Any:
    """Per seller, the list of its sanctions."""
    counts = (outcome.first[1:] - outcome.first[:-1])[which]
    offsets = _np.concatenate([_np.zeros(1, _np.int64), _np.cumsum(counts)])
    starts = _np.repeat(outcome.first[:-1][which] - offsets[:-1], counts)
    lines = outcome.sanctions[starts + _np.arange(len(starts))]
    rung, multiple = lines[:, RUNG], lines[:, MULTIPLE]
    place, milestones = _milestones(rung, multiple, labels)
    row = lines[:, ROW]
    cause = position[row] if len(position) else row
    how = _np.where(_np.isin(lines[:, HOW], list(_ENDED)), lines[:, HOW], 0)
    ended = [_ENDED.get(number, "") for number in range(max(_ENDED) + 1)]
    fields = [
        _words(rung, labels.kinds),
        _words(place, milestones),
        _instants(lines[:, START]),
        _instants(_np.minimum(lines[:, UNTIL], lines[:, ENDED])),
        _words(how, ended),
        _pa.array(cause, _pa.int64(), mask=cause < 0),
    ]
    told = _pa.StructArray.from_arrays(fields, fields=list(SANCTION))
    return _pa.ListArray.from_arrays(_pa.array(offsets, _pa.int32()), told)


def _milestones(rung: Array, multiple: Array, labels: Labels) -> tuple[Array, list[str]]:
    """Per sanction, the place of its milestone among those found; without sorting, since there are
    few of them.
    """
    if not len(rung):
        return rung, []
    width = int(multiple.max()) + 1
    code = rung * width + multiple
    found = _np.flatnonzero(_np.bincount(code))
    place = _np.zeros(int(found[-1]) + 1, _np.int32)
    place[found] = _np.arange(len(found))
    return place[code], [labels.milestone(*divmod(int(each), width)) for each in found]


def _words(numbers: Array, words: Sequence[str]) -> Any:
    return _pa.array(words, _pa.string()).take(_pa.array(numbers, _pa.int32()))


def _instants(instants: Array) -> Any:
    return _pa.array(instants, _pa.int64(), mask=instants >= FOREVER).cast(_INSTANT)
