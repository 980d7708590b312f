"""Importing a file of commands, told now or as the history that it is."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import msgspec
import psycopg

from api.history_files import (
    FileIdentity,
    RejectedFile,
    command_lines,
    history_lines,
    identity,
)
from api.opening import open_ledger, packs_of, system_now
from api.settings import Settings
from ledger.decide.commands import Command, actor_of
from ledger.decide.refusals import ToldDifferently
from ledger.facts.refusal import Refusal
from ledger.history import History, Rejected, Tally
from ledger.ledger import Ledger
from ledger.store.keeping import Told
from ledger.store.lease import abandon
from ledger.taking.requests import Outcome, Receipt, Request

LINES_AT_ONCE: Final = 1_000
BATCHES_AHEAD: Final = 2
"""Batches that are read and handed in while the one before them is written."""

Watch: TypeAlias = Callable[[int, int], None]
"""Told how many lines are done, and of how many."""


class Summary(msgspec.Struct, frozen=True):
    """What an import did."""

    file: str
    lines: int
    """Read in this run, blank ones left out."""
    taken: int
    replayed: int
    refused: int
    facts: int
    """Recorded in all, those included that time brought."""
    seconds: float
    resumed_after_line: int = 0
    already_imported: bool = False
    rejected_file: str | None = None


class FileUnreadable(Refusal):
    """There is no such file, or it cannot be read."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"{path} cannot be read: {why}", field="FILE", accepted="a file of NDJSON commands"
        )


def known_file(path: Path) -> FileIdentity:
    """The file's identity; raises `FileUnreadable`."""
    try:
        return identity(path)
    except OSError as problem:
        raise FileUnreadable(path, (problem.strerror or "no reason given").lower()) from None


def import_history(
    dsn: str, settings: Settings, path: Path, file: FileIdentity, name: str, watch: Watch
) -> Summary:
    """Import a history, or go on with it where an earlier import of the same file stopped."""
    began = time.monotonic()
    pack, packs = packs_of(settings)
    history = History(dsn, pack, system_now)
    try:
        done = history.open(file.digest, name, packs)
        if done.finished:
            return Summary(str(path), 0, 0, 0, 0, 0, 0.0, done.lines_done, already_imported=True)
        rejected_file = RejectedFile(path.with_suffix(".rejected.ndjson"), done.lines_done)

        def report(tally: Tally, rejected: Sequence[Rejected]) -> None:
            rejected_file.add(rejected)
            watch(done.lines_done + tally.lines, file.lines)

        watch(done.lines_done, file.lines)
        tally = history.run(history_lines(path, done.lines_done), done, report)
    finally:
        history.close()
    return _summary(path, tally, time.monotonic() - began, done.lines_done, rejected_file)


def import_commands(
    dsn: str, settings: Settings, path: Path, file: FileIdentity, watch: Watch
) -> Summary:
    """Have every line decided now, by the system's clock."""
    began = time.monotonic()
    rejected_file = RejectedFile(path.with_suffix(".rejected.ndjson"), 0)
    tally = Tally()
    with open_ledger(dsn, settings) as ledger:
        lines = command_lines(path)
        under_way: deque[_Batch] = deque()
        while (batch := list(islice(lines, LINES_AT_ONCE))) or under_way:
            if batch:
                under_way.append(_handed_in(ledger, batch))
            if batch and len(under_way) <= BATCHES_AHEAD:
                continue
            part, rejected = _told_now(ledger, under_way.popleft())
            rejected_file.add(rejected)
            tally = tally.and_then(part)
            watch(tally.lines, file.lines)
    return _summary(path, tally, time.monotonic() - began, 0, rejected_file)


def give_up(dsn: str) -> str | None:
    """Abandon an unfinished import of history; its label, or None if there is none."""
    with psycopg.connect(dsn) as connection:
        return abandon(connection)


class _Batch(NamedTuple):
    """Lines that the clerk was given."""

    rejected: list[Rejected]
    """Those that could not be read."""
    asked: list[tuple[int, Command]]
    outcomes: Future[list[Outcome]]


def _handed_in(ledger: Ledger, batch: list[tuple[int, Command | Refusal]]) -> _Batch:
    rejected = [Rejected(number, told) for number, told in batch if isinstance(told, Refusal)]
    asked = [(number, told) for number, told in batch if not isinstance(told, Refusal)]
    requests = [Request(command, actor_of(command)[1] or "") for _, command in asked]
    return _Batch(rejected, asked, ledger.clerk.submit(requests))


def _told_now(ledger: Ledger, batch: _Batch) -> tuple[Tally, list[Rejected]]:
    rejected, asked, outcomes = batch.rejected, batch.asked, batch.outcomes.result()
    earlier = ledger.earlier(outcomes)
    lines = len(rejected) + len(asked)
    taken = replayed = facts = 0
    for (number, command), outcome in zip(asked, outcomes, strict=True):
        match outcome:
            case Receipt():
                taken += 1
                facts += len(outcome.facts)
            case Refusal():
                rejected.append(Rejected(number, outcome))
            case Told():
                try:
                    earlier.facts(command, outcome)
                    replayed += 1
                except ToldDifferently as problem:
                    rejected.append(Rejected(number, problem))
    rejected.sort(key=lambda one: one.number)
    return Tally(lines, taken, replayed, len(rejected), facts), rejected


def _summary(
    path: Path, tally: Tally, seconds: float, after: int, rejected: RejectedFile
) -> Summary:
    return Summary(
        file=str(path),
        lines=tally.lines,
        taken=tally.taken,
        replayed=tally.replayed,
        refused=tally.refused,
        facts=tally.facts,
        seconds=round(seconds, 3),
        resumed_after_line=after,
        rejected_file=str(rejected.path) if tally.refused else None,
    )
