"""What a fact says, field by field, as others read it."""

from functools import cache
from typing import Any, Final, Literal, cast

import msgspec
from msgspec import to_builtins

from ledger.facts.campaigns import Price
from ledger.facts.fact import Fact
from ledger.facts.instants import format_instant
from ledger.facts.money import money_of
from ledger.facts.violations import ViolationRecorded

ENVELOPE: Final = frozenset(Fact.__struct_fields__)
"""What all facts have, and is not part of what a kind says."""


def data_of(fact: Fact) -> dict[str, Any]:
    """All that a fact of this kind says, its envelope apart; what is not set is there too."""
    return data_of_fields(fields_of(fact))


def data_of_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """The same of a fact's fields."""
    own = fields.copy()
    for name in ENVELOPE:
        del own[name]
    return _told(own)


def _told(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields as others read them. Instants and amounts are plain numbers inside the ledger; their
    names tell them apart.
    """
    told: dict[str, Any] = {}
    currency = fields.get("currency")
    for name, value in fields.items():
        kind = kind_of(name)
        if kind == "minor" and value is not None and currency is None:
            # Early changes of enrolments were recorded without it.
            told[name] = value
        elif kind == "minor":
            amount = None if value is None else to_builtins(money_of(value, cast(str, currency)))
            told[name.removesuffix("_minor")] = amount
        elif kind == "instant":
            told[name] = None if value is None else format_instant(value)
        elif kind != "currency":
            told[name] = _nested(value)
    return told


@cache
def kind_of(name: str) -> Literal["minor", "instant", "currency", "plain"]:
    """What a field's name says of its value. Asked for each field of each fact that is told."""
    if name.endswith("_minor"):
        return "minor"
    if name.endswith(("_at", "until", "registration_opens", "registration_closes")):
        return "instant"
    return "currency" if name == "currency" else "plain"


def _nested(value: Any) -> Any:
    match value:
        case Price(units=units, currency=currency):
            return to_builtins(money_of(units, currency))
        case msgspec.Struct():
            return _told(msgspec.structs.asdict(value))
        case dict():
            return {key: _nested(each) for key, each in cast(dict[str, Any], value).items()}
        case _:
            return value


def fields_of(fact: Fact) -> dict[str, Any]:
    """The fields of a fact as the ledger reckons with them."""
    fields = msgspec.structs.asdict(fact)
    if isinstance(fact, ViolationRecorded):
        # Stored as how long before its recording it was effective: mostly 0, then left out.
        del fields["backdated_us"]
        fields["effective_at"] = fact.effective_at
    return fields
