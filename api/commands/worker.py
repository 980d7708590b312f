"""`worker`: what works beside requests, in processes of their own."""

from typing import TYPE_CHECKING

import typer

from api.commands.options import DataDir

if TYPE_CHECKING:
    from api.workers.work import WorkerName

app = typer.Typer(
    name="worker",
    help="""Do in a process of its own what a server does beside requests, until told to stop.

Each prints one line when it is at work, and ends within seconds on Ctrl+C or SIGTERM. Of several of
a kind one works and the others wait to take over; those that consume share the work. Servers that
leave it to them: `seller-ledger serve --no-workers`.
""",
    no_args_is_help=True,
)

_PUBLISH = """Publish the log to Kafka: facts, standings, and what could not be taken.

Needs LEDGER_KAFKA_BOOTSTRAP. Makes the topics that are missing.

  LEDGER_KAFKA_BOOTSTRAP=127.0.0.1:9092 seller-ledger worker publish
"""
_CONSUME = """Take the commands that others put on Kafka.

Needs LEDGER_KAFKA_BOOTSTRAP. Several share the partitions of the topic.

  LEDGER_KAFKA_BOOTSTRAP=127.0.0.1:9092 seller-ledger worker consume
"""
_PROJECT = """Keep the views up with the log, and the tree of proofs, and sign checkpoints.

It signs with the key in the data folder: give it the folder that has it.

  seller-ledger worker project --data-dir /var/lib/seller-ledger
"""
_DUE = """Record what falls due: lapses, releases, ends of sanctions, deadlines.

  seller-ledger worker due
"""
_DELIVER = """Deliver changes to webhooks.

  seller-ledger worker deliver
"""


@app.command("publish", help=_PUBLISH)
def publish(data_dir: DataDir = None) -> None:
    """Publish the log."""
    _work("publish", data_dir)


@app.command("consume", help=_CONSUME)
def consume(data_dir: DataDir = None) -> None:
    """Take commands."""
    _work("consume", data_dir)


@app.command("project", help=_PROJECT)
def project(data_dir: DataDir = None) -> None:
    """Keep views and tree up."""
    _work("project", data_dir)


@app.command("due", help=_DUE)
def due(data_dir: DataDir = None) -> None:
    """Record what falls due."""
    _work("due", data_dir)


@app.command("deliver", help=_DELIVER)
def deliver(data_dir: DataDir = None) -> None:
    """Deliver to webhooks."""
    _work("deliver", data_dir)


def _work(name: "WorkerName", data_dir: DataDir) -> None:
    import signal
    import sys
    import threading

    from api.logs import write_logs_as_json
    from api.opening import settings_of, shared_database
    from api.workers.work import refuse_without_use, work

    settings = settings_of(data_dir)
    refuse_without_use(name, settings)
    stop = threading.Event()

    def end(_number: int, _frame: object) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    lines = write_logs_as_json()

    def say() -> None:
        sys.stdout.write(f"seller-ledger worker {name} is at work (SIGTERM or Ctrl+C ends it)\n")
        sys.stdout.flush()

    work(name, settings, shared_database(settings), stop, say, lines)
