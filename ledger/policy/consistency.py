"""What single tables cannot see: whether the parts of a pack agree with each other."""

from collections.abc import Iterator, Mapping
from typing import get_args

from ledger.facts.instants import format_instant
from ledger.policy.bucket_check import bucket_mistakes
from ledger.policy.mistakes import Mistake, shown
from ledger.policy.pack import AppealTable, Header, RuleTable
from ledger.policy.policy import Family, Severity, Source
from ledger.policy.service_check import service_mistakes
from ledger.policy.tables import Tables, WeightSaid

Names = Mapping[str, frozenset[str]]


def inconsistencies(tables: Tables, names: Names) -> Iterator[Mistake]:
    """Every disagreement between the parts that could be read."""
    if tables.header is not None:
        yield from _dates(tables.header)
    for name, bucket in tables.buckets.items():
        yield from bucket_mistakes(f"buckets.{name}", bucket)
    yield from _families(tables, names)
    for name, rule in tables.rules.items():
        yield from _rule(f"rules.{name}", rule, tables, names)
    yield from _appeals(tables, names)
    yield from _calendar(tables, names)
    yield from service_mistakes(tables, names)


def _dates(header: Header) -> Iterator[Mistake]:
    if header.retroactive:
        accepted = "false: an edition that decides the past again cannot be published yet"
        yield Mistake("retroactive", "true", accepted)
    elif header.effective_from < header.published_at:
        published = format_instant(header.published_at)
        accepted = f"{published} (published_at) or later: an edition holds for what comes after it"
        yield Mistake("effective_from", format_instant(header.effective_from), accepted)


def _families(tables: Tables, names: Names) -> Iterator[Mistake]:
    for name in sorted(names.get("families", frozenset()) - set(get_args(Family))):
        accepted = "one of " + ", ".join(get_args(Family))
        yield Mistake(f"families.{name}", "an unknown family", accepted)
    for name, family in tables.families.items():
        where = f"families.{name}"
        yield from _bucket_known(f"{where}.bucket", family.bucket, names)
        if family.points_min > family.points_max:
            accepted = f"at least points_min, {family.points_min}"
            yield Mistake(f"{where}.points_max", str(family.points_max), accepted)


def _rule(where: str, rule: RuleTable, tables: Tables, names: Names) -> Iterator[Mistake]:
    if rule.family not in names.get("families", frozenset()):
        accepted = f"a table [families.{rule.family}] that says where its rules count"
        yield Mistake(f"{where}.family", shown(rule.family), accepted)
    yield from _severities(where, rule)
    if rule.bucket is not None:
        yield from _bucket_known(f"{where}.bucket", rule.bucket, names)
    for severity, table in (rule.severities or {}).items():
        yield from _bucket_known(f"{where}.severities.{severity}.bucket", table.bucket, names)
    allowed = tables.points_range(rule)
    if allowed is not None and allowed[0] > allowed[1]:
        accepted = f"at least its points_min, {allowed[0]}"
        yield Mistake(f"{where}.points_max", str(allowed[1]), accepted)
        return
    for weight in tables.weights(rule):
        if weight.bucket in tables.buckets:
            in_points = tables.buckets[weight.bucket].unit == "points"
            yield from (_points if in_points else _strikes)(where, weight, allowed)


def _severities(where: str, rule: RuleTable) -> Iterator[Mistake]:
    wanted = get_args(Severity)
    if rule.family != "intellectual-property":
        if rule.severities is not None:
            accepted = "nothing: only intellectual-property is general or serious"
            yield Mistake(f"{where}.severities", "a table", accepted)
        return
    for severity in wanted:
        if rule.severities is None or severity not in rule.severities:
            accepted = f"a table, for intellectual-property is {' or '.join(wanted)}"
            yield Mistake(f"{where}.severities.{severity}", "nothing", accepted)


def _points(where: str, weight: WeightSaid, allowed: tuple[int, int] | None) -> Iterator[Mistake]:
    place = f"{where}{weight.points_where}.points"
    if weight.points is None:
        yield Mistake(place, "nothing", "what one violation weighs")
    elif allowed is not None and not allowed[0] <= weight.points <= allowed[1]:
        accepted = f"{allowed[0]} to {allowed[1]}, its own range"
        yield Mistake(place, str(weight.points), accepted)
    if weight.strikes is not None:
        accepted = f"nothing: bucket {weight.bucket} counts points"
        yield Mistake(f"{where}{weight.where}.strikes", str(weight.strikes), accepted)


def _strikes(where: str, weight: WeightSaid, _: tuple[int, int] | None) -> Iterator[Mistake]:
    if weight.points and weight.points_where == weight.where:
        accepted = f"nothing: bucket {weight.bucket} counts strikes"
        yield Mistake(f"{where}{weight.points_where}.points", str(weight.points), accepted)
    if weight.strikes is None:
        accepted = f"its strikes, for bucket {weight.bucket} counts them"
        yield Mistake(f"{where}{weight.where}.strikes", "nothing", accepted)


def _bucket_known(where: str, bucket: str, names: Names) -> Iterator[Mistake]:
    known = names.get("buckets", frozenset())
    if bucket not in known:
        accepted = "one of the pack's buckets: " + (", ".join(sorted(known)) or "it has none")
        yield Mistake(where, shown(bucket), accepted)


def _appeals(tables: Tables, names: Names) -> Iterator[Mistake]:
    seen: dict[tuple[str, str | None], str] = {}
    for name, appeal in tables.appeals.items():
        where = f"appeals.{name}"
        yield from _appeal(where, appeal)
        twin = seen.setdefault((appeal.family, appeal.raised_by), name)
        if twin != name:
            yield Mistake(where, f"the family and raised_by of {twin}", "one table for each")
    if len(tables.appeals) == len(names.get("appeals", ())):
        yield from _uncovered({rule.family for rule in tables.rules.values()}, set(seen))


def _uncovered(used: set[str], windows: set[tuple[str, str | None]]) -> Iterator[Mistake]:
    """Families whose violations nobody could say how to appeal."""
    for family in sorted(used):
        if (family, None) in windows or all((family, who) in windows for who in get_args(Source)):
            continue
        whole = f"a table with family {family} for every raised_by"
        accepted = f"{whole}, or with rounds = 0 where there is no appeal"
        yield Mistake("appeals", f"no window for {family}", accepted)


def _appeal(where: str, appeal: AppealTable) -> Iterator[Mistake]:
    if appeal.rounds == 0:
        return
    if appeal.first_days is None:
        yield Mistake(f"{where}.first_days", "nothing", "days from notice to the first round's end")
    if appeal.rounds > 1 and appeal.next_round_days is None:
        accepted = "days from a rejection to the end of the next round"
        yield Mistake(f"{where}.next_round_days", "nothing", accepted)
    if appeal.rounds == 1 and appeal.next_round_days is not None:
        accepted = "nothing: there is one round"
        yield Mistake(f"{where}.next_round_days", str(appeal.next_round_days), accepted)


def _calendar(tables: Tables, names: Names) -> Iterator[Mistake]:
    """Windows counted in business days, of which nobody says which days those are."""
    counted = {f"appeals.{name}": table.days_are for name, table in tables.appeals.items()}
    if tables.disputes is not None:
        counted["disputes"] = tables.disputes.days_are
    if tables.reports is not None:
        counted["reports"] = tables.reports.days_are
    if "calendar" in names:
        return
    for where, days_are in counted.items():
        if days_are == "business":
            accepted = "calendar, or a table [calendar] with weekend and holidays"
            yield Mistake(f"{where}.days_are", days_are, accepted)
