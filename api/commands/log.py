"""`log`: how the log is signed: its name, keys and witnesses, and its publication as files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.options import AsJson, DataDir, bar, console, say_json

if TYPE_CHECKING:
    from collections.abc import Generator
    from contextlib import AbstractContextManager

    import psycopg

app = typer.Typer(
    help="Show how the log is signed; change its keys; name witnesses; publish it as files.",
    invoke_without_command=True,
)
ROTATE_HELP = """Sign with a new key too.

The old key goes on signing beside it, so that whoever trusts only that one is not left behind:
publish the new one, and retire the old one when everybody has it. A key whose private half is
not in this data folder any more is retired at once.
"""
ANEW_HELP = """Give the log another name, after it was set back to an older backup.

What was signed under its old name cannot be taken back, and facts that it holds are lost: nothing
consistent with it can be signed any more. Under the new name the log signs from its first fact on.
Whoever follows it has to be told.
"""
PUBLISH_HELP = """Write the signed log into a new folder: key, checkpoint, tiles and leaves.

Anybody can check it there, with `verify --from` or with programs of others that read C2SP
tlog-tiles.

  seller-ledger log publish /tmp/published
"""


@app.callback()
def log(context: typer.Context, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show the log's name, how far it is signed, its keys and its witnesses."""
    if context.invoked_subcommand is not None:
        return
    from ledger.facts.instants import format_instant
    from projections.tree import checkpoints
    from projections.tree.tiles import read_edge

    with _connected(data_dir) as connection, connection.cursor() as cursor:
        log_id, edge = read_edge(cursor)
        origin = checkpoints.origin_of(log_id)
        newest = checkpoints.newest(cursor, origin)
        keys = checkpoints.keys(cursor, origin)
        witnesses = [key.line for key in checkpoints.witnesses(cursor)]
    size = 0 if newest is None else newest.size
    if as_json:
        shown = [
            {"vkey": key.line, "began_at": format_instant(began), "signs": ended is None}
            for key, began, ended in keys
        ]
        told = {"log": origin, "in_tree": edge.size, "signed": size}
        say_json({**told, "keys": shown, "witnesses": witnesses})
        return
    say = console()
    say.print(f"{origin}: {edge.size:,} facts in the tree, {size:,} of them signed.", markup=False)
    for key, began, ended in keys:
        state = "signs" if ended is None else f"retired at {format_instant(ended)}"
        since = format_instant(began)
        say.print(f"key {key.key_id.hex()} since {since}, {state}: {key.line}", markup=False)
    for line in witnesses:
        say.print(f"witness: {line}", markup=False)


@app.command("rotate", help=ROTATE_HELP)
def rotate(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Sign with a new key too."""
    from api.opening import settings_of, system_now
    from projections.tree.rotating import rotate as add_key

    settings = settings_of(data_dir)
    with _connected(data_dir) as connection:
        made, lost = add_key(connection, settings.data_dir, system_now())
    if as_json:
        say_json({"vkey": made.line, "retired": [key.line for key in lost]})
        return
    console().print(f"The log signs with {made.line} too.", markup=False)
    for key in lost:
        gone = f"It signs with {key.line} no more: its private half is not here."
        console().print(gone, markup=False)


@app.command("retire")
def retire(
    key_id: Annotated[str, typer.Argument(metavar="KEY_ID", help="As `log` shows it.")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Sign with a key no more, and forget its private half."""
    from api.opening import settings_of, system_now
    from projections.tree.rotating import retire as retire_key

    settings = settings_of(data_dir)
    with _connected(data_dir) as connection:
        gone = retire_key(connection, settings.data_dir, key_id, system_now())
    if as_json:
        say_json({"retired": gone.line})
    else:
        console().print(f"The log signs with {gone.line} no more.", markup=False)


@app.command("anew", help=ANEW_HELP)
def begin_anew(
    yes: Annotated[bool, typer.Option("--yes", help="Do it; nobody is asked again.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Give the log another name, after it was set back to an older backup."""
    from projections.tree.rotating import begin_anew as rename

    if not yes:
        raise typer.BadParameter("is needed: it cannot be taken back", param_hint="--yes")
    with _connected(data_dir) as connection:
        origin = rename(connection)
    if as_json:
        say_json({"log": origin})
    else:
        console().print(f"The log is called {origin} from now on.", markup=False)


@app.command("trust")
def trust(
    vkey: Annotated[str, typer.Argument(metavar="KEY", help="The witness's verifier key.")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Take a witness's word: its cosignatures are kept and served from now on."""
    from api.opening import system_now
    from projections.tree.checkpoints import trust as take

    with _connected(data_dir) as connection, connection.cursor() as cursor:
        key = take(cursor, vkey, system_now())
    if as_json:
        say_json({"trusted": key.line})
    else:
        console().print(f"{key.name} is a witness from now on.", markup=False)


@app.command("distrust")
def distrust(
    vkey: Annotated[str, typer.Argument(metavar="KEY", help="The witness's verifier key.")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Take a witness's word no more: what it said is not served any longer."""
    from projections.tree.checkpoints import distrust as take_no_more

    with _connected(data_dir) as connection, connection.cursor() as cursor:
        known = take_no_more(cursor, vkey)
    if as_json:
        say_json({"distrusted": known})
    else:
        console().print("It is a witness no more." if known else "It was none.")


@app.command("publish", help=PUBLISH_HELP)
def publish(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder.")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Write the signed log into a new folder."""
    from api.looking import Looking
    from api.opening import database, settings_of
    from api.reads import record_at_terminal, record_end
    from projections.tree.publishing import publish as write

    settings = settings_of(data_dir)
    with database(settings) as dsn, Looking(dsn, settings) as log:
        number = record_at_terminal(log, "leaves", None)
        with bar("Publishing", shown=not as_json, unit="facts") as watch:
            facts = write(dsn, folder, watch)
        record_end(log, number, facts)
    if as_json:
        say_json({"folder": str(folder), "facts": facts})
    else:
        console().print(f"{folder}: {facts:,} facts.", markup=False)


def _connected(data_dir: Path | None) -> "AbstractContextManager[psycopg.Connection[Any]]":
    from contextlib import contextmanager

    import psycopg

    from api.opening import database, settings_of

    @contextmanager
    def connected() -> "Generator[psycopg.Connection[Any]]":
        with (
            database(settings_of(data_dir)) as dsn,
            psycopg.connect(dsn, autocommit=True) as connection,
        ):
            yield connection

    return connected()
