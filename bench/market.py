"""A year of a large marketplace, made line by line while it is imported.

Sellers come in turns of ten thousand, each twice within the year, so that an import finds most of
them in memory. Violations are of every family; some are dated back, some are taken back, some are
appealed against, and for two weeks a detector takes harmless goods for weapons.
"""

import random
from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Any, Final

from api.demo.statements import INTELLECTUAL_PROPERTY, LISTING_QUALITY, PROHIBITED, TRANSACTION
from ledger.decide.appeal_commands import DecideAppeal, FileAppeal
from ledger.decide.commands import AnnulViolation, Command, RecordViolation
from ledger.facts.instants import DAY_US, HOUR_US, Instant, format_instant
from ledger.history import Line

DAYS: Final = 358
"""How long it lasts: less than a violation lives, so that lines and facts are about as many."""
FAULTY: Final = "detector-7"
FAULTY_DAYS: Final = (110, 124)
"""Between these days of the year that detector is wrong; on the last one it is right again."""
EACH: Final = 19
"""Violations of a seller, on average: of the busiest six times as many, of most fewer."""
AT_ONCE: Final = 10_000
_GRAVE: Final = frozenset(
    {"weapons", "protected-species", "illegal-services", "drug-paraphernalia"}
)
_SLIGHT: Final = tuple(sorted(LISTING_QUALITY))
_TRADE: Final = tuple(sorted(TRANSACTION))
_BANNED: Final = tuple(sorted(set(PROHIBITED) - _GRAVE))
_MARKS: Final = tuple(sorted(INTELLECTUAL_PROPERTY))


class Market:
    """The history of a year that ends on a given day; `sellers` take turns."""

    def __init__(self, violations: int, until: Instant, seed: int = 7) -> None:
        self.violations = violations
        self.sellers = max(AT_ONCE, violations // EACH // AT_ONCE * AT_ONCE)
        self.begin: Instant = until - DAYS * DAY_US
        self.faulty = tuple(self.begin + day * DAY_US for day in FAULTY_DAYS)
        self._draw = random.Random(seed)
        self._waiting: list[tuple[Instant, int, Any]] = []
        """What will be said of violations told already."""

    def lines(self) -> Iterator[Line]:
        """Every line, in the order of `recorded_at`."""
        number, last = 0, self.begin
        step = (DAYS - 1) * DAY_US // self.violations
        for nth in range(self.violations):
            at = self.begin + nth * step
            while self._waiting and self._waiting[0][0] <= at:
                last, _, command = heappop(self._waiting)
                number += 1
                yield Line(number, last, command)
            number, last = number + 1, at
            yield Line(number, last, self._violation(nth, at))

    def _violation(self, nth: int, at: Instant) -> Command:
        draw = self._draw.random
        turns = self.sellers // AT_ONCE
        turn = nth * 2 * turns // self.violations % turns
        seller = f"s-{turn * AT_ONCE + int(AT_ONCE * draw() ** 1.5):07d}"
        chance, severity, source = draw(), None, "platform"
        reporter = f"detector-{int(draw() * 9)}"
        if self.faulty[0] <= at < self.faulty[1] and draw() < 0.07:
            rule, reporter = "weapons", FAULTY
        elif chance < 0.003:
            rule = "weapons"
        elif chance < 0.07:
            rule = _BANNED[int(draw() * len(_BANNED))]
        elif chance < 0.12:
            rule = _TRADE[int(draw() * len(_TRADE))]
        elif chance < 0.14:
            rule, source = _MARKS[int(draw() * 3)], "rights-holder"
            severity = "serious" if draw() < 0.25 else "general"
        else:
            rule = _SLIGHT[int(draw() * len(_SLIGHT))]
        name = f"v-{nth:08d}"
        self._later(seller, name, nth, at)
        return RecordViolation(
            seller_id=seller, violation_id=name, rule=rule, severity=severity, source=source,
            effective_at=self._before(at), listing_id=f"l-{int(draw() * 1e6):07d}",
            points=1 if severity is None and chance > 0.2 else None,
            statement="The listing shows another article than the parcels held.",
            reported_by=reporter,
        )  # fmt: skip

    def _before(self, at: Instant) -> str | None:
        """One in twenty-five was found up to a month late."""
        draw = self._draw.random
        return format_instant(at - int(draw() * 30 * DAY_US)) if draw() < 0.04 else None

    def _later(self, seller: str, name: str, nth: int, at: Instant) -> None:
        draw = self._draw.random
        chance = draw()
        if chance < 0.012:
            mistaken = AnnulViolation(
                seller_id=seller, violation_id=name, annulled_by="reviewer-ana",
                reason="The seller's licence was on file and had been overlooked.",
            )  # fmt: skip
            heappush(
                self._waiting, (at + DAY_US + int(draw() * 20 * DAY_US), int(name[2:]), mistaken)
            )
        elif chance < 0.034:
            filed = at + HOUR_US + int(draw() * 2 * DAY_US)
            filing = FileAppeal(
                seller_id=seller, violation_id=name, filed_by=seller,
                reason="The photographs show another shop's parcel.",
                evidence=(f"appeal/{name}.pdf",),
            )  # fmt: skip
            decided = DecideAppeal(
                seller_id=seller, violation_id=name, round=1, reviewer="reviewer-bo",
                outcome="upheld" if draw() < 0.4 else "rejected",
                reasons="The carrier's letter was looked at.",
            )  # fmt: skip
            self._say(filed, nth, filing)
            heappush(
                self._waiting, (filed + DAY_US + int(draw() * 4 * DAY_US), int(name[2:]), decided)
            )

    def _say(self, at: Instant, nth: int, command: Command) -> None:
        heappush(self._waiting, (at, nth, command))
