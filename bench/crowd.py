"""A marketplace for the console's desks: the demonstration's sellers, and a crowd beside them.

The demonstration's two thousand sellers stand in every size as they are, so that the same pages
are asked of the same sellers. Of the crowd each has a few violations; many have a case that waits.
One seller has hundreds of violations.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from api.demo.cases import Line as Told
from api.demo.complaints import Complaints
from api.demo.promotions import CAMPAIGNS, SPRING, Promotions
from api.demo.sellers import SLIGHT, Life
from api.demo.statements import INTELLECTUAL_PROPERTY
from ledger.decide.commands import Command
from ledger.facts.instants import Instant
from ledger.history import Line

NAMED: Final = 2_000
"""So many sellers live as in the demonstration."""
YEARS: Final = 3
SEED: Final = 7
LONG: Final = NAMED + 1
"""The number of the seller that has hundreds of violations."""
VIOLATIONS: Final = 600
_APPEALS, _DISPUTES, _REPORTS, _ENROLMENTS = 20, 25, 30, 35
"""One in so many of the crowd has such a case, and it waits."""


def lines(sellers: int, until: Instant) -> Iterator[Line]:
    """The history up to an instant, in the order of `recorded_at`."""
    told = [
        (at, 0, nth, said) for nth, (at, said) in enumerate(c.announced(until) for c in CAMPAIGNS)
    ]
    for number in range(1, sellers + 1):
        for nth, (at, said) in enumerate(_life(number, until).lines()):
            told.append((at, number, nth, said))
    told.sort(key=lambda line: line[:3])
    for number, (at, _, _, said) in enumerate(told, 1):
        yield Line(number, at, _command(said))


def _command(said: dict[str, Any]) -> Command:
    """As it would be read from a file."""
    return _DECODER.decode(msgspec.json.encode(said))


_DECODER: Final[Any] = msgspec.json.Decoder(Command)


def _life(number: int, until: Instant) -> Life:
    if number <= NAMED:
        return Life(SEED, number, until, YEARS)
    return (_Long if number == LONG else _Passing)(SEED, number, until, YEARS)


class _Long(Life):
    """A seller with a violation every other day for three years; some were taken back."""

    def lines(self) -> Iterator[Told]:
        for nth in range(VIOLATIONS):
            back = self._days - 1 - nth * (self._days - 2) / VIOLATIONS
            slight = self._violation(back, self._one_of(SLIGHT), found_after=0)
            yield slight
            if nth % 20 == 7:
                yield self._annulment(back * 0.9, slight)
            elif nth % 20 == 14:
                yield from self._challenges.appeal(slight, "lapsed")


class _Passing(Life):
    """A seller of the crowd."""

    def __init__(self, seed: int, number: int, until: Instant, years: int) -> None:
        super().__init__(seed, number, until, years)
        self._complaints = Complaints(seed, number, until)
        self._promotions = Promotions(seed, number, until)

    def lines(self) -> Iterator[Told]:
        yield from self._scattered(self._draw.randint(1, 3))
        if self._number % _APPEALS == 0:
            newest = self._violation(3, self._one_of(tuple(INTELLECTUAL_PROPERTY)), found_after=0)
            newest = newest[0], {**newest[1], "severity": "general", "source": "platform"}
            yield newest
            yield from self._challenges.appeal(newest, "open")
        if self._number % _DISPUTES == 1:
            yield from self._challenges.dispute(3.9, "with the platform")
        if self._number % _REPORTS == 2:
            yield from self._complaints.report(1, "waits for a review")
        if self._number % _ENROLMENTS == 3:
            yield from self._promotions.enrol(SPRING, f"p-{self._number}-1", 4)
