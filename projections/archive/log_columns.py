"""The log as an analyst reads it: one row a fact, in the order of the log, and nothing personal."""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ledger.facts.ids import seller_of, subject_of
from ledger.facts.sanctions import (
    FundsFrozen,
    FundsReleased,
    SanctionFoundInError,
    SanctionImposed,
    SanctionLifted,
)
from ledger.facts.violations import ViolationRecorded
from ledger.standing.rulebook import Rulebook
from ledger.store.loading import StoredFact

_np: Any = np
_pa: Any = pa
_pc: Any = pc
_INSTANT: Final[Any] = _pa.timestamp("us", tz="UTC")
_TEXT: Final[Any] = _pa.string()
Reader: TypeAlias = Callable[[Any], Any]
"""Takes the value of a column from a fact."""

SCHEMA: Final[Any] = _pa.schema(
    [
        _pa.field("position", _pa.int64(), nullable=False),
        _pa.field("kind", _TEXT, nullable=False),
        _pa.field("seller", _TEXT),
        _pa.field("about", _TEXT, nullable=False),
        _pa.field("subject", _TEXT),
        _pa.field("version", _pa.int64(), nullable=False),
        _pa.field("recorded_at", _INSTANT, nullable=False),
        _pa.field("effective_at", _INSTANT),
        _pa.field("ends_at", _INSTANT),
        *(
            _pa.field(name, _TEXT)
            for name in (
                "violation", "sanction", "freeze", "rule", "family", "severity", "source",
                "bucket", "what", "milestone", "rung", "why", "reporter", "listing", "policy",
                "digest", "judged_by", "correlation", "caused_by",
            )
        ),
        *(
            _pa.field(name, _pa.int64())
            for name in ("points", "strikes", "multiple", "daily_cap", "merge_days", "error_us")
        ),
        _pa.field("given", _pa.bool_()),
    ]
)  # fmt: skip
"""Instants are UTC. `about` is what the stream of the fact is about (seller, dispute, report,
campaign, enrolment, performance, product, policy, reads), and `subject` which one, where that is
no seller; of an enrolment and of a day both halves, with a comma, of reads the month. `caused_by`
is the address of the fact that this one followed from: `about`, the seller or subject, and
`version`, as in `dispute-d-7.3`. `ends_at` is a violation's lapse, a sanction's end or a freeze's
release, as decided; `what` a sanction does or a freeze is for; `given`, that a person gave other
points than the pack."""

DICTIONARIES: Final = (
    "kind", "rule", "family", "severity", "source", "bucket", "what", "milestone", "rung", "why",
    "reporter", "policy", "digest", "judged_by", "seller", "about",
)  # fmt: skip

_OF_EVERY_FACT: Final[Mapping[str, Reader]] = {
    "recorded_at": attrgetter("recorded_at"),
    "correlation": attrgetter("correlation_id"),
    "caused_by": attrgetter("caused_by"),
}
_WHERE_THERE: Final[Mapping[str, str]] = {
    "effective_at": "effective_at",
    "violation": "violation_id",
    "sanction": "sanction_id",
    "freeze": "freeze_id",
}
"""Columns of facts that have such a field, whatever their kind."""


def _same(*names: str) -> dict[str, Reader]:
    return {name: attrgetter(name) for name in names}


_OF_KIND: Final[Mapping[type, Mapping[str, Reader]]] = {
    ViolationRecorded: {
        **_same(
            "rule", "family", "severity", "source", "bucket", "points", "strikes", "daily_cap",
            "merge_days", "policy", "digest",
        ),
        "ends_at": attrgetter("lapses_at"),
        "reporter": attrgetter("actor"),
        "listing": attrgetter("listing_id"),
        "judged_by": lambda fact: fact.judged_by or fact.policy,
    },
    SanctionImposed: {
        **_same("ends_at", "bucket", "milestone", "rung", "policy"),
        "effective_at": attrgetter("starts_at"),
        "what": attrgetter("sanction"),
        "multiple": lambda fact: fact.multiple if fact.milestone else None,
        "violation": lambda fact: fact.because_of[0] if fact.because_of else None,
    },
    FundsFrozen: {
        **_same("ends_at"),
        "effective_at": attrgetter("starts_at"),
        "what": attrgetter("cause"),
    },
    FundsReleased: _same("why"),
    SanctionLifted: {"violation": attrgetter("because_of")},
    SanctionFoundInError: {"violation": attrgetter("because_of"), **_same("error_us")},
}  # fmt: skip


def log_table(facts: Sequence[StoredFact], rulebook: Rulebook | None) -> Any:
    """These facts as rows."""
    kinds: dict[type, list[StoredFact]] = {}
    for stored in facts:
        kinds.setdefault(type(stored.fact), []).append(stored)
    table = _pa.concat_tables(_of_kind(kind, told, rulebook) for kind, told in kinds.items())
    if len(kinds) > 1:
        order = _np.argsort(table.column("position").to_numpy())
        table = table.take(_pa.array(order))
    return table.combine_chunks()


def _of_kind(kind: Any, told: Sequence[StoredFact], rulebook: Rulebook | None) -> Any:
    """Facts of one kind as rows, a column at a time."""
    facts = [stored.fact for stored in told]
    columns: dict[str, Any] = {
        "position": [stored.position for stored in told],
        "kind": [stored.name for stored in told],
        "version": [stored.version for stored in told],
        **_subjects(told),
    }
    fields = kind.__struct_fields__
    readers = {
        **_OF_EVERY_FACT,
        **{name: attrgetter(field) for name, field in _WHERE_THERE.items() if field in fields},
        **_OF_KIND.get(kind, {}),
    }
    columns |= {name: list(map(reader, facts)) for name, reader in readers.items()}
    if kind is ViolationRecorded:
        columns |= _of_violations(columns, facts, rulebook)
    arrays = [
        _pa.array(columns[field.name], field.type)
        if field.name in columns
        else _pa.nulls(len(told), field.type)
        for field in SCHEMA
    ]
    return _pa.Table.from_arrays(arrays, schema=SCHEMA)


def _subjects(told: Sequence[StoredFact]) -> dict[str, list[Any]]:
    """What the streams of these facts are about."""
    of = {stream: seller_of(stream) for stream in {stored.stream for stored in told}}
    sellers = [of[stored.stream] for stored in told]
    if None not in sellers:
        return {"seller": sellers, "about": ["seller"] * len(sellers)}
    about = [subject_of(stored.stream) for stored in told]
    return {
        "seller": [
            getattr(stored.fact, "seller_id", None) if seller is None else seller
            for stored, seller in zip(told, sellers, strict=True)
        ],
        "about": about,
        "subject": [
            stored.stream[len(what) + 1 :] if seller is None else None
            for stored, what, seller in zip(told, about, sellers, strict=True)
        ],
    }


def _of_violations(
    columns: dict[str, Any], facts: Sequence[Any], rulebook: Rulebook | None
) -> dict[str, Any]:
    """What takes more than a look at the fact: when it was effective, and who gave its points."""
    recorded = _np.array(columns["recorded_at"], _np.int64)
    backdated = _np.fromiter(map(attrgetter("backdated_us"), facts), _np.int64, len(facts))
    keys = list(zip(columns["policy"], columns["rule"], columns["severity"], strict=True))
    usual = {key: _usual(rulebook, *key) for key in set(keys)}
    points = _pa.array(columns["points"], _pa.int64())
    told = _pc.not_equal(points, _pa.array([usual[key] for key in keys], _pa.int64()))
    return {"effective_at": recorded - backdated, "points": points, "given": told}


def _usual(rulebook: Rulebook | None, policy: str, rule: str, severity: str | None) -> int | None:
    """The points that the pack gives; None where its edition is not at hand."""
    if rulebook is None or policy not in rulebook.edition_number:
        return None
    found = rulebook.edition(policy).rules.get(rule)
    return None if found is None else found.weigh(severity, None).points
