"""`doctor`: is everything as it should be?"""

from typing import Final

import typer

from api.commands.options import AsJson, DataDir, console, say_json

HELP = """Look whether everything is as it should be, and say what is not.

Settings, doors, room on the disk, database, migrations, the log's end, its clock, imports, due
work, packs, and a sample of sellers against their facts. Exit status 1 if anything is bad.

  seller-ledger doctor

  seller-ledger doctor --data-dir /tmp/ledger --json
"""
_SIGNS: Final = {
    "good": "[green]good[/green]",
    "note": "[yellow]note[/yellow]",
    "bad": "[red]BAD[/red] ",
}


def doctor(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Look whether everything is as it should be."""
    from rich.markup import escape

    from api.doctor import examine
    from api.opening import settings_of

    findings = list(examine(settings_of(data_dir)))
    if as_json:
        say_json([finding._asdict() for finding in findings])
    else:
        for what, verdict, says in findings:
            console().print(f"{_SIGNS[verdict]}  {what}: {escape(says)}")
    if any(finding.verdict == "bad" for finding in findings):
        raise typer.Exit(1)
