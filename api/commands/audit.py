"""`audit`: what auditors take away."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import AsJson, DataDir, console, refuse_bad_id, say_json

if TYPE_CHECKING:
    from api.lists.reads import ReadRow

app = typer.Typer(help="Take away what auditors need.", no_args_is_help=True)

BUNDLE_HELP = """Write one seller's record as a ZIP that can be checked without this program.

It holds the seller's facts as they are stored, its standings at chosen instants with their reasons,
and the policy packs; its README.txt says how to check it. Reports about the seller are
withheld, since they name who reported. With --texts what was said is in it too. The same
question to the same log gives the same bytes.

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
    texts: Annotated[
        bool, typer.Option("--texts", help="With the texts that its facts seal.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Write one seller's record as a ZIP."""
    from api.audit.bundle import Wanted
    from api.audit.bundle import bundle as made_of
    from api.exporting import written_whole
    from api.looking import Looking
    from api.opening import database, settings_of
    from api.reads import record_at_terminal
    from ledger.facts.instants import parse_instant

    refuse_bad_id(seller, "SELLER")
    wanted = Wanted(
        seller,
        tuple(parse_instant(text, "--at") for text in at or ()),
        None if known_at is None else parse_instant(known_at, "--known-at"),
        texts=texts,
    )
    settings = settings_of(data_dir)
    with database(settings) as dsn, Looking(dsn, settings) as log:
        made = made_of(log, wanted)
        told = "true" if texts else None
        record_at_terminal(
            log, "audit-bundle", made.facts, words=texts, seller_id=seller, texts=told
        )
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


READS_HELP = """Show who read sensitive records: when, which, and how many rows.

Reads by key carry the key's subject; those at the terminal, and those where keys are off, are
`operator`'s. As a file: `seller-ledger export reads`.

  seller-ledger audit reads --who ann

  seller-ledger audit reads --seller s-1 --from 2026-03-01T00:00:00Z --json
"""


@app.command("reads", help=READS_HELP)
def reads(
    who: Annotated[str | None, typer.Option(help="The subject of a key, or operator.")] = None,
    what: Annotated[str | None, typer.Option(help="As it was recorded: appeal-texts.")] = None,
    seller: Annotated[str | None, typer.Option(help="Who was asked about.")] = None,
    begin: Annotated[str | None, typer.Option("--from", help="At this instant or later.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Before this instant.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="The most that is shown.")] = 100,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show who read sensitive records."""
    from itertools import islice

    from msgspec import to_builtins

    from api.lists.named import asked_for
    from api.looking import Looking
    from api.opening import database, settings_of
    from api.reads import OPERATOR, Read, record_read
    from api.sensitive import ids_asked

    given = {"who": who, "what": what, "seller_id": seller, "from": begin, "to": end}
    filters = [f"{name}={value}" for name, value in given.items() if value is not None]
    settings = settings_of(data_dir)
    with database(settings) as dsn, Looking(dsn, settings) as log:
        asked = asked_for(log, "reads", filters)
        with log.reader.snapshot() as cursor:
            found = [row for _, row in islice(asked.rows(cursor, None, limit), limit)]
        # Only now: the command has one connection, which the snapshot kept.
        told = ids_asked(given.items())
        record_read(log, Read(OPERATOR, "reads", told, len(found)))
    if as_json:
        say_json({"reads": to_builtins(found)})
    else:
        _tell_reads(found)


def _tell_reads(found: "list[ReadRow]") -> None:
    from rich.table import Table

    facts = any(row.fact_id for row in found)
    table = Table("when", "who", "what", "asked for", "rows", *(("fact",) * facts), box=None)
    for row in found:
        ids = " ".join(f"{name}={','.join(values)}" for name, values in row.asked.items())
        rows = f"{row.rows:,}" if row.rows else ""
        told = (row.read_at, row.who, row.what, ids, rows, row.fact_id)
        table.add_row(*told[: len(table.columns)])
    console().print(table)
