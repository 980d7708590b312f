"""`import-orders`: days of sellers and products from files of orders, items and reviews."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import AsJson, DataDir, bar, console, say_json

if TYPE_CHECKING:
    from api.orders.importing import Summary

HELP = """Import days of sellers and products from CSV files of orders, items and reviews.

LAYOUT is a small TOML that says which columns mean what, or `olist`, which is here already.
Each seller's day and each product's day is told as one report. A day that the ledger knows with
the same counts is not told again; with other counts it gets a higher revision. Nothing is told if
a file has a mistake. The words of reviews are never read.

  seller-ledger import-orders olist FOLDER --dry-run

  seller-ledger import-orders my-layout.toml FOLDER --json
"""


def import_orders(
    layout: Annotated[str, typer.Argument(metavar="LAYOUT", help="A TOML file, or olist.")],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the CSV files are.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be told, and tell nothing.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Import days from files of orders."""
    from api.opening import database, open_ledger, settings_of
    from api.orders.days import days_of
    from api.orders.importing import tell_days
    from api.orders.layout import load_layout

    described = load_layout(layout)
    settings = settings_of(data_dir)
    with ExitStack() as stack:
        with bar(f"Reading {folder.name}", shown=not as_json, unit="rows") as reading:
            days = stack.enter_context(days_of(described, folder, reading))
        dsn = stack.enter_context(database(settings))
        ledger = stack.enter_context(open_ledger(dsn, settings))
        with bar(f"Importing {folder.name}", shown=not as_json, unit="days") as watch:
            summary = tell_days(ledger, days, watch, dry_run=dry_run)
    if as_json:
        from msgspec import to_builtins

        say_json(to_builtins(summary))
    else:
        _tell(summary)
    if summary.refused and not (summary.new or summary.corrected or summary.unchanged):
        raise typer.Exit(1)


def _tell(summary: "Summary") -> None:
    told = console()
    told.print(
        f"{summary.orders:,} orders, {summary.items:,} items and {summary.reviews:,} reviews come "
        f"to {summary.sellers_days:,} days of sellers and {summary.products_days:,} of products."
    )
    if summary.orders_without_items:
        told.print(f"{summary.orders_without_items:,} orders have no items: nobody's, left out.")
    would = "would be " if summary.dry_run else ""
    told.print(
        f"{summary.new:,} {would}told, {summary.corrected:,} {would}corrected, "
        f"{summary.unchanged:,} known already, {summary.refused:,} refused; "
        f"{summary.seconds:.1f} s."
    )
    for refusal in summary.first_refusals:
        accepted = f" Accepted: {refusal.accepted}." if refusal.accepted else ""
        told.print(f"  {refusal.subject}, {refusal.date}: {refusal.problem}.{accepted}")
