"""Whose name stands behind what is done here, and forms that come back as they were sent."""

from collections import defaultdict
from typing import Any, Final

from api.console.asking import Refused
from api.console.forms import Form
from api.console.visitors import Visitor

_NAMELESS: Final[dict[str, Any]] = {
    "title": "Say who you are first",
    "detail": "What is decided here is recorded with the name of who decided it.",
    "accepted": "a name, given under “Say who you are”; then send this form again",
    "field": None,
    "instance": None,
}


def who(visitor: Visitor) -> str | None:
    """The visitor's name, as it would stand in a fact; None until they have said it."""
    return visitor.name or visitor.actor.subject


def named(visitor: Visitor) -> str:
    """The same for who is about to write; raises `Refused` where nobody said a name."""
    name = who(visitor)
    if name is None:
        raise Refused(409, _NAMELESS)
    return name


def as_typed(sent: Form) -> defaultdict[str, str]:
    """A form to be shown again: a field that was not sent is empty."""
    return defaultdict(str, sent)
