"""`rebuild`: views made anew from the log, while they are read."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.options import AsJson, DataDir, bar, console, say_json

if TYPE_CHECKING:
    from projections.comparison import Difference
    from projections.rebuilding import Rebuilt

HELP = """Make views anew from the log's first fact on, while reads and writes go on.

They are built beside the ones that are read, and take their place in one moment. Stopped on the
way, it leaves those as they are, and goes on when the same command is given again. With --check
nothing is replaced: rows that are not what the log gives are shown, with exit status 1.

  seller-ledger rebuild

  seller-ledger rebuild sellers --check --json
"""
MOST_SHOWN = 20


def rebuild(
    projection: Annotated[
        str | None,
        typer.Argument(
            metavar="PROJECTION", help="One, as `views` names it: all.", show_default=False
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Compare with the live views instead of replacing them.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make views anew from the log."""
    from api.opening import database, settings_of
    from api.upkeep import clock_of_log
    from ledger.store.memory import collecting_seldom
    from projections import rebuild as work

    names = () if projection is None else (projection,)
    with database(settings_of(data_dir)) as dsn, collecting_seldom():
        clock = clock_of_log(dsn)
        if check:
            with bar("Comparing", shown=not as_json, unit="facts") as watch:
                differing = work.check(dsn, clock, names, watch)
            _tell_differences(differing, as_json)
        else:
            with bar("Rebuilding", shown=not as_json, unit="facts") as watch:
                rebuilt = work.rebuild(dsn, clock, names, watch)
            _tell_rebuilt(rebuilt, as_json)


def _tell_rebuilt(rebuilt: "list[Rebuilt]", as_json: bool) -> None:
    if as_json:
        say_json([row._asdict() | {"position": str(row.position)} for row in rebuilt])
        return
    for row in rebuilt:
        aside = f", {row.parked:,} streams parked" if row.parked else ""
        told = f"{row.projection}: made anew up to position {row.position:,}"
        console().print(f"{told}{aside} ({row.seconds:.1f} s).", markup=False)


def _tell_differences(differing: "list[Difference]", as_json: bool) -> None:
    counts = {f"{row.projection}.{row.table}": row.of for row in differing}
    if as_json:
        say_json({"counts": counts, "differences": [row._asdict() for row in differing]})
    else:
        for row in differing[:MOST_SHOWN]:
            console().print(f"{row.table} {row.key}: {_sentence(row)}", markup=False)
        for table, count in counts.items():
            console().print(f"{table}: {count:,} rows differ.", markup=False)
        if not differing:
            console().print("Every row is what the log gives.")
    if differing:
        raise typer.Exit(1)


def _sentence(row: "Difference") -> str:
    if row.live is None or row.rebuilt is None:
        return "is missing" if row.live is None else "should not be there"
    live: dict[str, Any] = row.live
    fields = {name: (live.get(name), value) for name, value in row.rebuilt.items()}
    told = [f"{n} is {is_!r}, not {be!r}" for n, (is_, be) in fields.items() if is_ != be]
    return "; ".join(told)
