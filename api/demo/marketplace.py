"""The demonstration marketplace as a history file: same seed, size and end, same bytes."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from api.demo.promotions import CAMPAIGNS
from api.demo.sellers import Life
from ledger.facts.instants import format_instant, parse_instant


class Marketplace(NamedTuple):
    """What determines every line."""

    sellers: int = 2_000
    years: int = 3
    seed: int = 7
    until: date = date(2026, 1, 1)
    """History ends where this day begins."""

    @property
    def name(self) -> str:
        """Under which its import is known, and from which it can be made again."""
        return f"demo-{self.sellers}-sellers-{self.years}-years-seed-{self.seed}-until-{self.until}"

    @classmethod
    def named(cls, name: str) -> "Marketplace | None":
        """The marketplace of an import's name; None if it is no demonstration's."""
        parts = name.split("-", 8)
        if len(parts) != 9 or parts[0] != "demo":
            return None
        return cls(int(parts[1]), int(parts[3]), int(parts[6]), date.fromisoformat(parts[8]))

    def lines(self) -> Iterator[bytes]:
        """The history, in the order of `recorded_at`."""
        until = parse_instant(datetime.combine(self.until, datetime.min.time(), UTC).isoformat())
        told = [
            (at, 0, nth, command)
            for nth, (at, command) in enumerate(one.announced(until) for one in CAMPAIGNS)
        ]
        told += [
            (at, number, nth, command)
            for number in range(1, self.sellers + 1)
            for nth, (at, command) in enumerate(Life(self.seed, number, until, self.years).lines())
        ]
        told.sort(key=lambda line: line[:3])
        for at, _, _, command in told:
            yield msgspec.json.encode({"recorded_at": format_instant(at), **command}) + b"\n"

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        with fresh.open("wb") as file:
            file.writelines(self.lines())
        fresh.replace(path)
