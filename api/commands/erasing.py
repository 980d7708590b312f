"""`erase` and `erase-again`: a seller's texts go for good, and once more after a restore."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import AsJson, DataDir, console, refuse_bad_id, say_json
from api.commands.standing import SellerId

if TYPE_CHECKING:
    from api.erasure import Erasable, Erased

ERASE_HELP = """Erase every text told of a seller, with the key and the salts of their seals.

Facts, points and standings stay as they are, and a new fact says what went. Nobody can bring the
texts back. While something of the seller is open, or a legal hold stands, it is refused; --dry-run
counts the texts and names what stands against it.

  seller-ledger erase s-1 --dry-run

  seller-ledger erase s-1 --by privacy-desk --reason asked-by-seller
"""
AGAIN_HELP = """Erase again what a restored backup brought back.

FILE is the list of erasures that was kept outside of the database: `seller-ledger export facts
kind=payload-erased`, as NDJSON. Lines whose erasure the log holds are passed over. Do this before
the restored ledger is served. Where something stands against an erasure, it is told, with exit
status 1; the others are done.

  seller-ledger erase-again erasures.ndjson
"""


def erase(
    seller: SellerId,
    by: Annotated[str | None, typer.Option(help="Who erases.")] = None,
    reason: Annotated[
        str | None, typer.Option(help="Why, in a word: asked-by-seller, no-longer-needed …")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Erase a seller's texts."""
    from msgspec import to_builtins

    from api.opening import database, open_ledger, settings_of

    refuse_bad_id(seller, "SELLER")
    settings = settings_of(data_dir)
    if dry_run:
        from api.erasure import erasable
        from api.looking import Looking

        with database(settings) as dsn, Looking(dsn, settings) as log:
            found = erasable(*log.kept(seller))
        if as_json:
            say_json(to_builtins(found))
        else:
            _tell(found)
        return
    from api.bodies import into
    from api.erasure import erasure_written
    from ledger.decide.erasure_commands import EraseSeller

    if by is None or reason is None:
        missing = "--by" if by is None else "--reason"
        raise typer.BadParameter("has to be given, or --dry-run", param_hint=missing)
    wish = into(EraseSeller, _body(by, reason), {"seller_id": seller})
    with database(settings) as dsn, open_ledger(dsn, settings) as ledger:
        answer = ledger.handle(wish, by)
    written = erasure_written(answer)
    if as_json:
        say_json(to_builtins(written))
    else:
        _tell_done(written.erasure, before=answer.replayed)


def erase_again(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The list that was kept.")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Erase again what a restored backup brought back."""
    from msgspec import to_builtins

    from api import erasing_again
    from api.opening import database, open_ledger, settings_of

    settings = settings_of(data_dir)
    with database(settings) as dsn, open_ledger(dsn, settings) as ledger:
        done = erasing_again.erase_again(ledger, file)
    if as_json:
        say_json(to_builtins(done))
    else:
        for held in done.held:
            console().print(f"Line {held.line}: {held.why}.", markup=False)
        console().print(
            f"{done.lines:,} lines: {done.erased:,} erased again ({done.texts:,} texts), "
            f"{done.done_before:,} done before, {len(done.held):,} held.",
            markup=False,
        )
    if done.held:
        raise typer.Exit(1)


def _body(by: str, reason: str) -> bytes:
    from msgspec import json

    return json.encode({"erased_by": by, "reason": reason})


def _tell_done(done: "Erased", *, before: bool) -> None:
    began = "Done before, and nothing was told since: " if before else ""
    console().print(
        f"{began}{done.texts:,} texts are gone, {done.of_cases:,} of them from cases: "
        f"{done.fact_id} says so, recorded at {done.erased_at}.",
        markup=False,
    )


def _tell(found: "Erasable") -> None:
    told = console()
    told.print(
        f"{found.texts:,} texts would go, {found.of_cases:,} of them from cases.", markup=False
    )
    for hold in found.holds:
        told.print(f"Held: {hold.sentence}.", markup=False)
    for erased in found.erasures:
        told.print(
            f"Erased before at {erased.erased_at} by {erased.erased_by} ({erased.reason}): "
            f"{erased.texts:,} texts.",
            markup=False,
        )
