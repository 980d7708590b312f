"""`verify`: whether the record is untouched, and if not, where."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import AsJson, DataDir, Keys, bar, console, say_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.verifying import Report, Trust
    from projections.pieces import Pieces

VERIFY_HELP = """Say whether the record is untouched, and if not, where.

Every fact is held against its tree, the tree against every checkpoint, and what is kept of each
seller, every text and every rule book against its facts. What is made from the log, its views and
its archive, is compared too where there are no more than 250,000 facts, which takes seconds: of
more only with --views, which takes a minute for a million.

A fact that was changed, taken out, doubled or moved is named by its position, with exit status 1.
The result is kept in the ledger's folder, where the console shows it, and GET /v1/log/verification.

With --from a published folder is checked, and nobody is asked: then --key names whom to trust.
A checkpoint that you kept shows whether the log still holds what it held then.

  seller-ledger verify

  seller-ledger verify --checkpoint march.checkpoint --views

  seller-ledger verify --from published --key log.key
"""
MOST_SHOWN = 20
MOST_TOLD = 1_000


def verify(
    folder: Annotated[
        Path | None, typer.Option("--from", help="A published folder, instead of the database.")
    ] = None,
    key: Keys = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="A checkpoint that was kept: the log has to hold it.")
    ] = None,
    views: Annotated[
        bool | None,
        typer.Option(
            "--views/--no-views",
            help="Compare views and archive too. Absent: where there are at most 250,000 facts.",
            show_default=False,
        ),
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Say whether the record is untouched, and if not, where."""
    from api.verifying import Trust, keys_in, read_file, verify_folder
    from projections.pieces import Pieces

    if folder is not None and not key:
        raise typer.BadParameter("is needed: a folder vouches for nobody", param_hint="--key")
    if folder is not None and views:
        raise typer.BadParameter("are in the database", param_hint="--views")
    earlier = None if checkpoint is None else read_file(checkpoint, "--checkpoint")
    trust = Trust(keys_in(key or []), earlier)
    with Pieces() as work:
        if folder is None:
            report = _verified(data_dir, trust, views, as_json, work)
            _keep(data_dir, report)
        else:
            with bar("Verifying", shown=not as_json, unit="facts") as watch:
                report = verify_folder(folder, trust, watch, work)
    _tell(report, as_json)
    if report.findings:
        raise typer.Exit(1)


def _verified(
    data_dir: Path | None, trust: "Trust", views: bool | None, as_json: bool, work: "Pieces"
) -> "Report":
    """The log in the database, and all that is held against it."""
    from functools import partial

    from api.holding import FEW_FACTS, hold_kept, hold_made
    from api.opening import database, settings_of
    from api.verifying import verify_database
    from ledger.store.memory import collecting_seldom

    bars, settings = partial(bar, shown=not as_json, unit="facts"), settings_of(data_dir)
    with database(settings) as dsn, collecting_seldom():
        with bars("Verifying") as watch:
            report = verify_database(dsn, trust, watch, work)
        if not report.is_log_whole:
            return report
        with bars("Comparing what is kept") as watch:
            report = report.with_held(*hold_kept(dsn, watch, work))
        if views or (views is None and report.facts <= FEW_FACTS):
            report = report.with_held(*hold_made(dsn, settings, bars))
    return report


def _keep(data_dir: Path | None, report: "Report") -> None:
    """Leave the result where the server finds it for those who cannot run this."""
    import sys
    import time

    from api.opening import settings_of
    from api.verified import keep_verified
    from ledger.facts.instants import format_instant

    try:
        now = format_instant(time.time_ns() // 1_000)
        keep_verified(settings_of(data_dir).data_dir, report, now)
    except OSError as why:
        sys.stderr.write(f"the console will not show this result, which cannot be kept: {why}\n")


def _tell(report: "Report", as_json: bool) -> None:
    told = report.checkpoint
    if as_json:
        say_json(
            {
                "log": report.log,
                "facts": report.facts,
                "not_signed_yet": report.not_signed,
                "checkpoint_size": None if told is None else told.size,
                "root": None if told is None else told.root.hex(),
                "signed_by": report.signed_by,
                "held_against": report.against,
                "whole": not report.findings,
                "findings": [
                    row._asdict() | {"position": row.position and str(row.position)}
                    for row in report.findings[:MOST_TOLD]
                ],
                "found": len(report.findings),
                "seconds": report.seconds,
            }
        )
        return
    for row in report.findings[:MOST_SHOWN]:
        console().print(f"{row.says[:1].upper()}{row.says[1:]}.", markup=False)
    if len(report.findings) > MOST_SHOWN:
        console().print(f"… and {len(report.findings) - MOST_SHOWN:,} more findings.")
    signed = "nothing is signed by a trusted key"
    if told is not None:
        signed = f"the newest checkpoint holds {told.size:,}, by {', '.join(report.signed_by)}"
    later = f"; {report.not_signed:,} came later" if report.not_signed else ""
    verdict = "not whole" if report.findings else "whole"
    console().print(
        f"{report.log} is {verdict}: {report.facts:,} facts held against {_and(report.against)} "
        f"in {report.seconds:.1f} s; {signed}{later}.",
        markup=False,
    )


def _and(words: "Sequence[str]") -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}"
