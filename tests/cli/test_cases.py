"""docs/cases.md runs as written against the demonstration with the test clock."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.api.program import program
from tests.cli.conftest import Run

TEXT = Path(__file__).parents[2].joinpath("docs/cases.md").read_text()
BLOCKS = re.findall(r"^```(sh|json)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
STOP = "----- next -----"


class Shown(NamedTuple):
    """Commands, and a part of what the last of them answers."""

    commands: str
    answer: Any


def shown() -> Iterator[Shown]:
    waiting = ""
    for kind, block in BLOCKS:
        if kind == "sh":
            waiting += block
        else:
            yield Shown(waiting, json.loads(block))
            waiting = ""
    assert not waiting, "the last commands show an answer too"


def holds(answer: Any, part: Any) -> bool:
    """Whether an answer has all that the part shows of it; lists item by item."""
    match part:
        case dict():
            return isinstance(answer, dict) and all(
                key in answer and holds(answer[key], value) for key, value in part.items()
            )
        case list():
            return (
                isinstance(answer, list)
                and len(answer) == len(part)
                and all(map(holds, answer, part))
            )
        case _:
            return answer == part


def test_the_document_runs_as_written(run: Run, dsn: str) -> None:
    loaded = run("demo", "--load-only", "--sellers", "30", LEDGER_CLOCK="test")
    assert loaded.status == 0, loaded.err
    steps = list(shown())
    script = "".join(f"{step.commands}\necho '{STOP}'\n" for step in steps)
    bash = shutil.which("bash")
    assert bash is not None
    with program(dsn, clock="test") as server:
        script = script.replace("http://127.0.0.1:8080", server.base)
        ran = subprocess.run(
            [bash, "-e", "-c", script], capture_output=True, text=True, timeout=300, check=True
        )
    answers = ran.stdout.split(STOP)
    other: list[str] = []
    for step, told in zip(steps, answers, strict=False):
        last = told.strip().splitlines()[-1]
        if not holds(json.loads(last), step.answer):
            other.append(f"{step.commands}\nanswers\n{last}\nnot\n{json.dumps(step.answer)}")
    assert not other, "\n\n".join(other)
