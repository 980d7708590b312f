"""`views`: how far each view is, what is parked in it, and trying that again."""

from typing import Annotated

import typer

from api.commands.options import AsJson, DataDir, console, refuse_bad_id, say_json

app = typer.Typer(
    help="Show how far each view of the log is; list and retry what is parked.",
    invoke_without_command=True,
)
MOST = 1_000

RETRY_HELP = """Try again what a view could not take, once what was wrong is mended.

  seller-ledger views retry --all

  seller-ledger views retry sellers --seller s-1

  seller-ledger views retry disputes --dispute d-1
"""


@app.callback()
def views(context: typer.Context, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show how far each view of the log is, and whether a living process keeps it."""
    if context.invoked_subcommand is not None:
        return
    from api.opening import database, settings_of
    from api.upkeep import states

    with database(settings_of(data_dir)) as dsn:
        found = states(dsn)
    if as_json:
        say_json([state._asdict() | {"position": str(state.position)} for state in found])
        return
    for state in found:
        lag = f"{state.lag:,} behind" if state.lag else "up to date"
        kept = "kept up by a server" if state.owned else "kept up by nobody now"
        building = ", being rebuilt" if state.rebuilding else ""
        aside = f", {state.parked:,} streams parked" if state.parked else ""
        trouble = f"; {state.trouble}" if state.trouble else ""
        place = f"{state.view}: position {state.position:,}, {lag}"
        console().print(f"{place}, {kept}{building}{aside}{trouble}", markup=False)


@app.command("parked")
def parked(
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="The most to show.")] = 100,
    after: Annotated[str | None, typer.Option(help="`next` of the page before.")] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List the streams that a view could not take, and why."""
    from api.opening import database, settings_of
    from api.upkeep import parked as read_parked
    from ledger.facts.instants import format_instant

    with database(settings_of(data_dir)) as dsn:
        page, following = read_parked(dsn, limit, after)
    if as_json:
        rows = [
            row._asdict()
            | {"position": str(row.position), "parked_at": format_instant(row.parked_at)}
            for row in page
        ]
        say_json({"parked": rows, "next": following})
        return
    for row in page:
        place = f"{row.view}: {row.stream} from position {row.position:,} on"
        console().print(
            f"{place}, since {format_instant(row.parked_at)}: {row.cause}", markup=False
        )
    if not page:
        console().print("Nothing is parked.")
    if following:
        console().print(f"There is more: --after {following}", markup=False)


@app.command("retry", help=RETRY_HELP)
def retry(
    projection: Annotated[
        str | None,
        typer.Argument(metavar="PROJECTION", help="One view: all.", show_default=False),
    ] = None,
    seller: Annotated[str | None, typer.Option(help="Only this seller.")] = None,
    dispute: Annotated[str | None, typer.Option(help="Only this dispute.")] = None,
    report: Annotated[str | None, typer.Option(help="Only this report.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that is parked.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Try again what a view could not take."""
    from api.opening import database, settings_of
    from api.upkeep import clock_of_log
    from api.upkeep import retry as try_again

    named = (("--seller", seller), ("--dispute", dispute), ("--report", report))
    if [everything, *(value is not None for _, value in named)].count(True) != 1:
        raise typer.BadParameter("say --seller ID, --dispute ID, --report ID or --all, one of them")
    for name, value in named:
        if value is not None:
            refuse_bad_id(value, name)
    with database(settings_of(data_dir)) as dsn:
        done = try_again(dsn, clock_of_log(dsn), projection, seller, dispute, report)
    if as_json:
        say_json({"retried": [row._asdict() for row in done]})
    else:
        for row in done:
            says = "taken" if row.cause is None else f"still parked: {row.cause}"
            console().print(f"{row.view}: {row.stream} {says}", markup=False)
        if not done:
            console().print("Nothing is parked.")
    if any(row.cause is not None for row in done):
        raise typer.Exit(1)
