"""Runs of what-if as they are kept: a folder each, named by the run's id.

    scenario.json   what was asked, as data
    run.json        how it stands: replaced whole, under the run's lock, by whoever changes it
    result/         what came of it, there when it is whole

The server writes what is asked and what is cancelled, the worker everything else. Both look at
`run.json` before they replace it, so that a run which ended never goes on.
"""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from api.what_if.refusals import RunNotDone, UnknownRun
from ledger.facts.instants import Instant
from ledger.store.refusals import Busy
from projections.archive.manifest import sync_folder

State: TypeAlias = Literal["queued", "running", "done", "failed", "cancelled"]
Change: TypeAlias = "Callable[[Run], Run]"
"""What is made of a run as it stands."""
STATES: Final[tuple[State, ...]] = ("queued", "running", "done", "failed", "cancelled")
ENDED: Final = frozenset({"done", "failed", "cancelled"})
MOST_WAITING: Final = 100
"""Runs that wait for the one that is being worked on."""
MOST_ATTEMPTS: Final = 2
"""How often a run is begun whose process dies of it, or beside it."""
_DIGITS: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_ID: Final = re.compile(f"[{_DIGITS}]{{11}}")
_RUN: Final = "run.json"
_SCENARIO: Final = "scenario.json"
_LOCK: Final = "lock"
_PART: Final = ".part"


class Headline(msgspec.Struct, frozen=True):
    """What came of a run, in a line of the list: counts of sellers."""

    sellers: int
    differ: int
    newly_suspended: int
    spared: int


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """How a run stands."""

    run_id: str
    name: str
    about: str | None = None
    asked_by: str | None
    asked_at: Instant
    state: State = "queued"
    progress: float = 0.0
    """From 0 to 1: the share of sellers' ranges that were judged."""
    attempts: int = 0
    started_at: Instant | None = None
    ended_at: Instant | None = None
    known_at: Instant | None = None
    """What was recorded by then is known; settled when the run is taken up."""
    digest: str | None = None
    """The scenario's, once its `known_at` is settled."""
    why: str | None = None
    """Why it failed."""
    headline: Headline | None = None
    """Once it is done."""


class Runs:
    """The runs kept in one folder; for any thread of any process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ended: dict[str, Run] = {}
        """They change no more."""

    def add(self, scenario: dict[str, Any], asked_by: str | None, now: Instant) -> Run:
        """Keep a new run that waits; raises `Busy` where too many do."""
        if sum(run.state == "queued" for run in self.all()) >= MOST_WAITING:
            raise Busy(f"{MOST_WAITING} runs wait, which is the most at once")
        self.folder.mkdir(parents=True, exist_ok=True)
        while (self.folder / id_of(now)).exists():
            now += 1
        run = Run(
            run_id=id_of(now),
            name=scenario["name"],
            about=scenario.get("about"),
            asked_by=asked_by,
            asked_at=now,
        )
        part = self.folder / f"{run.run_id}{_PART}"
        part.mkdir()
        (part / _LOCK).touch()
        _write(part / _SCENARIO, json.dumps(scenario, ensure_ascii=False).encode())
        _write(part / _RUN, msgspec.json.encode(run))
        part.rename(self.folder / run.run_id)
        sync_folder(self.folder)
        return run

    def find(self, run_id: str) -> Run:
        """The run of this id; raises `UnknownRun`."""
        if not _ID.fullmatch(run_id):
            raise UnknownRun
        try:
            run = msgspec.json.decode((self.folder / run_id / _RUN).read_bytes(), type=Run)
        except (FileNotFoundError, NotADirectoryError):
            self._ended.pop(run_id, None)
            raise UnknownRun from None
        if run.state in ENDED:
            self._ended[run_id] = run
        return run

    def ids(self) -> list[str]:
        """The ids of all runs, the newest first."""
        if not self.folder.is_dir():
            return []
        return sorted(
            (path.name for path in self.folder.iterdir() if _ID.fullmatch(path.name)), reverse=True
        )

    def all(self) -> Generator[Run]:
        """All runs, the newest first."""
        for run_id in self.ids():
            if run_id in self._ended:
                yield self._ended[run_id]
                continue
            try:
                yield self.find(run_id)
            except UnknownRun:
                continue  # somebody took the folder away meanwhile

    def scenario(self, run_id: str) -> dict[str, Any]:
        """What was asked, as data; raises `UnknownRun`."""
        try:
            return json.loads((self.folder / run_id / _SCENARIO).read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            raise UnknownRun from None

    def result(self, run_id: str) -> Path:
        """Where the result of a run is, or will be."""
        return self.folder / run_id / "result"

    def done(self, run_id: str) -> Path:
        """The folder of the result; raises `UnknownRun`, and `RunNotDone` where there is none."""
        run = self.find(run_id)
        if run.state != "done":
            raise RunNotDone(run.state, run.why)
        return self.result(run_id)

    def change(self, run_id: str, by: Change) -> Run:
        """Put what `by` makes of a run in its place, one change at a time; raises `UnknownRun`."""
        with self._locked(run_id):
            before = self.find(run_id)
            after = by(before)
            if after is not before:
                part = self.folder / run_id / f"{_RUN}{_PART}"
                _write(part, msgspec.json.encode(after))
                part.replace(self.folder / run_id / _RUN)
        return after

    def cancel(self, run_id: str, now: Instant) -> Run:
        """Have a run that has not ended be cancelled; one that has stays as it is."""

        def cancelled(run: Run) -> Run:
            return run if run.state in ENDED else replace(run, state="cancelled", ended_at=now)

        return self.change(run_id, cancelled)

    def remove_debris(self) -> None:
        """Take away what was half written when a process died."""
        for pattern in (f"*{_PART}", f"*/result{_PART}"):
            for part in self.folder.glob(pattern):
                shutil.rmtree(part, ignore_errors=True)

    @contextmanager
    def _locked(self, run_id: str) -> Generator[None]:
        if not _ID.fullmatch(run_id):
            raise UnknownRun
        try:
            lock = (self.folder / run_id / _LOCK).open("r")
        except (FileNotFoundError, NotADirectoryError):
            raise UnknownRun from None
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def id_of(instant: Instant) -> str:
    """The id of a run that was asked for then: later ones sort behind earlier ones."""
    digits = [_DIGITS[(instant >> (5 * place)) & 31] for place in range(11)]
    return "".join(reversed(digits))


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
