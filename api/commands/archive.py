"""`archive`: the log as columns, given away or held against the log."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import AsJson, DataDir, bar, console, say_json

if TYPE_CHECKING:
    from projections.archive.giving import Given

app = typer.Typer(
    help="The log as Parquet columns, for analysts and for what-if.", no_args_is_help=True
)
EXPORT_HELP = """Bring the archive up to now, and copy it into a folder of its own.

The folder is there when it is whole. Its README.txt tells every column and shows questions
for DuckDB and Polars. Where both are on one disk, files are linked and take no more space.

  seller-ledger archive export /tmp/for-analysts
"""
VERIFY_HELP = """Hold the archive against the log: nothing missing, nothing else in it.

Every file is read and compared with its digest, every stretch of the log is read again.
What was found is told a sentence each, with exit status 1.

  seller-ledger archive verify
"""


@app.command("export", help=EXPORT_HELP)
def export(
    folder: Annotated[Path, typer.Argument(help="Where to: empty, or not there yet.")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Bring the archive up to now, and copy it into a folder of its own."""
    from api.archives import export_archive
    from api.opening import database, settings_of

    settings = settings_of(data_dir)
    with database(settings) as dsn, bar("Archiving", shown=not as_json, unit="facts") as watch:
        given = export_archive(dsn, settings, folder, watch)
    if as_json:
        from msgspec import to_builtins

        say_json(to_builtins(given))
    else:
        _tell(given)


def _tell(given: "Given") -> None:
    shared = f", {given.linked} of them shared with the ledger's own" if given.linked else ""
    console().print(
        f"{given.files} files{shared}: {given.folder} ({given.bytes:,} bytes), "
        f"as of position {given.position}. README.txt tells every column.",
        markup=False,
    )


@app.command("verify", help=VERIFY_HELP)
def verify(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Hold the archive against the log."""
    from api.archives import verify_archive
    from api.opening import database, settings_of

    settings = settings_of(data_dir)
    with database(settings) as dsn, bar("Verifying", shown=not as_json, unit="facts") as watch:
        verified = verify_archive(dsn, settings, watch)
    if as_json:
        say_json({"position": str(verified.position), "findings": list(verified.findings)})
    else:
        for finding in verified.findings:
            console().print(f"{finding}.", markup=False)
        if not verified.findings:
            console().print(f"The archive is as the log, up to position {verified.position}.")
    if verified.findings:
        raise typer.Exit(1)
