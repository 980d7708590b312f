"""What single tables cannot see of service metrics: names, directions, and what they refer to."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Final, get_args

from ledger.policy.mistakes import Mistake, shown
from ledger.policy.pack import ServiceMetricTable
from ledger.policy.service import MORE_IS_WORSE, RATINGS, MetricName
from ledger.policy.tables import Tables

_METRICS: Final = get_args(MetricName)
_SHARES: Final = (Fraction(0), Fraction(1))
_STARS: Final = (Fraction(1), Fraction(5))


def service_mistakes(tables: Tables, names: Mapping[str, frozenset[str]]) -> Iterator[Mistake]:
    """Every disagreement between the metrics and the rest of the pack."""
    metrics = names.get("service_metrics", frozenset())
    for name in sorted(metrics - set(_METRICS)):
        accepted = "one of " + ", ".join(_METRICS)
        yield Mistake(f"service_metrics.{name}", "an unknown metric", accepted)
    if metrics and "service" not in names:
        accepted = "a table [service] that says how long history counts"
        yield Mistake("service", "nothing", accepted)
    for name, table in tables.service_metrics.items():
        where = f"service_metrics.{name}"
        yield from _windows(where, table, tables)
        if name in _METRICS:
            yield from _thresholds(where, name, table)
        yield from _consequences(where, table, tables, names)


def _windows(where: str, table: ServiceMetricTable, tables: Tables) -> Iterator[Mistake]:
    if len(set(table.window_days)) != len(table.window_days):
        yield Mistake(f"{where}.window_days", "a window twice", "each window once")
    longest = max(table.window_days)
    if tables.service is not None and longest > tables.service.history_days:
        accepted = f"at most {tables.service.history_days}, the history_days of [service]"
        yield Mistake(f"{where}.window_days", str(longest), accepted)


def _thresholds(where: str, name: str, table: ServiceMetricTable) -> Iterator[Mistake]:
    least, most = _STARS if name in RATINGS else _SHARES
    for field in ("weak", "suspicious"):
        told: str | None = getattr(table, field)
        if told is not None and not least <= Fraction(told) <= most:
            yield Mistake(f"{where}.{field}", shown(told), f"{least} to {most}")
    if table.weak is None or table.suspicious is None:
        return
    weak, suspicious = Fraction(table.weak), Fraction(table.suspicious)
    if name in MORE_IS_WORSE and suspicious <= weak:
        accepted = f"more than weak, {table.weak}: more of it is worse"
        yield Mistake(f"{where}.suspicious", shown(table.suspicious), accepted)
    if name not in MORE_IS_WORSE and suspicious >= weak:
        accepted = f"less than weak, {table.weak}: less of it is worse"
        yield Mistake(f"{where}.suspicious", shown(table.suspicious), accepted)


def _consequences(
    where: str, table: ServiceMetricTable, tables: Tables, names: Mapping[str, frozenset[str]]
) -> Iterator[Mistake]:
    if table.suspicious is None:
        for field in ("violation", "hold_days"):
            told: object = getattr(table, field)
            if told is not None:
                accepted = "nothing, or a threshold suspicious at which it follows"
                yield Mistake(f"{where}.{field}", shown(told), accepted)
    if table.violation is None:
        return
    rule = tables.rules.get(table.violation)
    if table.violation not in names.get("rules", frozenset()):
        yield Mistake(f"{where}.violation", shown(table.violation), "one of the pack's rules")
    elif rule is not None and rule.family == "intellectual-property":
        accepted = "a rule of another family: this one is general or serious, which no count says"
        yield Mistake(f"{where}.violation", shown(table.violation), accepted)
