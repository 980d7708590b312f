"""`serve`: everything that is needed, in one process."""

from api.commands.options import DataDir, Host, Port

HELP = """Serve the ledger until it is told to stop (Ctrl+C, or SIGTERM).

Without LEDGER_DATABASE_URL it starts a PostgreSQL of its own in the data folder.

  seller-ledger serve

  LEDGER_AUTH=off seller-ledger serve --port 9000 --data-dir /tmp/ledger
"""


def serve(host: Host = "127.0.0.1", port: Port = 8080, data_dir: DataDir = None) -> None:
    """Serve the ledger."""
    from api.opening import settings_of
    from api.serve import serve_ledger

    serve_ledger(settings_of(data_dir), host, port)
