"""Asking for a run: once, however often the same is asked under one idempotency key."""

import fcntl
import hashlib
from pathlib import Path
from typing import Any, Final

import msgspec

from api.what_if.refusals import UnknownRun
from api.what_if.runs import Run, Runs
from ledger.decide.refusals import ToldDifferently
from ledger.facts.instants import SECOND_US, Instant
from ledger.store.refusals import Unavailable

KEPT_DAYS: Final = 30
_DAY_US: Final = 86_400 * SECOND_US
_FOLDER: Final = "keys"


class _Kept(msgspec.Struct, frozen=True):
    """Which run was asked for under a key, and when."""

    run_id: str
    asked_at: Instant


def ask(
    runs: Runs, scenario: dict[str, Any], asked_by: str | None, key: str | None, now: Instant
) -> tuple[Run, bool]:
    """The run of this scenario, and whether it was asked for before under the same key.

    Raises `Busy`, `ToldDifferently` for a key with another scenario, and `Unavailable` where the
    data folder takes nothing.
    """
    try:
        if key is None:
            return runs.add(scenario, asked_by, now), False
        return _under_key(runs, scenario, asked_by, key, now)
    except OSError as problem:
        raise Unavailable(f"the data folder cannot be written ({problem.strerror})") from problem


def _under_key(
    runs: Runs, scenario: dict[str, Any], asked_by: str | None, key: str, now: Instant
) -> tuple[Run, bool]:
    folder = runs.folder / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _forget_old(folder, now)
        place = folder / f"{_name(asked_by, key)}.json"
        before = _before(runs, place)
        if before is not None:
            _refuse_others(runs.scenario(before.run_id), scenario)
            return before, True
        run = runs.add(scenario, asked_by, now)
        part = place.with_suffix(".part")
        part.write_bytes(msgspec.json.encode(_Kept(run.run_id, now)))
        part.replace(place)
        return run, False


def _before(runs: Runs, place: Path) -> Run | None:
    try:
        kept = msgspec.json.decode(place.read_bytes(), type=_Kept)
        return runs.find(kept.run_id)
    except (FileNotFoundError, UnknownRun):
        return None


def _refuse_others(before: dict[str, Any], now: dict[str, Any]) -> None:
    for field in sorted(before.keys() | now.keys()):
        if before.get(field) != now.get(field):
            raise ToldDifferently("this idempotency key", field, "another key")


def _forget_old(folder: Path, now: Instant) -> None:
    for place in folder.glob("*.json"):
        kept = msgspec.json.decode(place.read_bytes(), type=_Kept)
        if kept.asked_at < now - KEPT_DAYS * _DAY_US:
            place.unlink(missing_ok=True)


def _name(asked_by: str | None, key: str) -> str:
    """Names no file by what a caller chose; actors may use the same key."""
    told = msgspec.json.encode([asked_by, key])
    return hashlib.sha256(told).hexdigest()
