"""Which violations a scenario is about, in the words of the ledger.

Every field's description is what a refused scenario is told would be accepted there.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal, cast, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ledger.facts.ids import ID_ACCEPTED, ID_PATTERN
from ledger.policy.mistakes import shown
from ledger.policy.pack import Moment
from ledger.policy.policy import Severity

MOST_NAMES: Final = 10_000
"""In one list: whoever has more to name says what they have in common."""
MOST_CHARACTERS: Final = 200

Outcome = Literal["none", "filed", "upheld", "rejected", "lapsed", "withdrawn"]
"""How the newest round of a violation's appeal stands; `none`: it was never appealed."""
ENDED: Final[tuple[Outcome, ...]] = ("upheld", "rejected", "lapsed", "withdrawn")


class NotThat(ValueError):
    """A value, or one of a list, that a field does not take."""

    def __init__(self, found: str) -> None:
        super().__init__(found)
        self.found = found


def _listed(found: object) -> tuple[str, ...]:
    """One name or a list of names, in order and each once, so that alike filters are equal."""
    names = cast("list[object]", found if isinstance(found, list | tuple) else [found])
    if not names:
        raise NotThat("an empty list")
    if len(names) > MOST_NAMES:
        raise NotThat(f"a list of {len(names)}")
    for name in names:
        if not isinstance(name, str) or not 1 <= len(name) <= MOST_CHARACTERS:
            raise NotThat(shown(name))
    return tuple(sorted(set(cast("list[str]", names))))


def _ids(found: object) -> tuple[str, ...]:
    names = _listed(found)
    for name in names:
        if not re.fullmatch(ID_PATTERN, name):
            raise NotThat(shown(name))
    return names


def _chosen(choices: object) -> Any:
    known = get_args(choices)

    def choose(found: object) -> tuple[str, ...]:
        names = _listed(found)
        for name in names:
            if name not in known:
                raise NotThat(shown(name))
        return names

    return choose


def _any_of(choices: object) -> str:
    return "one of " + ", ".join(get_args(choices)) + ", or a list of them"


Ids = Annotated[
    tuple[str, ...],
    BeforeValidator(_ids),
    Field(description=f"an id or a list of at most {MOST_NAMES}; an id is {ID_ACCEPTED}"),
]
Names = Annotated[
    tuple[str, ...],
    BeforeValidator(_listed),
    Field(description=f"a name of at most {MOST_CHARACTERS} characters or a list of them"),
]
Severities = Annotated[
    tuple[Severity, ...],
    BeforeValidator(_chosen(Severity)),
    Field(description=_any_of(Severity)),
]
Outcomes = Annotated[
    tuple[Outcome, ...],
    BeforeValidator(_chosen(Outcome)),
    Field(description=_any_of(Outcome)),
]


class Table(BaseModel):
    """What every table of a scenario has: no unknown keys, no guessing of types."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Filter(Table):
    """Violations that all of its fields hold for; of a list, one suffices.

    A stretch of time holds its first instant and not its last. `reporter` is whoever recorded
    the violation, a person or a detector; `tag` what the asking system called the matter. Of an
    appeal the newest round counts, and `decided` is when that round ended.
    """

    rule: Names | None = None
    family: Names | None = None
    severity: Severities | None = None
    source: Names | None = None
    reporter: Names | None = None
    tag: Names | None = None
    violation: Ids | None = None
    listing: Ids | None = None
    seller: Ids | None = None
    recorded_from: Moment | None = None
    recorded_to: Moment | None = None
    effective_from: Moment | None = None
    effective_to: Moment | None = None
    appeal: Outcomes | None = None
    decided_from: Moment | None = None
    decided_to: Moment | None = None

    def said(self) -> dict[str, Any]:
        """The fields that it gives."""
        return {name: value for name, value in self if value is not None}


STRETCHES: Final = ("recorded", "effective", "decided")


def filter_mistakes(found: Filter) -> Iterator[tuple[str, str, str]]:
    """What makes no sense in a filter: the field, what was found, what would be accepted."""
    said = found.said()
    if not said:
        yield "", "an empty filter", "at least one of " + ", ".join(Filter.model_fields)
    for stretch in STRETCHES:
        begin, end = said.get(f"{stretch}_from"), said.get(f"{stretch}_to")
        if begin is not None and end is not None and begin >= end:
            yield f"{stretch}_to", f"no instant after {stretch}_from", f"a later {stretch}_to"
    decided = [name for name in ("decided_from", "decided_to") if name in said]
    open_rounds = sorted({"none", "filed"} & set(found.appeal or ()))
    if decided and open_rounds:
        accepted = "appeal with " + ", ".join(ENDED) + ": others were not decided"
        yield decided[0], f"appeal {' and '.join(open_rounds)} beside it", accepted
