"""The log as an analyst reads it: one row a fact, in the order of the log, and nothing personal."""

from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa

from ledger.facts.ids import seller_of
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

_pa: Any = pa
_INSTANT: Final[Any] = _pa.timestamp("us", tz="UTC")
_TEXT: Final[Any] = _pa.string()

SCHEMA: Final[Any] = _pa.schema(
    [
        _pa.field("position", _pa.int64(), nullable=False),
        _pa.field("kind", _TEXT, nullable=False),
        _pa.field("seller", _TEXT),
        _pa.field("version", _pa.int64(), nullable=False),
        _pa.field("recorded_at", _INSTANT, nullable=False),
        _pa.field("effective_at", _INSTANT),
        _pa.field("ends_at", _INSTANT),
        *(
            _pa.field(name, _TEXT)
            for name in (
                "violation", "sanction", "freeze", "rule", "family", "severity", "source",
                "bucket", "what", "milestone", "rung", "why", "reporter", "listing", "policy",
                "digest", "judged_by", "correlation",
            )
        ),
        *(
            _pa.field(name, _pa.int64())
            for name in ("points", "strikes", "multiple", "daily_cap", "merge_days", "error_us")
        ),
        _pa.field("given", _pa.bool_()),
    ]
)  # fmt: skip
"""Instants are UTC. `ends_at` is a violation's lapse, a sanction's end or a freeze's release, as
decided; `what` a sanction does or a freeze is for; `given`, that a person gave other points than
the pack."""

DICTIONARIES: Final = (
    "kind", "rule", "family", "severity", "source", "bucket", "what", "milestone", "rung", "why",
    "reporter", "policy", "digest", "judged_by", "seller",
)  # fmt: skip


def log_table(facts: Sequence[StoredFact], rulebook: Rulebook | None) -> Any:
    """These facts as rows."""
    names = SCHEMA.names
    place = {name: number for number, name in enumerate(names)}
    columns: list[list[Any]] = [[] for _ in names]
    defaults = [None] * len(names)
    weights: dict[tuple[str, str, str | None], int | None] = {}
    for stored in facts:
        row: list[Any] = defaults.copy()
        for name, value in _told(stored).items():
            row[place[name]] = value
        fact = stored.fact
        if isinstance(fact, ViolationRecorded):
            row[place["given"]] = _given(fact, rulebook, weights)
        for column, value in zip(columns, row, strict=True):
            column.append(value)
    arrays = [
        _pa.array(column, type=field.type) for column, field in zip(columns, SCHEMA, strict=True)
    ]
    return _pa.Table.from_arrays(arrays, schema=SCHEMA)


def _told(stored: StoredFact) -> dict[str, Any]:
    fact: Any = stored.fact
    own: dict[str, Any] = {
        "position": stored.position,
        "kind": stored.name,
        "seller": seller_of(stored.stream) or getattr(fact, "seller_id", None),
        "version": stored.version,
        "recorded_at": fact.recorded_at,
        "effective_at": getattr(fact, "effective_at", None),
        "violation": getattr(fact, "violation_id", None),
        "sanction": getattr(fact, "sanction_id", None),
        "freeze": getattr(fact, "freeze_id", None),
        "correlation": fact.correlation_id,
    }
    match fact:
        case ViolationRecorded():
            own |= {
                "ends_at": fact.lapses_at, "rule": fact.rule, "family": fact.family,
                "severity": fact.severity, "source": fact.source, "bucket": fact.bucket,
                "points": fact.points, "strikes": fact.strikes, "daily_cap": fact.daily_cap,
                "merge_days": fact.merge_days, "reporter": fact.actor, "listing": fact.listing_id,
                "policy": fact.policy, "digest": fact.digest,
                "judged_by": fact.judged_by or fact.policy,
            }  # fmt: skip
        case SanctionImposed():
            own |= {
                "effective_at": fact.starts_at, "ends_at": fact.ends_at, "what": fact.sanction,
                "bucket": fact.bucket, "milestone": fact.milestone, "rung": fact.rung,
                "multiple": fact.multiple if fact.milestone else None, "policy": fact.policy,
                "violation": fact.because_of[0] if fact.because_of else None,
            }  # fmt: skip
        case FundsFrozen():
            own |= {"effective_at": fact.starts_at, "ends_at": fact.ends_at, "what": fact.cause}
        case FundsReleased():
            own["why"] = fact.why
        case SanctionLifted() | SanctionFoundInError():
            own["violation"] = fact.because_of
            own["error_us"] = getattr(fact, "error_us", None)
        case _:
            pass
    return own


def _given(
    fact: ViolationRecorded,
    rulebook: Rulebook | None,
    weights: dict[tuple[str, str, str | None], int | None],
) -> bool | None:
    """Whether a person gave other points than the pack; None where its edition is not at hand."""
    key = fact.policy, fact.rule, fact.severity
    if key not in weights:
        weights[key] = None
        if rulebook is not None and fact.policy in rulebook.edition_number:
            rule = rulebook.edition(fact.policy).rules.get(fact.rule)
            if rule is not None:
                weights[key] = rule.weigh(fact.severity, None).points
    usual = weights[key]
    return None if usual is None else fact.points != usual
