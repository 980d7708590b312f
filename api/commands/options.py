"""Options that every command has, and how commands speak: tables for people, JSON for programs."""

import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

DataDir: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        help="Where the ledger keeps its data, instead of LEDGER_DATA_DIR.",
        show_default=False,
    ),
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
Host: TypeAlias = Annotated[str, typer.Option(help="The address to listen on.")]
Port: TypeAlias = Annotated[int, typer.Option(help="The port; 0 takes any free one.", max=65_535)]
Keys: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--key",
        metavar="KEY",
        help="A verifier key, or a file of them; several. Absent: those that the log names.",
        show_default=False,
    ),
]


def console() -> "Console":
    """Where people read."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True)


def say_json(told: Any) -> None:
    """One JSON value on standard output."""
    sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")


def refuse_bad_id(given: str, field: str) -> None:
    """Raise `MalformedParameter` for what cannot be an id."""
    import re

    from api.refusals import MalformedParameter
    from ledger.facts.ids import ID_ACCEPTED, ID_PATTERN

    if not re.fullmatch(ID_PATTERN, given):
        raise MalformedParameter(f"{given[:80]!r} is not an id", field=field, accepted=ID_ACCEPTED)


@contextmanager
def bar(
    what: str, *, shown: bool, unit: str = "lines"
) -> "Generator[Callable[[int, int | None], None]]":
    """A progress bar with its rate, on standard error; told how many of how many are done."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    stderr = Console(stderr=True)
    shown = shown and stderr.is_terminal
    with Progress(*columns, console=stderr, disable=not shown) as progress:
        task = progress.add_task(what, total=None, rate="", visible=False)

        def done(count: int, total: int | None) -> None:
            speed = progress.tasks[0].finished_speed or progress.tasks[0].speed
            rate = f"{speed:,.0f} {unit}/s" if speed else ""
            progress.update(task, completed=count, total=total, rate=rate, visible=True)

        yield done
