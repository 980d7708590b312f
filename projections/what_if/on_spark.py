"""The engine for what has outgrown one machine: the same judge, in the workers of a Spark cluster.

A job judges a stretch of ranges, and two jobs are under way at a time: the second has work for
the cores that the first leaves idle at its end. What two jobs answer is all that is held here.
"""

import os
import re
import sys
from collections import deque
from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager
from threading import Event
from typing import Any, Final

import pandas as pd
import pyspark.sql
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

from ledger.facts.refusal import Refusal
from projections.what_if.java import java_home
from projections.what_if.laying import Judge, Part
from projections.what_if.on_spark_worker import ANSWER, judging
from projections.what_if.replay import Cancelled
from projections.what_if.running import Engine
from projections.what_if.sent import Sent, received

_sql: Any = pyspark.sql
_NEEDED: Final[Any] = pd
"""Spark asks for it when the first job begins; that it is missing should be known before."""
_TROUBLES: Final[Any] = (PySparkException, Py4JError, OSError, EOFError, RuntimeError)
"""What comes of Spark when it fails: its own errors, and those of the way to its process."""
RANGES_A_TASK: Final = 16
"""A task costs some milliseconds whatever it does, and is begun anew if its worker is lost."""
RANGES_A_JOB: Final = 1024
"""At most: so many answers are held while they wait for their turn."""
JOBS_AT_ONCE: Final = 2
_LOOK_S: Final = 0.1
"""How often a wait is interrupted to see whether the run was cancelled."""


class NoSpark(Refusal):
    """No session on a cluster could be had."""


class SparkFailed(Refusal):
    """Spark gave up on a job."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"Spark gave up on the run: {why}",
            field="engine",
            accepted="a cluster whose workers have this version of seller-ledger and see the "
            "archive under the same path, or the engine of this machine: --engine local",
        )


def on_spark(
    master: str, stop: Event | None = None, settings: Mapping[str, str] | None = None
) -> Engine:
    """The engine that has a Spark cluster judge: `master` is what Spark calls one, for example
    `spark://host:7077`, `yarn` or `local[2]`; `settings` are Spark's own.

    It opens a session for the run and closes it after. `stop`, once set, has it raise `Cancelled`.
    Raises `NoSpark`, `NoJava`, `SparkFailed`.
    """

    def judged(judge: Judge) -> Iterator[Part]:
        with opened(master, settings) as session:
            yield from through(session, stop)(judge)

    return judged


def through(session: Any, stop: Event | None = None) -> Engine:
    """The engine over a session that is open already, and stays so."""
    return lambda judge: _judged(session, judge, stop)


@contextmanager
def opened(master: str, settings: Mapping[str, str] | None = None) -> Generator[Any]:
    """A session of Spark's for one run. Raises `NoSpark` and `NoJava`."""
    own = master.startswith("local")
    asked = {
        "spark.ui.enabled": str(not own).lower(),
        "spark.ui.showConsoleProgress": "false",
        **(settings or {}),
    }
    if _sql.SparkSession.getActiveSession() is not None:
        raise NoSpark(
            "this process has a session of Spark's already",
            field="engine",
            accepted="one session at a time, or `through` the one that is open",
        )
    with _environment(own=own):
        builder = _sql.SparkSession.builder.master(master).appName("seller-ledger what-if")
        for key, value in asked.items():
            builder = builder.config(key, value)
        try:
            session = builder.getOrCreate()
        except _TROUBLES as failed:
            raise NoSpark(
                f"no session could be opened with the master {master!r}: {_why(failed)}",
                field="master",
                accepted="what Spark takes as one: spark://HOST:PORT, yarn, k8s://…, local[N]",
            ) from failed
        try:
            session.sparkContext.setLogLevel("OFF")
            yield session
        finally:
            session.stop()


@contextmanager
def _environment(*, own: bool) -> Generator[None]:
    """What Spark's start reads from the environment; it is as before afterwards.

    Without a word of the user, workers on this machine run this Python and talk over the
    loopback address, whatever the machine's name resolves to.
    """
    asked = {"JAVA_HOME": str(java_home())}
    if own:
        asked |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    given = {key: os.environ.get(key) for key in asked}
    for key, value in asked.items():
        if key == "JAVA_HOME" or not given[key]:
            os.environ[key] = value
    try:
        yield
    finally:
        for key, value in given.items():
            os.environ.pop(key, None)
            if value is not None:
                os.environ[key] = value


def _judged(session: Any, judge: Judge, stop: Event | None) -> Iterator[Part]:
    context, group = session.sparkContext, f"what-if-{id(judge):x}"
    # The workers have folders of their own to be in.
    folder = judge.laid.folder.resolve()
    laid = judge.laid._replace(folder=folder, sellers=judge.laid.sellers.within(folder))
    broadcast = context.broadcast(laid)
    nothing = judge.nothing()

    def job(first: int, last: int, tasks: int) -> Any:
        context.setJobGroup(group, f"ranges {first} to {last - 1}", interruptOnCancel=True)
        places = session.range(first, last, 1, tasks)
        return places.mapInArrow(judging(broadcast), ANSWER).toArrow()

    waiting: deque[Future[Any]] = deque()
    with ThreadPoolExecutor(JOBS_AT_ONCE, thread_name_prefix="spark") as pool:
        try:
            for first, last, tasks in _jobs(judge.ranges, context):
                if len(waiting) >= JOBS_AT_ONCE:
                    yield from _parts(_answer(waiting.popleft(), stop), nothing)
                waiting.append(pool.submit(job, first, last, tasks))
            while waiting:
                yield from _parts(_answer(waiting.popleft(), stop), nothing)
        finally:
            for future in waiting:
                future.cancel()
            try:
                context.cancelJobGroup(group)
                broadcast.unpersist()
            except _TROUBLES:
                pass  # the session is gone, and the jobs with it


def _jobs(ranges: int, context: Any) -> Iterator[tuple[int, int, int]]:
    """Ranges from and to, and into how many tasks they are cut. A cluster may grow meanwhile."""
    first = 0
    while first < ranges:
        cores = max(1, int(context.defaultParallelism))
        last = min(ranges, first + min(RANGES_A_JOB, cores * RANGES_A_TASK))
        yield first, last, min(cores, last - first)
        first = last


def _answer(job: Future[Any], stop: Event | None) -> Any:
    while True:
        if stop is not None and stop.is_set():
            raise Cancelled
        try:
            return job.result(_LOOK_S)
        except NotYet:
            continue
        except _TROUBLES as failed:
            raise SparkFailed(_why(failed)) from failed


def _parts(answer: Any, nothing: Any) -> Iterator[Part]:
    for row in answer.sort_by("place").to_pylist():
        yield received(Sent(row["sums"], row["differing"]), nothing)


def _why(failed: Exception) -> str:
    """The sentence in it that says most: the last line of what a worker's Python said."""
    lines = [line.strip() for line in str(failed).splitlines() if line.strip()]
    begins = [n for n, line in enumerate(lines) if line.startswith("Traceback")]
    told = lines[begins[-1] :] if begins else lines
    for line in told[1:] if begins else told:
        if re.match(r"(?:\w+\.)+\w*[A-Z]\w*: |[A-Z]\w*(?:Error|Exception)\b", line):
            return line.partition(": ")[2] or line
    return told[0] if told else type(failed).__name__
