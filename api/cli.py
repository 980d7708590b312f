"""`seller-ledger`: every command by its name, and how a refusal is told.

Nothing heavy is imported before a command needs it: help appears at once.
"""

import json
import sys
from typing import Final

import typer

from api.commands import (
    archive,
    audit,
    demo,
    doctor,
    erasing,
    export,
    importing,
    keys,
    log,
    notices,
    orders,
    policy,
    proving,
    rebuild,
    serving,
    standing,
    transparency,
    verifying,
    views,
    webhooks,
    what_if,
    worker,
)

DONE: Final = 0
REFUSED: Final = 1

app = typer.Typer(
    name="seller-ledger",
    help="A ledger of sellers' violations, sanctions and standing.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve", help=serving.HELP)(serving.serve)
app.add_typer(worker.app, name="worker")
app.command("demo", help=demo.HELP)(demo.demo)
app.command("import", help=importing.HELP)(importing.import_file)
app.command("import-orders", help=orders.HELP)(orders.import_orders)
app.command("export", help=export.HELP)(export.export)
app.add_typer(archive.app, name="archive")
app.command("standing", help=standing.STANDING_HELP)(standing.standing)
app.command("explain", help=standing.EXPLAIN_HELP)(standing.explain)
app.command("notices", help=notices.HELP)(notices.notices)
app.command("transparency", help=transparency.HELP)(transparency.transparency)
app.add_typer(audit.app, name="audit")
app.command("what-if", help=what_if.HELP)(what_if.what_if)
app.add_typer(policy.app, name="policy")
app.add_typer(keys.app, name="keys")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(views.app, name="views")
app.command("rebuild", help=rebuild.HELP)(rebuild.rebuild)
app.command("erase", help=erasing.ERASE_HELP)(erasing.erase)
app.command("erase-again", help=erasing.AGAIN_HELP)(erasing.erase_again)
app.command("verify", help=verifying.VERIFY_HELP)(verifying.verify)
app.command("proof", help=proving.PROOF_HELP)(proving.proof)
app.add_typer(log.app, name="log")
app.command("doctor", help=doctor.HELP)(doctor.doctor)


def main() -> None:
    """Run the command line; the exit status is 0 done, 1 refused, 2 usage."""
    try:
        app()
    except Exception as refused:
        sentence, accepted, field = _refusal(refused)
        if "--json" in sys.argv:
            told = {"refused": sentence, "field": field, "accepted": accepted}
            sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        else:
            end = "" if sentence.endswith((".", "?")) else "."
            more = f" Accepted: {accepted}." if accepted else ""
            sys.stderr.write(f"{sentence}{end}{more}\n")
        sys.exit(REFUSED)


def _refusal(refused: Exception) -> tuple[str, str | None, str | None]:
    """What is told of it: a sentence, what would be accepted, and the field; a defect is raised."""
    import psycopg

    from api.server import AddressTaken
    from api.settings import BadSettings
    from ledger.facts.refusal import Refusal
    from ledger.store.migrate import DatabaseIsNewer, MigrationFailed
    from ledger.store.owner import FolderInUse
    from ledger.store.programs import ServerUnavailable

    match refused:
        case Refusal():
            return _sentence(str(refused)), refused.accepted, refused.field
        case BadSettings() | DatabaseIsNewer() | MigrationFailed():
            return str(refused), None, None
        case FolderInUse() | ServerUnavailable() | AddressTaken():
            return str(refused), None, None
        case psycopg.OperationalError():
            reason = str(refused).strip().splitlines()[0] if str(refused).strip() else "no reason"
            return f"The database does not answer: {reason}", None, "LEDGER_DATABASE_URL"
        case _:
            raise refused


def _sentence(told: str) -> str:
    return told[:1].upper() + told[1:]


if __name__ == "__main__":
    main()
