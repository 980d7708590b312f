"""`import`: a file of commands, told now or as the history that it is."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import AsJson, DataDir, bar, console, say_json

if TYPE_CHECKING:
    from api.importing import Summary

HELP = """Import a file of commands, one JSON object a line.

Without --history every line is decided now, as `POST /v1/facts:batch` would. With --history each
line carries `recorded_at` and moves the clock: what falls due between two lines is recorded
between them. Lines that cannot be taken are reported beside the file, in
FILE.rejected.ndjson, and stop nothing. An interrupted history goes on where it stopped when the
same command is given again.

  seller-ledger import docs/examples/history.ndjson --history --data-dir /tmp/ledger

  seller-ledger import today.ndjson --json
"""
STOPPED = (
    "Stopped. The log waits for the rest: the same command goes on where it stopped, and "
    "--abandon gives it free."
)


def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="NDJSON: one command a line.")],
    history: Annotated[
        bool, typer.Option("--history", help="Lines carry recorded_at and drive the clock.")
    ] = False,
    abandon: Annotated[
        bool,
        typer.Option("--abandon", help="Give up an unfinished history import first."),
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Import a file of commands."""
    from api.importing import give_up, import_commands, import_history, known_file
    from api.opening import database, settings_of

    settings = settings_of(data_dir)
    found = known_file(file)
    with database(settings) as dsn:
        label = give_up(dsn) if abandon else None
        if label and not as_json:
            console().print(f"Abandoned the history import '{label}'. What it recorded stays.")
        with bar(f"Importing {file.name}", shown=not as_json) as watch:
            try:
                if history:
                    summary = import_history(dsn, settings, file, found, file.name, watch)
                else:
                    summary = import_commands(dsn, settings, file, found, watch)
            except KeyboardInterrupt:
                typer.echo(STOPPED if history else "Stopped.", err=True)
                raise
    if as_json:
        from msgspec import to_builtins

        say_json(to_builtins(summary))
    else:
        _tell(summary)
    if summary.refused and not (summary.taken or summary.replayed):
        raise typer.Exit(1)


def _tell(summary: "Summary") -> None:
    told = console()
    if summary.already_imported:
        told.print(f"{summary.file} is imported already: nothing was done.")
        return
    if summary.resumed_after_line:
        told.print(f"Went on after line {summary.resumed_after_line:,}.")
    rate = summary.lines / summary.seconds if summary.seconds else 0
    told.print(
        f"{summary.lines:,} lines in {summary.seconds:.1f} s ({rate:,.0f} a second): "
        f"{summary.taken:,} taken, {summary.replayed:,} told before, {summary.refused:,} refused; "
        f"{summary.facts:,} facts recorded."
    )
    if summary.rejected_file:
        told.print(f"Why lines were refused: {summary.rejected_file}")
