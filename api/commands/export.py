"""`export`: a whole list as a file."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.commands.options import AsJson, DataDir, bar, console, say_json

if TYPE_CHECKING:
    from api.exporting import Summary

HELP = """Write a whole list to a file: facts, timeline, violations, sellers, sanctions,
freezes, appeals, disputes, reports, reporters, deadlines or policies.

It is read in one moment, and the position on which it rests is told. Filters are NAME=VALUE,
named as the parameters of the list over HTTP. The file appears when it is whole: until then
it has another name, and nothing is left of one that failed.

  seller-ledger export facts kind=violation-recorded from=2026-01-01T00:00:00Z --out v.parquet

  seller-ledger export timeline seller_id=s-1 --format ndjson --out -
"""
Format = Literal["csv", "ndjson", "parquet"]


def export(
    name: Annotated[str, typer.Argument(metavar="LIST", help="Which list.")],
    filters: Annotated[
        list[str] | None, typer.Argument(metavar="[FILTER]...", help="NAME=VALUE, several.")
    ] = None,
    format_: Annotated[
        Format | None,
        typer.Option("--format", help="Absent, by the end of the file's name; else csv."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The file; - is standard output. Absent: LIST-POSITION.FORMAT here."),
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Write a whole list to a file."""
    from api.exporting import export as write
    from api.lists.named import asked_for
    from api.looking import Looking
    from api.opening import database, settings_of
    from ledger.store.refusals import Unavailable
    from projections.catching_up import catch_up

    kind = format_ or _format_of(out)
    to_stdout = out == Path("-")
    if to_stdout and as_json:
        raise typer.BadParameter("takes standard output for itself", param_hint="--json")
    if to_stdout and kind == "parquet" and sys.stdout.isatty():
        raise typer.BadParameter("parquet is not for a terminal", param_hint="--out")
    settings = settings_of(data_dir)
    with database(settings) as dsn, Looking(dsn, settings) as log:
        asked = asked_for(log, name, filters or [])
        if asked.of.views and not catch_up(dsn, log.clock):
            raise Unavailable("the views do not come up with the log")
        unit = "facts" if asked.of.by_position else "rows"
        with bar(f"Exporting {name}", shown=not as_json, unit=unit) as watch:
            summary = write(log, asked, kind, out, sys.stdout.buffer, watch)
    if as_json:
        from msgspec import to_builtins

        say_json(to_builtins(summary))
    elif not to_stdout:
        _tell(summary)


def _format_of(out: Path | None) -> Format:
    match out and out.suffix:
        case ".ndjson" | ".jsonl":
            return "ndjson"
        case ".parquet":
            return "parquet"
        case _:
            return "csv"


def _tell(summary: "Summary") -> None:
    console().print(
        f"{summary.rows:,} rows in {summary.seconds:.1f} s: {summary.file} "
        f"({summary.bytes:,} bytes), as of position {summary.position}.",
        markup=False,
    )
