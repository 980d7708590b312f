"""What a fact says, field by field, as others read it."""

from typing import Any, Final, cast

import msgspec
from msgspec import to_builtins

from ledger.facts.campaigns import Price
from ledger.facts.fact import Fact
from ledger.facts.instants import format_instant
from ledger.facts.money import money_of
from ledger.facts.violations import ViolationRecorded

_ENVELOPE: Final = frozenset(Fact.__struct_fields__)
_INSTANTS: Final = ("_at", "until", "_opens", "_closes")
"""How the names of instants end."""


def data_of(fact: Fact) -> dict[str, Any]:
    """All that a fact of this kind says, its envelope apart; what is not set is there too."""
    fields = fields_of(fact)
    return _told({name: value for name, value in fields.items() if name not in _ENVELOPE})


def _told(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields as others read them. Instants and amounts are plain numbers inside the ledger; their
    names tell them apart.
    """
    told: dict[str, Any] = {}
    currency = fields.get("currency")
    for name, value in fields.items():
        if name.endswith("_minor") and value is not None and currency is None:
            # Early changes of enrolments were recorded without it.
            told[name] = value
        elif name.endswith("_minor"):
            amount = None if value is None else to_builtins(money_of(value, cast(str, currency)))
            told[name.removesuffix("_minor")] = amount
        elif name.endswith(_INSTANTS):
            told[name] = None if value is None else format_instant(value)
        elif name != "currency":
            told[name] = _nested(value)
    return told


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
