"""The console's places: what the rail names, where a visitor begins, and what is no place."""

import re
from typing import Final, NamedTuple
from urllib.parse import unquote

from api.access import Scope
from api.console.visitors import Visitor

BEGINNING: Final = ""
"""Behind /console/: the first place that a visitor may see."""
_LONGEST: Final = 2_000
_ADDRESS: Final = re.compile(r"[A-Za-z0-9._~:@!$&'()*+,;=%/?-]*")


class Place(NamedTuple):
    """One entry of the rail."""

    path: str
    name: str
    letter: str
    """Behind `g`, the way to it by the keyboard."""
    scopes: tuple[Scope, ...]
    """Any of these opens it."""
    group: str | None = None
    """Under which word it stands in the rail."""


_CASES: Final[tuple[Scope, ...]] = ("audit:read", "cases:decide")
_PACKS: Final[tuple[Scope, ...]] = ("audit:read", "what-if:run", "policy:publish", "cases:decide")
_WORK: Final = "Work"
_KNOW: Final = "Rules and record"
PLACES: Final = (
    Place("sellers", "Sellers", "s", _CASES),
    Place("appeals", "Appeals", "a", _CASES, _WORK),
    Place("disputes", "Disputes", "d", _CASES, _WORK),
    Place("reports", "Reports", "r", _CASES, _WORK),
    Place("enrolments", "Enrolments", "e", _CASES, _WORK),
    Place("deadlines", "Deadlines", "t", _CASES, _WORK),
    Place("what-if", "What if", "w", ("what-if:run", "audit:read"), _KNOW),
    Place("policies", "Policies", "p", _PACKS, _KNOW),
    Place("log", "Log", "l", ("audit:read",), _KNOW),
)


def open_places(visitor: Visitor) -> list[Place]:
    """Those that a visitor may see, in the order of the rail."""
    return [place for place in PLACES if visitor.may(*place.scopes)]


def first_place(visitor: Visitor) -> str:
    """Where a visitor begins; who may see none of the places is told what they may."""
    found = open_places(visitor)
    return found[0].path if found else "visitor"


def place_in(told: str | None) -> str:
    """A place behind /console/ that an address or form named, or the beginning.

    Whoever makes a link chooses this text, so it may lead nowhere but to this console: neither
    to another site nor, by `..`, to what stands beside it.
    """
    if told is None or len(told) > _LONGEST or not _ADDRESS.fullmatch(told):
        return BEGINNING
    path = unquote(told.partition("?")[0])
    leaves = path.startswith("/") or "\\" in path or ".." in path.split("/")
    leaves = leaves or ":" in path.partition("/")[0]  # no place, but the beginning of an address
    return BEGINNING if leaves or not path.isprintable() else told
