"""Working off runs: each from its beginning to an end that is kept, whatever happens."""

import shutil
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from typing import Final

import psycopg
import structlog
from msgspec.structs import replace

from api.logs import where
from api.opening import system_now
from api.what_if.refusals import UnknownRun
from api.what_if.runs import MOST_ATTEMPTS, Change, Headline, Run, Runs, State
from ledger.facts.instants import Instant, format_instant
from ledger.facts.refusal import Refusal
from ledger.store.clocks import Clock
from ledger.store.refusals import NotNow
from projections.archive.manifest import reading
from projections.what_if.knowing import known_now
from projections.what_if.reading import scenario_from
from projections.what_if.scenario import Scenario, digest
from projections.what_if.world_rules import Known

LOOK_S: Final = 0.2
"""How soon a cancelled run is noticed."""
TELL_S: Final = 0.3
"""How often progress is written down."""

_log: Final = structlog.get_logger("seller-ledger")


class _Stopped(Exception):
    """The run is not running any more: it was cancelled, or its folder is gone."""


class Working:
    """Works off the runs of one folder. Only one process may, at one time."""

    def __init__(self, runs: Runs, dsn: str, clock: Clock, archive: Path) -> None:
        self._runs = runs
        self._dsn = dsn
        self._clock = clock
        self._archive = archive
        self._now_at: str | None = None

    def take_over(self) -> None:
        """Have runs whose process died run again, or fail where that happened before."""
        for run in list(self._runs.all()):
            if run.state == "running":
                _log.warning("a run's process ended", run=run.run_id, attempts=run.attempts)
                self._runs.change(run.run_id, _again if run.attempts < MOST_ATTEMPTS else _given_up)

    def next(self) -> bool:
        """Work off the run that has waited longest; whether there was one.

        Raises `NotNow` and psycopg's errors, and leaves the run to wait, where the ledger cannot
        be asked now.
        """
        waiting = [run for run in self._runs.all() if run.state == "queued"]
        if not waiting:
            return False
        with suppress(_Stopped, UnknownRun):
            self._work(waiting[-1].run_id)
        return True

    def leave(self) -> None:
        """Give back the run under way, as the server stops: it is none that its process died of."""
        if self._now_at is not None:
            self._runs.change(self._now_at, _given_back)

    def _work(self, run_id: str) -> None:
        began = time.perf_counter()
        self._change(run_id, _taken_up, of=("queued",))
        self._now_at = run_id
        try:
            self._done(run_id)
        except (NotNow, psycopg.OperationalError):
            self._change(run_id, _given_back)
            raise
        except Refusal as refused:
            self._fail(run_id, str(refused))
        except _Stopped:
            _log.info("a run was cancelled", run=run_id)
            raise
        except Exception as failure:  # noqa: BLE001 - one run that breaks must not keep others
            _log.error("a run failed", run=run_id, **where(failure))
            self._fail(run_id, f"it broke inside the ledger ({type(failure).__name__})")
        else:
            _log.info("a run is done", run=run_id, seconds=round(time.perf_counter() - began, 2))
        finally:
            self._now_at = None
            self._take_away_what_is_not_done(run_id)

    def _done(self, run_id: str) -> None:
        # Compiled code takes seconds to load: a server of which nothing is asked never does.
        from projections.what_if.laying import laid_out  # noqa: PLC0415
        from projections.what_if.replay import Cancelled  # noqa: PLC0415
        from projections.what_if.running import on_this_machine, run  # noqa: PLC0415

        shutil.rmtree(self._runs.result(run_id), ignore_errors=True)
        with self._watched(run_id) as stop:
            known = self._known(stop)
            scenario = self._settled(run_id, known)
            try:
                with reading(self._archive) as manifest:
                    laid = laid_out(scenario, known, self._archive, manifest)
                    engine = on_this_machine(stop=stop)
                    watch = _Progress(self, run_id)
                    summary = run(laid, known, engine, self._runs.result(run_id), watch).summary
            except Cancelled:
                raise _Stopped from None
        suspended = summary.suspended
        told = Headline(summary.sellers, summary.differ, suspended.newly, suspended.spared)
        self._change(run_id, lambda run: replace(_ended("done")(run), headline=told))

    def _known(self, stop: Event) -> Known:
        """The log as it is now, with the archive caught up; raises `OtherLog` and others."""

        def watch(_done: int, _of: int) -> None:
            if stop.is_set():
                raise _Stopped

        return known_now(self._dsn, self._clock, self._archive, watch)

    def _settled(self, run_id: str, known: Known) -> Scenario:
        """The scenario with its `known_at`, so that its result can be repeated: the same again
        where the run is begun again. Raises `MalformedScenario` where it fits the ledger no more.
        """
        asked = self._runs.scenario(run_id)
        known_at = asked.get("known_at") or _text(self._runs.find(run_id).known_at or known.end)
        scenario = scenario_from({**asked, "known_at": known_at}, known)
        named = digest(scenario)
        self._change(run_id, lambda r: replace(r, known_at=scenario.known_at, digest=named))
        return scenario

    def _fail(self, run_id: str, why: str) -> None:
        self._change(run_id, lambda run: replace(_ended("failed")(run), why=why))

    def _take_away_what_is_not_done(self, run_id: str) -> None:
        with suppress(UnknownRun):
            if self._runs.find(run_id).state != "done":
                shutil.rmtree(self._runs.result(run_id), ignore_errors=True)

    def _change(self, run_id: str, by: Change, of: tuple[str, ...] = ("running",)) -> None:
        """Change a run that is still in one of these states; raises `_Stopped` for others."""

        def change(run: Run) -> Run:
            if run.state not in of:
                raise _Stopped
            return by(run)

        self._runs.change(run_id, change)

    def tell(self, run_id: str, progress: float) -> None:
        """Write down how far a run is; raises where it is to stop."""
        self._change(run_id, lambda run: replace(run, progress=progress))

    @contextmanager
    def _watched(self, run_id: str) -> Generator[Event]:
        """An event that is set once the run is cancelled, or its folder taken away."""
        stop, over = Event(), Event()

        def look() -> None:
            while not over.wait(LOOK_S):
                try:
                    running = self._runs.find(run_id).state == "running"
                except UnknownRun:
                    running = False
                if not running:
                    stop.set()
                    return

        looking = threading.Thread(target=look, name="cancelled", daemon=True)
        looking.start()
        try:
            yield stop
        finally:
            over.set()
            looking.join()


class _Progress:
    """Told of every range that is done; writes it down now and then."""

    def __init__(self, working: Working, run_id: str) -> None:
        self._working = working
        self._run_id = run_id
        self._told_at = 0.0

    def __call__(self, done: int, of: int) -> None:
        if time.monotonic() - self._told_at >= TELL_S:
            self._told_at = time.monotonic()
            # The report is still to be written when the last range is judged.
            self._working.tell(self._run_id, round(min(done / max(of, 1), 0.99), 4))


def _text(instant: Instant) -> str:
    return format_instant(instant)


def _taken_up(run: Run) -> Run:
    return replace(
        run, state="running", progress=0.0, attempts=run.attempts + 1, started_at=system_now()
    )


def _again(run: Run) -> Run:
    return replace(run, state="queued", progress=0.0, started_at=None)


def _given_back(run: Run) -> Run:
    if run.state != "running":
        return run
    return replace(_again(run), attempts=run.attempts - 1)


def _given_up(run: Run) -> Run:
    why = f"its process ended {run.attempts} times before it was done"
    return replace(run, state="failed", ended_at=system_now(), why=why)


def _ended(state: State) -> Change:
    def ended(run: Run) -> Run:
        progress = 1.0 if state == "done" else run.progress
        return replace(run, state=state, progress=progress, ended_at=system_now())

    return ended
