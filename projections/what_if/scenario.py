"""The tables of a scenario, as a person writes them: another policy, other facts, for whom and
when.

`reading.py` makes one from text or refuses it with every mistake in it, docs/what-if.md explains
each key at length.
"""

import hashlib
import json
import re
from typing import Annotated, Any, Final, Literal, cast

from pydantic import AfterValidator, BeforeValidator, Field

from ledger.facts.ids import ID_ACCEPTED, ID_PATTERN
from ledger.facts.instants import Instant, format_instant
from ledger.policy.document import ACCEPTED_INSTANT, is_table
from ledger.policy.mistakes import shown
from ledger.policy.pack import Moment, Points, moment
from ledger.policy.patch import PatchValue
from ledger.policy.policy import Severity
from projections.what_if.filters import MOST_CHARACTERS, Filter, NotThat, Table

MOST_FILTERS: Final = 100
MOST_ADDED: Final = 10_000
MOST_PATCHES: Final = 1_000
AS_RECORDED: Final = "recorded_at"
"""Instead of an instant: what happened counts only from when it was recorded."""
ALWAYS_KNOWN: Final = "what-if"
"""Who reports a violation that a scenario adds, unless it says otherwise."""

Applies = Literal["throughout", "from-its-date"]
Settled = Literal["upheld", "rejected"]


def _pack(found: object) -> object:
    if not isinstance(found, str) and not is_table(found):
        raise NotThat(shown(found))
    return found


def _instant_or_recorded(found: object) -> object:
    return found if found == AS_RECORDED else moment(found)


def _words(most: int) -> Any:
    pattern = r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$"
    accepted = f"words, at most {most} characters on one line"
    return Field(pattern=pattern, max_length=most, description=accepted)


def _an_id(found: str) -> str:
    if not re.fullmatch(ID_PATTERN, found):
        raise NotThat(shown(found))
    return found


Id = Annotated[str, AfterValidator(_an_id), Field(description=ID_ACCEPTED)]
RuleName = Annotated[
    str, Field(min_length=1, max_length=MOST_CHARACTERS, description="the name of a rule")
]
SeverityGiven = Annotated[Severity, Field(description="one of general, serious")]


class PolicyChange(Table):
    """Other rules: a whole pack, or the ledger's own with other values."""

    pack: (
        Annotated[
            str | dict[str, Any],
            BeforeValidator(_pack),
            Field(description="an edition such as aliexpress@2020-01-01, or a whole pack as data"),
        ]
        | None
    ) = None
    patch: (
        Annotated[
            dict[str, PatchValue],
            Field(
                min_length=1,
                max_length=MOST_PATCHES,
                description="paths of the pack and their values, such as "
                '{"buckets.points.limit" = 36}',
            ),
        ]
        | None
    ) = None
    applies: Annotated[
        Applies,
        Field(description="throughout (in place of every edition) or from-its-date"),
    ] = "throughout"


class Setting(Table):
    """What the violations that a change is about say instead."""

    points: Points | None = None
    rule: RuleName | None = None
    severity: SeverityGiven | None = None
    effective_at: (
        Annotated[
            Instant | Literal["recorded_at"],
            BeforeValidator(_instant_or_recorded),
            Field(description=f"{ACCEPTED_INSTANT}, or the word {AS_RECORDED}"),
        ]
        | None
    ) = None
    appeal: (
        Annotated[Settled, Field(description="upheld or rejected, as its last round")] | None
    ) = None

    def said(self) -> dict[str, Any]:
        """The fields that it gives."""
        return {name: value for name, value in self if value is not None}


class Change(Table):
    """Some violations, and what they say instead."""

    where: Filter
    set: Setting


class Added(Table):
    """A violation that was never recorded, as it would have been; fields as the route has them.

    Without `effective_at`, it is effective when it is recorded.
    """

    seller_id: Id
    violation_id: Id | None = None
    rule: RuleName
    severity: SeverityGiven | None = None
    source: RuleName = "platform"
    recorded_at: Moment
    effective_at: Moment | None = None
    listing_id: Id | None = None
    points: Points | None = None
    reported_by: Id = ALWAYS_KNOWN


class Facts(Table):
    """What history would have held instead."""

    leave_out: tuple[Filter, ...] = ()
    change: tuple[Change, ...] = ()
    add: tuple[Added, ...] = ()


class Title(Table):
    """What a scenario is called, and why it is asked."""

    name: Annotated[str, _words(MOST_CHARACTERS)]
    about: Annotated[str, _words(2_000)] | None = None


class Times(Table):
    """The time that it is about.

    `to` and `known_at` are answered for as the standing is: as of one, as known at the other.
    """

    begin: Annotated[Moment | None, Field(alias="from")] = None
    to: Moment | None = None
    known_at: Moment | None = None


class Scenario(Title, Times):
    """Another world: what it is called, how it differs, and for whom and when that is asked."""

    policy: PolicyChange | None = None
    facts: Facts = Facts()
    population: Filter | None = None
    """Only sellers with a violation that it matches; None: everybody."""

    @property
    def filters(self) -> dict[str, Filter]:
        """Every filter in it, by its place: `facts.leave_out[0]`."""
        found = {f"facts.leave_out[{n}]": f for n, f in enumerate(self.facts.leave_out)}
        found |= {f"facts.change[{n}].where": c.where for n, c in enumerate(self.facts.change)}
        if self.population is not None:
            found["population"] = self.population
        return found


def data_of(scenario: Scenario) -> dict[str, Any]:
    """The scenario as data that reads back as the same one: what is absent is left out."""
    return _plain(scenario)


def canonical(scenario: Scenario) -> bytes:
    """The one byte form of a scenario: JSON in UTF-8, keys sorted, nothing between the tokens."""
    text = json.dumps(data_of(scenario), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def digest(scenario: Scenario) -> str:
    """The name of a scenario for ever: `sha256:` and 64 hexadecimal digits."""
    return "sha256:" + hashlib.sha256(canonical(scenario)).hexdigest()


_INSTANTS: Final = ("from", "to", "known_at", "recorded_at", "effective_at")


def _plain(table: Table) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name, field in type(table).model_fields.items():
        value, key = getattr(table, name), field.alias or name
        if value is None or (not field.is_required() and value == field.default):
            continue
        plain[key] = _value(key, value)
    return plain


def _value(key: str, value: Any) -> Any:
    match value:
        case Table():
            return _plain(value)
        case tuple():
            return [_value("", item) for item in cast("tuple[object, ...]", value)]
        case int() if key in _INSTANTS or key.endswith(("_from", "_to")):
            return format_instant(value)
        case _:
            return value
