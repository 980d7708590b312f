"""The worker with an engine that waits between ranges, until a file beside its runs is there."""

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

from api.what_if import worker
from api.what_if.worker import Task
from projections.what_if import running
from projections.what_if.replay import Cancelled

GO = "go"
"""The file whose presence lets runs go on."""
_plain = running.on_this_machine
_folder: list[Path] = []


def slowly(threads: int | None = None, stop: Event | None = None) -> Any:
    engine = _plain(threads, stop)

    def run(judge: Any) -> Iterator[Any]:
        for part in engine(judge):
            while not (_folder[0] / GO).exists():
                if stop is not None and stop.is_set():
                    raise Cancelled
                time.sleep(0.02)
            yield part

    return run


class Slow(worker.Worker):
    def __init__(self, task: Task, lines: Any) -> None:
        _folder.append(task.runs)
        super().__init__(task, lines)


if __name__ == "__main__":
    running.on_this_machine = slowly
    worker.Worker = Slow
    worker.main()
