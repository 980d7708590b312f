"""Taking a stretch of messages in one transaction: the facts that they bring, those that are
rejected with the reason, and how far their partitions are taken from now on.

Because all of it is written together, a message is taken once, whatever breaks and however often
it is read. Where a stretch is read again, what was taken before is passed over.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec
import psycopg
from msgspec import Struct
from psycopg import Cursor

from api.inbox.reading import Read, refuse_other_case
from api.problems import BROKEN, Problem, problem_of
from ledger.decide.commands import Command, stream_of
from ledger.decide.fields import AboutCase
from ledger.earlier import told_otherwise
from ledger.facts.instants import Instant
from ledger.facts.refusal import Refusal
from ledger.store.keeping import Told
from ledger.store.sql import queries
from ledger.store.turn import Turn
from ledger.taking.requests import Outcome, Receipt, Request
from ledger.taking.take import look_up, take_each
from projections.broker.messages import Arrived, Message
from projections.broker.topics import LARGEST_REJECTED

SQL: Final = queries("api.inbox", "inbox.sql")
KEPT_AT_MOST: Final = LARGEST_REJECTED - 100_000
"""Bytes of a rejected message that are kept: the topic for them takes little more, and the problem
goes with it. The commands' topic holds none so large unless it was made by others; of such a one
the problem says where it stands.
"""

Partition: TypeAlias = tuple[str, int]
"""A topic and the number of a partition."""


class Stretch(NamedTuple):
    """Messages that were read together, in order within each partition."""

    messages: Sequence[Read]
    begins: Mapping[Partition, int]
    """From which offset on each partition was read without a gap up to the first message here."""


class Counts(Struct):
    """What became of messages."""

    taken: int = 0
    replayed: int = 0
    """Told before, with the same content: nothing follows from them again."""
    passed_over: int = 0
    """Taken before at the very same place."""
    rejected: Counter[str] = msgspec.field(default_factory=Counter)
    """By the type of their problem."""

    def add(self, other: "Counts") -> None:
        """Count what became of others too."""
        self.taken += other.taken
        self.replayed += other.replayed
        self.passed_over += other.passed_over
        self.rejected += other.rejected


class Done(NamedTuple):
    """What a transaction did with a stretch."""

    counts: Counts
    moved: frozenset[Partition]
    """Partitions that somebody set back: none of their messages was taken, they are to be read from
    their positions."""


def positions(cursor: Cursor[Any], partitions: Sequence[Partition]) -> dict[Partition, int]:
    """From where each of these goes on; 0 where nothing was taken yet. Held until the transaction
    ends.
    """
    cursor.execute(SQL["lock_positions"], _named(partitions))
    return _found(cursor, partitions)


def positions_seen(cursor: Cursor[Any], partitions: Sequence[Partition]) -> dict[Partition, int]:
    """The same, as they stand now, and held by nobody."""
    cursor.execute(SQL["read_positions"], _named(partitions))
    return _found(cursor, partitions)


def _found(cursor: Cursor[Any], partitions: Sequence[Partition]) -> dict[Partition, int]:
    return dict.fromkeys(partitions, 0) | {
        (topic, partition): at for topic, partition, at in cursor.fetchall()
    }


def take_stretch(turn: Turn, stretch: Stretch, broken: Exception | None = None) -> Done:
    """Take what was not taken before. With `broken`, why deciding them failed, all are rejected."""
    at = positions(turn.cursor, list(stretch.begins))
    moved = frozenset(each for each, begin in stretch.begins.items() if at[each] < begin)
    fresh, passed_over = _not_yet_taken(stretch, at, moved)
    outcomes = _outcomes(turn, fresh) if broken is None else [broken for _ in fresh]
    counts = Counts(passed_over=passed_over)
    for one, outcome in zip(fresh, outcomes, strict=True):
        match outcome:
            case Receipt():
                counts.taken += 1
            case Told():
                counts.replayed += 1
            case _:
                problem = _problem(one.arrived, outcome)
                counts.rejected[problem.type.removeprefix("/problems/")] += 1
                turn.cursor.execute(SQL["reject"], rejected(one.arrived, problem, turn.now))
    _move(turn.cursor, fresh)
    return Done(counts, moved)


def _not_yet_taken(
    stretch: Stretch, at: Mapping[Partition, int], moved: frozenset[Partition]
) -> tuple[list[Read], int]:
    fresh: list[Read] = []
    passed_over = 0
    for one in stretch.messages:
        topic, partition, offset = one.arrived.place
        if (topic, partition) in moved:
            continue
        # What stands before the place from which we read, a topic holds that was made anew: its
        # numbers begin again, and nothing in it was taken.
        anew = offset < stretch.begins[topic, partition]
        if anew or offset >= at[topic, partition]:
            fresh.append(one)
        else:
            passed_over += 1
    return fresh, passed_over


def _outcomes(turn: Turn, fresh: Sequence[Read]) -> "list[Outcome | Exception]":
    keys = look_up(turn, [one.wish for one in fresh if isinstance(one.wish, Request)])
    outcomes: list[Outcome | Exception] = []
    for one in fresh:
        wish = one.wish
        if isinstance(wish, Request):
            other = _of_another_case(turn, one.arrived.message, wish.command)
            outcomes += take_each(turn, [wish], keys) if other is None else [other]
        else:
            outcomes.append(wish)
    _refuse_told_otherwise(turn, fresh, outcomes)
    return outcomes


def _of_another_case(turn: Turn, message: Message, command: Command) -> Refusal | None:
    """Why a step of a case has another key. That the case is missing, the ledger says."""
    if not isinstance(command, AboutCase) or hasattr(command, "seller_id"):
        return None
    case = turn.cases.get(stream_of(command))
    if case is None:
        return None
    try:
        refuse_other_case(command, message.key, case.seller_id)
    except Refusal as refusal:
        return refusal
    return None


def _refuse_told_otherwise(
    turn: Turn, fresh: Sequence[Read], outcomes: "list[Outcome | Exception]"
) -> None:
    """Of the repeats, those with other content are none."""
    repeats: dict[int, tuple[Command, Told]] = {}
    for i, (one, outcome) in enumerate(zip(fresh, outcomes, strict=True)):
        if isinstance(outcome, Told) and isinstance(one.wish, Request):
            repeats[i] = one.wish.command, outcome
    for i, other in zip(repeats, told_otherwise(turn, list(repeats.values())), strict=True):
        if other is not None:
            outcomes[i] = other


# -- writing ------------------------------------------------------------------------------


def _move(cursor: Cursor[Any], fresh: Sequence[Read]) -> None:
    ends = {one.arrived.place[:2]: one.arrived.place.offset + 1 for one in fresh}
    if ends:
        cursor.execute(SQL["move_positions"], _named(list(ends)) | {"offsets": list(ends.values())})


def _named(partitions: Sequence[Partition]) -> dict[str, Any]:
    return {
        "topics": [topic for topic, _ in partitions],
        "partitions": [partition for _, partition in partitions],
    }


def _problem(arrived: Arrived, why: object) -> Problem:
    place = "/".join(map(str, arrived.place))
    if isinstance(why, Refusal):
        return problem_of(why, place)
    return msgspec.structs.replace(BROKEN, instance=place)


def rejected(arrived: Arrived, problem: Problem, at: Instant) -> dict[str, Any]:
    """The row of a message that could not be taken."""
    kept = _kept(arrived.message)
    topic, partition, offset = arrived.place
    return {
        "topic": topic,
        "partition": partition,
        "offset": offset,
        "key": kept.key,
        "value": kept.value,
        "headers": msgspec.json.encode(kept.headers).decode(),
        "problem": msgspec.json.encode(problem).decode(),
        "at": at,
    }


def _kept(message: Message) -> Message:
    """What fits into the topic for rejected messages: the value goes first, the key last."""
    key, value = len(message.key or b""), len(message.value or b"")
    headers = sum(len(name) + len(text or b"") for name, text in message.headers)
    if key + value + headers <= KEPT_AT_MOST:
        return message
    if key + headers <= KEPT_AT_MOST:
        return message._replace(value=None)
    return message._replace(value=None, headers=(), key=message.key if key < KEPT_AT_MOST else None)


def is_of_the_database(failure: Exception) -> bool:
    """Whether it was the database that failed, and not what a message holds."""
    own = psycopg.DataError, psycopg.errors.CheckViolation, psycopg.errors.NotNullViolation
    return isinstance(failure, psycopg.Error) and not isinstance(failure, own)
