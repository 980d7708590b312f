"""The fields of a scenario's form, each named by its place in the scenario, so that a mistake is
told where it stands; and what blocks a form has.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from api.console.what_if.values import PATCH, Patchable
from ledger.policy.document import PackData
from ledger.policy.writing import to_toml

Fields: TypeAlias = dict[str, str]

TITLE: Final = ("name", "about")
TIMES: Final = ("from", "to", "known_at")
PACK: Final = "policy.pack"
DRAFT: Final = "policy.pack.draft"
"""A whole pack as TOML."""
APPLIES: Final = "policy.applies"
MORE: Final = "policy.patch"
"""Further paths and values, one on a line."""
FILTER: Final = (
    "rule", "family", "severity", "source", "reporter", "tag", "violation", "listing", "seller",
    "appeal", "recorded_from", "recorded_to", "effective_from", "effective_to", "decided_from",
    "decided_to",
)  # fmt: skip
SETTING: Final = ("points", "rule", "severity", "effective_at", "appeal")
ADDED: Final = (
    "seller_id", "rule", "severity", "source", "points", "recorded_at", "effective_at",
    "violation_id", "listing_id", "reported_by",
)  # fmt: skip
BLOCKS: Final = {
    "leave_out": FILTER,
    "change": (*(f"where.{key}" for key in FILTER), *(f"set.{key}" for key in SETTING)),
    "add": ADDED,
}
"""What stands in a list of the scenario's facts, with the fields of each."""
MOST_BLOCKS: Final = 25
"""More than these are read as text: nobody would find their way in so long a form."""
_BLOCK: Final = re.compile(r"facts\.(leave_out|change|add)\[(\d{1,4})\]\.([a-z_.]+)")


def joined(sent: Iterable[tuple[str, str]]) -> Fields:
    """Fields by name; of boxes that are ticked together, all."""
    fields: Fields = {}
    for name, value in sent:
        fields[name] = f"{fields[name]}, {value}" if fields.get(name) else value
    return fields


def counts(fields: Mapping[str, str]) -> dict[str, int]:
    """How many blocks of each list the form has."""
    found = dict.fromkeys(BLOCKS, 0)
    for name in fields:
        if block := _BLOCK.fullmatch(name):
            found[block[1]] = max(found[block[1]], min(int(block[2]) + 1, MOST_BLOCKS))
    return found


def with_block(fields: Fields, what: str) -> Fields:
    """The form with one more block, empty."""
    if what not in BLOCKS or counts(fields)[what] >= MOST_BLOCKS:
        return fields
    return fields | {f"facts.{what}[{counts(fields)[what]}].{BLOCKS[what][0]}": ""}


def without(fields: Fields, dropped: Iterable[tuple[str, int]]) -> Fields:
    """The form without some blocks; those behind them move up."""
    gone = set(dropped)
    kept: Fields = {}
    for name, value in fields.items():
        block = _BLOCK.fullmatch(name)
        if block is None:
            kept[name] = value
            continue
        what, place = block[1], int(block[2])
        if (what, place) not in gone:
            before = sum(1 for each, n in gone if each == what and n < place)
            kept[f"facts.{what}[{place - before}].{block[3]}"] = value
    return kept


def empty_blocks(fields: Fields) -> Iterator[tuple[str, int]]:
    """Blocks in which nothing was said."""
    for what, count in counts(fields).items():
        for place in range(count):
            if not any(
                value
                for name, value in fields.items()
                if name.startswith(f"facts.{what}[{place}].")
            ):
                yield what, place


def fields_of(scenario: Mapping[str, Any], values: Mapping[str, Patchable]) -> Fields | None:
    """The form that says the same as a scenario; None where it would be too long a form."""
    facts: Mapping[str, Any] = scenario.get("facts", {})
    if sum(len(facts.get(what, ())) for what in BLOCKS) > MOST_BLOCKS:
        return None
    fields = {key: str(scenario[key]) for key in (*TITLE, *TIMES) if key in scenario}
    fields |= _policy_fields(scenario.get("policy", {}), values)
    for what in BLOCKS:
        for place, block in enumerate(facts.get(what, ())):
            fields |= _flat(block, f"facts.{what}[{place}].")
    return fields | _flat(scenario.get("population", {}), "population.")


def _policy_fields(policy: PackData, values: Mapping[str, Patchable]) -> Fields:
    fields: Fields = {}
    pack = policy.get("pack")
    if pack is not None:
        fields[PACK if isinstance(pack, str) else DRAFT] = (
            pack if isinstance(pack, str) else to_toml(pack)
        )
    if "applies" in policy:
        fields[APPLIES] = policy["applies"]
    more: list[str] = []
    for path, value in policy.get("patch", {}).items():
        if PATCH + path in values and not isinstance(value, list):
            fields[PATCH + path] = _text(value)
        else:
            more.append(to_toml({path: value}).strip())
    return fields | ({MORE: "\n".join(more)} if more else {})


def _flat(table: Mapping[str, Any], before: str) -> Fields:
    fields: Fields = {}
    for key, value in table.items():
        if isinstance(value, dict):
            fields |= _flat(value, f"{before}{key}.")  # type: ignore[arg-type]
        else:
            fields[before + key] = _text(value)
    return fields


def _text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            return ", ".join(map(str, value))  # type: ignore[arg-type]
        case _:
            return str(value)
