"""`audit`: what auditors take away."""

from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import AsJson, DataDir, console, refuse_bad_id, say_json

app = typer.Typer(help="Take away what auditors need.", no_args_is_help=True)

BUNDLE_HELP = """Write one seller's record as a ZIP that can be checked without this program.

It holds the seller's facts as they are stored, its standings at chosen instants with their reasons,
and the policy packs; its README.txt says how to check it. Reports about the seller are
withheld, since they name who reported. The same question to the same log gives the same
bytes.

  seller-ledger audit bundle s-1 --out s-1.zip

  seller-ledger audit bundle s-1 --at 2026-03-01T00:00:00Z --at 2026-06-01T00:00:00Z --out s-1.zip
"""


@app.callback()
def audit() -> None:
    """Take away what auditors need."""


@app.command("bundle", help=BUNDLE_HELP)
def bundle(
    seller: Annotated[str, typer.Argument(metavar="SELLER", help="Its id.", show_default=False)],
    out: Annotated[Path, typer.Option(help="The file.", show_default=False)],
    at: Annotated[
        list[str] | None,
        typer.Option(help="Tell the standing at this instant; several. Absent: at --known-at."),
    ] = None,
    known_at: Annotated[
        str | None, typer.Option(help="Only from what was recorded by this instant: all.")
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Write one seller's record as a ZIP."""
    from api.audit.bundle import Wanted
    from api.audit.bundle import bundle as made_of
    from api.exporting import written_whole
    from api.looking import Looking
    from api.opening import database, settings_of
    from ledger.facts.instants import parse_instant

    refuse_bad_id(seller, "SELLER")
    wanted = Wanted(
        seller,
        tuple(parse_instant(text, "--at") for text in at or ()),
        None if known_at is None else parse_instant(known_at, "--known-at"),
    )
    settings = settings_of(data_dir)
    with database(settings) as dsn, Looking(dsn, settings) as log:
        made = made_of(log, wanted)
    written_whole(out, lambda file: file.write(made.body))
    if as_json:
        told = {"file": str(out), "bytes": len(made.body), "position": str(made.position)}
        say_json({**told, "facts": made.facts, "withheld": made.withheld})
        return
    console().print(
        f"{out}: {made.facts:,} facts of {seller}, {made.withheld:,} withheld, as of position "
        f"{made.position} ({len(made.body):,} bytes).",
        markup=False,
    )
