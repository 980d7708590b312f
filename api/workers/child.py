"""The process beside a server that publishes or consumes for it.

It begins with one line of JSON on its standard input, which names the database: a command line
would show the password to others. The end of the input is the end of the server, and so of this
process; where the system can, the kernel ends it too. Everything else it reads from the same
environment as the server.
"""

import sys
import threading

import msgspec

from api.logs import write_logs_as_json
from api.settings import read_settings
from api.workers.owner import end_with
from api.workers.work import WorkerName, work


class Task(msgspec.Struct, frozen=True):
    """What the server says first."""

    owner: int
    """Its process."""
    worker: WorkerName
    dsn: str
    data_dir: str


def main() -> None:
    """Begin with the task that stands on the first line of the input."""
    write_logs_as_json()
    task = msgspec.json.decode(sys.stdin.buffer.readline(), type=Task)
    end_with(task.owner)
    settings = read_settings(database_url=task.dsn, data_dir=task.data_dir)
    stop = threading.Event()

    def listen() -> None:
        sys.stdin.buffer.read()
        stop.set()

    threading.Thread(target=listen, name="input", daemon=True).start()
    work(task.worker, settings, task.dsn, stop)


if __name__ == "__main__":
    main()
