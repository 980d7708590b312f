"""`doctor`: is everything as it should be?"""

from typing import Final

import typer

from api.commands.options import AsJson, DataDir, Host, Port, console, say_json

HELP = """Look whether everything is as it should be, and say what to do where it is not.

Versions, settings, doors, memory, room on the disk, the port, the database and its promises,
migrations, the log's end and its clock, imports, due work, packs, a sample of sellers against
their facts, views, and keys. Exit status 1 if anything fails.

  seller-ledger doctor

  seller-ledger doctor --data-dir /tmp/ledger --json
"""
_SIGNS: Final = {
    "ok": "[green]ok[/green]  ",
    "warn": "[yellow]warn[/yellow]",
    "fail": "[red]FAIL[/red]",
}


def doctor(
    host: Host = "127.0.0.1",
    port: Port = 8080,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Look whether everything is as it should be."""
    from rich.markup import escape

    from api.doctor import examine
    from api.opening import settings_of

    findings = list(examine(settings_of(data_dir), host, port))
    if as_json:
        say_json([finding._asdict() for finding in findings])
    else:
        for what, verdict, says, do in findings:
            console().print(f"{_SIGNS[verdict]}  {what}: {escape(says)}")
            if do:
                console().print(f"      [dim]→ {escape(do)}[/dim]")
    if any(finding.verdict == "fail" for finding in findings):
        raise typer.Exit(1)
