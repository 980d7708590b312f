"""What is wrong with a pack, said to the person who wrote it."""

from collections.abc import Iterable
from typing import NamedTuple

from ledger.facts.refusal import Refusal
from ledger.policy.refusals import close_to

SHOWN_CHARACTERS = 60
HUGE = 10**30
"""From here on a number is described: Python refuses to write the longest ones out."""


class Mistake(NamedTuple):
    """One thing to mend: where it stands, what was found there, what would be accepted."""

    where: str
    found: str
    accepted: str

    def __str__(self) -> str:
        return f"{self.where}: found {self.found}; accepted: {self.accepted}"


class MalformedPack(Refusal):
    """A policy pack that cannot be used, with everything that is wrong with it."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(set(mistakes)))
        count = len(self.mistakes)
        heading = f"The policy pack has {count} mistake{'' if count == 1 else 's'}:"
        super().__init__(
            "\n".join([heading, *map(str, self.mistakes)]),
            field=self.mistakes[0].where,
            accepted=self.mistakes[0].accepted,
        )


def shown(value: object) -> str:
    """A value as the writer of the TOML would recognise it, cut short."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case dict():
            return "a table"
        case list():
            return "a list" if value else "an empty list"
        case str():
            cut = value if len(value) <= SHOWN_CHARACTERS else value[:SHOWN_CHARACTERS] + "…"
            return f'"{cut}"'
        case int() if abs(value) >= HUGE:
            return "a number of more than 30 digits"
        case _:
            return str(value)[:SHOWN_CHARACTERS]


def unknown_key(where: str, key: str, known: Iterable[str]) -> Mistake:
    """A key that nothing reads: mostly a slip of the pen, so the close ones are named."""
    names = sorted(known)
    near = close_to(key, names, most=1, alike=0.7)
    hint = f"{near[0]}, if that was meant" if near else ", ".join(names)
    return Mistake(f"{where}.{key}" if where else key, "an unknown key", hint)
