"""What commands that run a scenario have in common: their options, mistakes, bars and stopping."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple, TypeAlias

import typer

from api.commands.options import bar, say_json

if TYPE_CHECKING:
    from api.scenarios import Answer
    from api.settings import Settings
    from projections.what_if.laying import Laid
    from projections.what_if.reading import MalformedScenario
    from projections.what_if.scenario import Scenario
    from projections.what_if.world_rules import Known

STOPPED = "Stopped: nothing was kept."

Engines: TypeAlias = Literal["local", "spark"]
Out: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        help="Where to keep the result, instead of a folder of its own in DATA_DIR/what-if.",
        show_default=False,
    ),
]
Csv: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Write every seller that differs there, as CSV.", show_default=False
    ),
]
Threads: TypeAlias = Annotated[
    int | None,
    typer.Option(
        help="How many judge at once, instead of one a core.", min=1, max=1024, show_default=False
    ),
]
EngineName: TypeAlias = Annotated[Engines, typer.Option(help="Threads here, or a cluster.")]
Master: TypeAlias = Annotated[
    str | None,
    typer.Option(help="The cluster of --engine spark: absent, this machine.", show_default=False),
]


class How(NamedTuple):
    """How a scenario is to be run and told."""

    out: Path | None
    threads: int | None
    engine: Engines
    master: str | None
    as_json: bool

    def refuse_what_cannot_be(self) -> None:
        """Raise `BadParameter` for options that do not go together, `SparkNotInstalled`."""
        if self.engine == "spark":
            from api.scenarios import on_spark

            on_spark()
        elif self.master is not None:
            raise typer.BadParameter("is for --engine spark", param_hint="--master")


@contextmanager
def telling_mistakes(file: str, as_json: bool) -> Generator[None]:
    """Tell all that is wrong with a scenario, where it stands; the exit status is 1 then."""
    from projections.what_if.reading import MalformedScenario

    try:
        yield
    except MalformedScenario as wrong:
        _tell(file, wrong, as_json)
        raise typer.Exit(1) from None


def _tell(file: str, wrong: "MalformedScenario", as_json: bool) -> None:
    if as_json:
        mistakes = [mistake._asdict() for mistake in wrong.mistakes]
        say_json({"file": file, "ok": False, "mistakes": mistakes})
        return
    for mistake in wrong.mistakes:
        typer.echo(f"{file}: {mistake}", err=True)


def archived(dsn: str, settings: "Settings", how: How) -> "Known":
    """Bring the archive up to now, with a bar; what a scenario is held to."""
    from api.scenarios import archived_now

    with bar("Bringing the archive up", shown=not how.as_json, unit="facts") as watch:
        return archived_now(dsn, settings.data_dir, watch)


@contextmanager
def answering(
    scenario: "Scenario", known: "Known", settings: "Settings", how: How
) -> Generator["Answer"]:
    """Run a scenario, with a bar, and have its answer at hand; stopped, it leaves nothing."""
    from api.scenarios import answered, engine_named
    from projections.what_if.running import run

    engine = engine_named(how.engine, how.master, how.threads)

    def judge(laid: "Laid", folder: Path) -> None:
        with bar("Judging", shown=not how.as_json, unit="ranges") as watch:
            run(laid, known, engine, folder, watch)

    try:
        with answered(scenario, known, settings.data_dir, how.out, judge) as answer:
            yield answer
    except KeyboardInterrupt:
        typer.echo(STOPPED, err=True)
        raise
