"""`transparency`: the numbers that yearly and half-yearly reports ask for."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from api.commands.options import AsJson, DataDir, console, say_json

HELP = """Count what transparency reports ask for: complaints, notices, violations, sanctions and
freezes that were recorded in a span, by what they were about and how they ended, with median times.

  seller-ledger transparency --from 2026-01-01T00:00:00Z --to 2026-07-01T00:00:00Z

  seller-ledger transparency --from 2026-01-01T00:00:00Z --to 2027-01-01T00:00:00Z --csv
"""


def transparency(
    begin: Annotated[
        str, typer.Option("--from", help="Recorded at this instant or later.", show_default=False)
    ],
    end: Annotated[
        str, typer.Option("--to", help="Recorded before this instant.", show_default=False)
    ],
    known_at: Annotated[
        str | None, typer.Option(help="Only what was recorded by this instant: all.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Answer in CSV.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Count what transparency reports ask for."""
    from msgspec import to_builtins

    from api.exporting import export
    from api.lists.moments import Moments
    from api.lists.transparency import transparency as counts_of
    from api.looking import Looking
    from api.opening import database, settings_of
    from ledger.facts.instants import parse_instant
    from ledger.store.refusals import Unavailable
    from projections.catalogue import projections
    from projections.catching_up import catch_up
    from projections.views import Views

    if as_csv and as_json:
        raise typer.BadParameter("is one answer and --csv another", param_hint="--json")
    known = None if known_at is None else parse_instant(known_at, "--known-at")
    asked = counts_of(parse_instant(begin, "--from"), parse_instant(end, "--to"), known)
    settings = settings_of(data_dir)
    with database(settings) as dsn, Looking(dsn, settings) as log:
        if not catch_up(dsn, log.clock):
            raise Unavailable("the views do not come up with the log")
        if as_csv:
            export(log, asked, "csv", Path("-"), sys.stdout.buffer, lambda _, __: None)
            return
        with Moments(log.reader, Views(log.reader, projections())).of(asked) as (cursor, at):
            counts = [to_builtins(row) for _, row in asked.rows(cursor, None, 1_000)]
            position = str(at.position)
    if as_json:
        say_json({"from": begin, "to": end, "position": position, "counts": counts})
    else:
        _tell(counts, position)


def _tell(counts: list[dict[str, Any]], position: str) -> None:
    from rich.table import Table

    table = Table("about", "what", "of", box=None)
    for name in ("count", "share", "median hours"):
        table.add_column(name, justify="right")
    for row in counts:
        share = "" if row["share"] is None else f"{row['share']:.1%}"
        hours = "" if row["median_hours"] is None else f"{row['median_hours']:,}"
        table.add_row(row["about"], row["what"], row["of"], f"{row['count']:,}", share, hours)
    console().print(table)
    console().print(f"As of position {position}.", markup=False)
