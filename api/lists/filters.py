"""Filters in words, as the command line has them: read as the routes read their parameters."""

import re
from collections.abc import Sequence
from typing import Any, Literal, get_args

from api.commands.options import refuse_bad_id
from api.refusals import MalformedParameter
from ledger.facts.instants import Instant, parse_instant


class Filters:
    """Filters as `NAME=VALUE` texts; the names are those of the list's query parameters."""

    def __init__(self, name: str, known: Sequence[str], given: Sequence[str]) -> None:
        self._told: dict[str, list[str]] = {}
        for text in given:
            filter_name, equals, value = text.partition("=")
            if not equals or filter_name not in known:
                raise MalformedParameter(
                    f"{name} has no filter {text[:80]!r}",
                    field="FILTER",
                    accepted=" ".join(f"{one}=…" for one in known) or "no filters",
                )
            self._told.setdefault(filter_name, []).append(value)

    def all(self, name: str) -> list[str] | None:
        """Every value that was given."""
        return self._told.get(name)

    def one(self, name: str) -> str | None:
        """The one value, where one was given."""
        values = self._told.get(name, [])
        if len(values) > 1:
            raise MalformedParameter(
                f"{name} is given {len(values)} times", field=name, accepted=f"one {name}"
            )
        return values[0] if values else None

    def an_id(self, name: str) -> str | None:
        """An id."""
        value = self.one(name)
        if value is not None:
            refuse_bad_id(value, name)
        return value

    def seller(self) -> str:
        """The seller without whom there is no such list."""
        value = self.an_id("seller_id")
        if value is None:
            raise MalformedParameter(
                "whose list is meant is not said", field="seller_id", accepted="seller_id=…"
            )
        return value

    def instant(self, name: str) -> Instant | None:
        """An instant."""
        value = self.one(name)
        return None if value is None else parse_instant(value, name)

    def count(self, name: str) -> int | None:
        """A whole number."""
        value = self.one(name)
        if value is None:
            return None
        if not re.fullmatch(r"[0-9]{1,9}", value, re.ASCII):
            raise MalformedParameter(
                f"{name} is not a number", field=name, accepted="0 to 999999999"
            )
        return int(value)

    def truth(self, name: str) -> bool | None:
        """Yes or no."""
        value = self.choice(name, Literal["true", "false"])
        return None if value is None else value == "true"

    def choice(self, name: str, literal: Any) -> Any:
        """One of the values of a `Literal`."""
        value = self.one(name)
        if value is not None and value not in get_args(literal):
            raise MalformedParameter(
                f"{name} is never {value[:80]!r}", field=name, accepted=", ".join(get_args(literal))
            )
        return value
