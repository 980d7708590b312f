"""`serve`: everything that is needed, from one command."""

from typing import Annotated

import typer

from api.commands.options import DataDir, Host, Port

HELP = """Serve the ledger until it is told to stop (Ctrl+C, or SIGTERM).

Without LEDGER_DATABASE_URL it starts a PostgreSQL of its own in the data folder.

With LEDGER_KAFKA_BOOTSTRAP it also publishes and consumes, in processes of its own.

  seller-ledger serve

  LEDGER_AUTH=off seller-ledger serve --port 9000 --data-dir /tmp/ledger

  seller-ledger serve --no-workers        beside `seller-ledger worker …`
"""


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8080,
    data_dir: DataDir = None,
    no_workers: Annotated[
        bool,
        typer.Option(
            "--no-workers",
            help="Only answer: views, due work, proofs, webhooks and Kafka are left to workers.",
        ),
    ] = False,
) -> None:
    """Serve the ledger."""
    from api.opening import settings_of
    from api.serve import serve_ledger

    serve_ledger(settings_of(data_dir), host, port, works=not no_workers)
