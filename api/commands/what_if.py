"""`what-if`: history judged again under other rules, or without some of the facts."""

from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import AsJson, DataDir, refuse_bad_id
from api.commands.what_if_running import (
    Csv,
    EngineName,
    How,
    Master,
    Out,
    Threads,
    answering,
    archived,
    telling_mistakes,
)

HELP = """Judge all of history again as a scenario says, and tell what differs.

A scenario is a TOML or JSON file: other rules, other facts, or both. Such as:

  name = "Suspension at 36 points"

  policy.patch = { "buckets.points.limit" = 36 }

What came of it is kept in a folder: a report to read, the figures as JSON,
every seller that differs as Parquet. The same scenario on the same log gives
the same bytes. Every key, and more examples: docs/what-if.md.

  seller-ledger what-if limit-of-36.toml --check

  seller-ledger what-if limit-of-36.toml

  seller-ledger what-if limit-of-36.toml --seller s-1 --csv sellers.csv

  seller-ledger what-if - --json < docs/examples/what-if/no-change.toml
"""


def what_if(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The scenario; - is standard input.")
    ],
    out: Out = None,
    csv: Csv = None,
    seller: Annotated[
        str | None, typer.Option(metavar="ID", help="Show one seller in both worlds.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether the scenario can be asked here.")
    ] = False,
    threads: Threads = None,
    engine: EngineName = "local",
    master: Master = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Judge history again as a scenario says."""
    from api.commands.what_if_telling import tell, tell_sound
    from api.opening import database, settings_of
    from api.scenarios import known_as_it_is, scenario_in, text_of

    how = How(out, threads, engine, master, as_json)
    how.refuse_what_cannot_be()
    if seller is not None:
        refuse_bad_id(seller, "--seller")
    settings, text = settings_of(data_dir), text_of(file)
    with telling_mistakes(str(file), as_json):
        with database(settings) as dsn:
            # Before the archive is brought up, which may take its time.
            scenario = scenario_in(text, file, known_as_it_is(dsn))
            if check:
                tell_sound(str(file), scenario, as_json)
                return
            known = archived(dsn, settings, how)
        scenario = scenario_in(text, file, known)
    with answering(scenario, known, settings, how) as answer:
        tell(answer, as_json, seller, csv)
