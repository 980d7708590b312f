"""Scenarios asked at the command line: read from a file, run, and kept in a folder of their own."""

import fcntl
import hashlib
import os
import re
import shutil
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import psycopg

from api.upkeep import clock_of_log
from ledger.facts.instants import format_instant
from ledger.facts.refusal import Refusal
from ledger.policy.document import MOST_BYTES
from ledger.standing.seller import ENGINE_VERSION
from ledger.store.loading import read_head
from projections.archive.looking import Violations
from projections.archive.manifest import reading
from projections.what_if.kept import RESULT, Kept
from projections.what_if.knowing import known_now, known_to
from projections.what_if.laying import Laid, laid_out
from projections.what_if.reading import scenario_from_json, scenario_from_toml
from projections.what_if.result import Result
from projections.what_if.running import Engine, Watch, on_this_machine
from projections.what_if.scenario import Scenario, digest
from projections.what_if.world_rules import Known

STDIN: Final = Path("-")
ARCHIVE: Final = "archive"
RESULTS: Final = "what-if"
"""Folders of the ledger's own in its data folder."""
_SLUG_CHARACTERS: Final = 40
_AGAIN: Final = ".again"
_LOCK: Final = ".what-if"
"""How the name of a lock ends; it begins with a dot, so that no file of a person's is called so."""

Judging: TypeAlias = Callable[[Laid, Path], object]
"""Runs what is laid out, into a folder that is not there yet."""


class NoScenario(Refusal):
    """No scenario can be read there."""

    def __init__(self, file: Path, why: str) -> None:
        super().__init__(
            f"no scenario can be read from {file}: {why}",
            field="FILE",
            accepted="a TOML or JSON file, or - for standard input",
        )


class AnotherResult(Refusal):
    """A folder holds what another run found, or something else; a result is never written over."""

    def __init__(self, folder: Path, what: str) -> None:
        super().__init__(
            f"the folder {folder} {what}, and a result is never written over",
            field="--out",
            accepted="a folder that is not there yet, or that of the very same run",
        )


class RunUnderWay(Refusal):
    """Another process is running the same scenario into the same folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"another process is writing {folder}",
            field="--out",
            accepted="the same once it has ended, or another folder",
        )


class SparkNotInstalled(Refusal):
    """The engine that runs on a cluster comes with an extra of its own."""

    def __init__(self, missing: str) -> None:
        super().__init__(
            f"the engine spark is not installed here ({missing} is missing)",
            field="--engine",
            accepted="--engine local, or the extra spark: pip install 'seller-ledger[spark]'",
        )


class Answer(NamedTuple):
    """A run that is kept: read it while the archive is held."""

    laid: Laid
    result: Result
    kept: Kept
    again: bool
    """Whether the folder held the same run before, byte for byte."""


def text_of(file: Path) -> bytes:
    """What a scenario's file holds, or standard input; raises `NoScenario`."""
    if file == STDIN:
        return sys.stdin.buffer.read(MOST_BYTES + 1)
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise NoScenario(file, why[:1].lower() + why[1:]) from None


def scenario_in(told: bytes, file: Path, known: Known) -> Scenario:
    """The scenario, TOML or JSON by the file's name, else by how it begins. Raises
    `MalformedScenario`.
    """
    as_json = file.suffix == ".json" or (file.suffix != ".toml" and told.lstrip()[:1] == b"{")
    if as_json:
        return scenario_from_json(told, known)
    try:
        text = told.decode()
    except UnicodeDecodeError:
        raise NoScenario(file, "its bytes are not UTF-8") from None
    return scenario_from_toml(text, known)


def known_as_it_is(dsn: str) -> Known:
    """What a scenario is held to at this moment, without the archive. Raises `NoLogYet`."""
    clock = clock_of_log(dsn)
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        return known_to(cursor, clock.now(read_head(cursor)))


def archived_now(dsn: str, data_dir: Path, watch: Watch) -> Known:
    """The same with the archive brought up to now. Raises `ArchiveBusy`, `NotSettled`."""
    return known_now(dsn, clock_of_log(dsn), data_dir / ARCHIVE, watch)


def engine_named(name: str, master: str | None, threads: int | None) -> Engine:
    """The engine that judges the ranges; raises `SparkNotInstalled`."""
    if name == "local":
        return on_this_machine(threads)
    return on_spark()(master or f"local[{threads or '*'}]")


def on_spark() -> Callable[[str], Engine]:
    """What makes the engine of a cluster; raises `SparkNotInstalled`."""
    for needed in ("pyspark", "pandas"):
        if find_spec(needed) is None:
            raise SparkNotInstalled(needed)
    from projections.what_if.on_spark import on_spark  # noqa: PLC0415 - of an extra

    return on_spark


@contextmanager
def answered(
    scenario: Scenario, known: Known, data_dir: Path, out: Path | None, judge: Judging
) -> Generator[Answer]:
    """A scenario judged and kept, in `out` or in a folder of its own among the results; the archive
    is held while it is read. Raises `AnotherResult` and `RunUnderWay`.
    """
    archive = data_dir / ARCHIVE
    with reading(archive) as manifest:
        laid = laid_out(scenario, known, archive, manifest)
        folder = data_dir / RESULTS / name_of_run(laid) if out is None else out
        again = _kept_in(folder, laid, judge)
        kept = Kept(folder, Violations(archive, manifest))
        yield Answer(laid, kept.result, kept, again)


def name_of_run(laid: Laid) -> str:
    """What a run's folder is called: the scenario's name, and a digest of all that it is about."""
    slug = re.sub(r"[^a-z0-9]+", "-", laid.plan.scenario.name.lower())[:_SLUG_CHARACTERS].strip("-")
    said = " ".join([*_asked(laid), str(ENGINE_VERSION)])
    return f"{slug or 'scenario'}-{hashlib.sha256(said.encode()).hexdigest()[:8]}"


def _asked(laid: Laid) -> tuple[str, ...]:
    span = laid.plan.span
    times = (span.begin, span.to, span.known_at)
    return (digest(laid.plan.scenario), *map(format_instant, times))


def _kept_in(folder: Path, laid: Laid, judge: Judging) -> bool:
    """Run into a folder; whether the same was there before. Raises `AnotherResult`."""
    there = _there(folder, laid)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _clear(folder.parent)
    with _alone(folder):
        if not there:
            judge(laid, folder)
            return False
        twin = folder.with_name(folder.name + _AGAIN)
        try:
            shutil.rmtree(twin, ignore_errors=True)
            judge(laid, twin)
            if any((folder / f.name).read_bytes() != f.read_bytes() for f in twin.iterdir()):
                raise AnotherResult(folder, "holds the same scenario over another log or engine")
        finally:
            shutil.rmtree(twin, ignore_errors=True)
        return True


def _there(folder: Path, laid: Laid) -> bool:
    """Whether a folder holds this very question's result."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return False
    if not (folder / RESULT).is_file():
        raise AnotherResult(folder, "is no result of a what-if")
    try:
        found = Kept(folder, lambda _: {}).result
    except (OSError, ValueError):
        raise AnotherResult(folder, "holds a result that cannot be read") from None
    if (found.digest, found.begin, found.to, found.known_at) != _asked(laid):
        raise AnotherResult(folder, f"holds another result ({found.name}, {found.known_at})")
    return True


@contextmanager
def _alone(folder: Path) -> Generator[None]:
    """Hold a folder for one writer: its lock stands beside it and goes with it."""
    path = folder.with_name(f".{folder.name}{_LOCK}")
    with path.open("a") as lock:
        if not _locked(lock.fileno(), path):
            raise RunUnderWay(folder)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _locked(opened: int, path: Path) -> bool:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Its last holder may have taken the name away in between.
        return path.stat().st_ino == os.fstat(opened).st_ino
    except (BlockingIOError, FileNotFoundError):
        return False


def _clear(parent: Path) -> None:
    """Take away what killed runs left here: whatever stands beside a lock that nobody holds."""
    for path in parent.glob(f".*{_LOCK}"):
        with path.open("a") as lock:
            if _locked(lock.fileno(), path):
                name = path.name[1:].removesuffix(_LOCK)
                for left in (name + ".part", name + _AGAIN, f"{name}{_AGAIN}.part"):
                    shutil.rmtree(parent / left, ignore_errors=True)
                path.unlink(missing_ok=True)
