"""A small archive, as its rows and its log, told fact by fact."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from ledger.facts.instants import DAY_US, parse_instant
from ledger.policy.book import Book, PublishedEdition
from ledger.policy.check import check
from ledger.policy.document import read
from ledger.policy.shipped import shipped_packs
from ledger.standing.rulebook import Rulebook
from projections.archive.ids import Ids
from projections.archive.manifest import Terms
from projections.archive.replay_columns import FOREVER, VIOLATION, VOID
from projections.what_if.columns import Facts
from projections.what_if.masks import Numbers
from projections.what_if.world_rules import Known

END = parse_instant("2026-06-01T00:00:00Z")
PACK = "aliexpress"


@cache
def known(end: int = END) -> Known:
    """The ledger that scenarios are held to: the shipped packs, and a log that ends in June."""
    book, documents = Book(), {}
    for position, (ref, text) in enumerate(shipped_packs().items(), start=1):
        policy = check(text)
        book = book.with_edition(PublishedEdition(policy, policy.published_at, position))
        documents[ref] = read(text)
    return Known(book, PACK, documents, end)


@cache
def rulebook() -> Rulebook:
    return Rulebook(known().book, PACK)


class Told(NamedTuple):
    """A fact of the log, and the row that it is in the archive, if it is one."""

    kind: str
    seller: str
    recorded: int
    violation: str
    effective: int
    about: int
    """A violation's weight, or for a void the number of the violation among the told."""
    lapse: int
    terms: Terms
    reporter: str
    listing: str | None
    tag: str | None


class Listed(Ids):
    """Ids that are in no archive."""

    def __init__(self, ids: list[str]) -> None:
        super().__init__(Path(), ())
        self.ids = ids

    def __len__(self) -> int:
        return len(self.ids)

    def numbers_of(self, names: Sequence[str]) -> dict[str, int]:
        return {name: self.ids.index(name) for name in names if name in self.ids}


class Log:
    """A log in the making; facts are told in its order."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.rulebook = rulebook()

    def violation(
        self, seller: str, violation: str, recorded: str | int, rule: str = "weapons", **other: Any
    ) -> int:
        """Returns its number, by which voids and appeals name it."""
        at = recorded if isinstance(recorded, int) else parse_instant(recorded)
        effective = other.get("effective", at)
        effective = effective if isinstance(effective, int) else parse_instant(effective)
        policy = self.rulebook.in_force(effective, at)
        severity = other.get("severity")
        known_rule = policy.rule(rule)
        weight = known_rule.weigh(severity, other.get("points"))
        source = other.get("source", "platform")
        bucket = policy.bucket(weight.bucket)
        terms = Terms(
            rule, known_rule.family, severity, source, weight.bucket, policy.ref, policy.ref,
            bucket.daily_cap, bucket.merge_days,
        )  # fmt: skip
        self.told.append(
            Told(
                "violation-recorded.v1", seller, at, violation, effective,
                weight.points or weight.strikes, effective + 365 * DAY_US, terms,
                other.get("reporter", "monitor"), other.get("listing"), other.get("tag"),
            )
        )  # fmt: skip
        return len(self.told) - 1

    def void(self, number: int, recorded: str | int, kind: str = "violation-annulled.v1") -> None:
        self._after(number, recorded, kind)

    def appeal(self, number: int, step: str, recorded: str | int) -> None:
        self._after(number, recorded, f"appeal-{step}.v1")
        if step == "upheld":
            self._after(number, recorded, "violation-cancelled.v1")

    def _after(self, number: int, recorded: str | int, kind: str) -> None:
        at = recorded if isinstance(recorded, int) else parse_instant(recorded)
        of = self.told[number]
        self.told.append(
            Told(kind, of.seller, at, of.violation, at, number, FOREVER, Terms(), "", None, None)
        )

    def numbers(self) -> Numbers:
        return Numbers(self.terms(), Listed(self.sellers()), Listed(self.reporters()))

    def sellers(self) -> list[str]:
        return list(dict.fromkeys(fact.seller for fact in self.told))

    def reporters(self) -> list[str]:
        return list(dict.fromkeys(fact.reporter for fact in self.told))

    def terms(self) -> list[Terms]:
        return list(dict.fromkeys(fact.terms for fact in self.told))

    def rows(self) -> tuple[Facts, Any]:
        """The replay's rows, and their positions."""
        sellers, terms, reporters = self.sellers(), self.terms(), self.reporters()
        table: list[tuple[int, ...]] = []
        bounds, places = [0], {}
        for seller in sellers:
            first = len(table)
            for number, f in enumerate(self.told):
                if f.seller != seller or f.kind.startswith("appeal-"):
                    continue
                is_violation = f.kind.startswith("violation-recorded")
                places[number] = len(table)
                about = f.about if is_violation else places[f.about] - first
                kind = VIOLATION if is_violation else VOID
                table.append(
                    (kind, f.recorded, f.effective, f.lapse, about, terms.index(f.terms),
                     f.effective // DAY_US, reporters.index(f.reporter), number + 1)
                )  # fmt: skip
            bounds.append(len(table))
        columns = [np.array(c, dtype=np.int64) for c in zip(*table, strict=True)] or [
            np.zeros(0, np.int64) for _ in range(9)
        ]
        types = (np.int8, np.int64, np.int64, np.int64, np.int32, np.int32, np.int32, np.int32)
        own = [column.astype(kind) for column, kind in zip(columns, types, strict=False)]
        facts = Facts(np.arange(len(sellers), dtype=np.int32), np.array(bounds), *own)
        return facts, columns[8]

    def log(self, pieces: int = 2) -> Iterator[Any]:
        """The log's columns, in pieces."""
        size = max(1, -(-len(self.told) // pieces))
        for first in range(0, len(self.told), size):
            part = self.told[first : first + size]
            at = [f.recorded for f in part]
            yield pa.table(
                {
                    "position": pa.array(range(first + 1, first + len(part) + 1), pa.int64()),
                    "kind": pa.array([f.kind for f in part]).dictionary_encode(),
                    "seller": pa.array([f.seller for f in part]).dictionary_encode(),
                    "violation": pa.array([f.violation for f in part], pa.string()),
                    "listing": pa.array([f.listing for f in part], pa.string()),
                    "correlation": pa.array([f.tag for f in part], pa.string()),
                    "recorded_at": pa.array(at, pa.timestamp("us", tz="UTC")),
                }
            )
