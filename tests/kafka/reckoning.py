"""What has to be there in the end: each command and each fact once, in order, and as it is told."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import msgspec
import psycopg

from api.representations import standing_of
from ledger.facts.ids import seller_of
from ledger.facts.kinds import from_bytes
from ledger.ledger import Ledger
from projections.broker.messages import Arrived
from tests.faults.books import check_dense, check_memos
from tests.kafka.saying import ANNULLED, RECORDED

MOVES_ALONE: Final = ("as_of", "known_at", "position", "policy")
"""What may be newer in an answer than in the message of a standing that is the same."""


@dataclass
class Counts:
    """What a drill prints."""

    commands: int = 0
    taken: int = 0
    repeats: int = 0
    rejected: int = 0
    facts: int = 0
    messages: int = 0
    standings: int = 0
    doubled: int = 0
    missing: int = 0
    disordered: int = 0
    wrong: int = 0
    kills: int = 0
    faults: int = 0

    def __str__(self) -> str:
        return " ".join(f"{name}={count}" for name, count in vars(self).items())

    def compare(
        self, wanted: Mapping[str, Sequence[Hashable]], found: Mapping[str, Sequence[Hashable]]
    ) -> None:
        """Count what is there too often, not at all, or not where it belongs."""
        for name in wanted.keys() | found.keys():
            should, there = wanted.get(name, ()), found.get(name, ())
            more, less = Counter(there), Counter(should)
            self.missing += (less - more).total()
            self.doubled += sum(count - 1 for count in more.values())
            self.wrong += len(more.keys() - less.keys())
            first = list(dict.fromkeys(there))
            order = {each: number for number, each in enumerate(should)}
            numbers = [order[each] for each in first if each in order]
            self.disordered += sum(a > b for a, b in pairwise(numbers))


def count_taken(dsn: str, wanted: Mapping[str, Sequence[tuple[str, str]]], counts: Counts) -> None:
    """Hold the log against what was said: each command once, in its seller's order."""
    rows = log(dsn)
    found: dict[str, list[tuple[str, str]]] = {}
    for stream, _, topic, state, _ in rows:
        kind, seller = topic.partition(".")[0], seller_of(stream)
        if kind in (RECORDED, ANNULLED) and seller is not None:
            fact: Any = from_bytes(topic, bytes(state))
            found.setdefault(seller, []).append((kind, fact.violation_id))
    counts.taken = sum(map(len, found.values()))
    counts.facts = len(rows)
    counts.compare(wanted, found)
    with psycopg.connect(dsn) as connection:
        check_dense(connection, rows, 0)
        check_memos(connection, {s for row in rows if (s := seller_of(row[0])) is not None})


def count_published(dsn: str, found: Iterable[Arrived], counts: Counts) -> None:
    """Hold the messages against the log: each fact once, in the order of its key, as it is."""
    wanted: dict[str, list[Hashable]] = {}
    for stream, version, topic, _, position in log(dsn):
        fact = position, f"{stream}.{version}", topic
        wanted.setdefault(seller_of(stream) or stream, []).append(fact)
    told: dict[str, list[Hashable]] = {}
    for each in found:
        headers = {name: value.decode() for name, value in each.message.headers}
        fact = int(headers["ce_id"]), headers["ce_factid"], headers["ce_type"]
        told.setdefault((each.message.key or b"").decode(), []).append(fact)
        counts.messages += 1
    counts.compare(wanted, told)


def count_rejected(found: Iterable[Arrived], bad: Counter[bytes | None], counts: Counts) -> None:
    """Hold what came back against what was bad."""
    told = Counter(each.message.value for each in found)
    counts.rejected = told.total()
    counts.missing += (bad - told).total()
    counts.doubled += (told - bad).total()


def count_standings(ledger: Ledger, found: Iterable[Arrived], counts: Counts) -> None:
    """Hold the last standing of each seller against what the ledger answers about it."""
    latest = {each.message.key: each.message.value for each in found}
    for seller in sellers(ledger):
        standing = ledger.standing(seller)
        asked = _plain(msgspec.json.encode(standing_of(standing, ledger.rulebook.book)))
        value = latest.get(seller.encode())
        if value is not None:
            counts.standings += 1
            counts.wrong += _plain(value) != asked
        else:
            counts.missing += any(bucket.value for bucket in standing.buckets)


def _plain(value: bytes) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.json.decode(value)
    return {name: each for name, each in told.items() if name not in MOVES_ALONE}


def sellers(ledger: Ledger) -> list[str]:
    """All of whom the log knows."""
    with ledger.reader.cursor() as cursor:
        rows = cursor.execute("SELECT seller_id FROM seller_state ORDER BY 1").fetchall()
    return [seller for (seller,) in rows]


def log(dsn: str) -> list[Any]:
    """Stream, version, kind, bytes and position of every fact, in order."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            "SELECT originator_id, originator_version, topic, state, notification_id"
            " FROM stored_events ORDER BY notification_id"
        ).fetchall()
