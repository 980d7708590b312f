"""Documents that run as written: their commands in order, held against the answers they show."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

DOCS = Path(__file__).parents[2] / "docs"
STOP = "----- next -----"


class Shown(NamedTuple):
    """Commands, and a part of what the last of them answers."""

    commands: str
    answer: Any


def shown(text: str) -> Iterator[Shown]:
    """The steps of a document: what is typed, up to the next answer that is shown."""
    waiting = ""
    for kind, block in re.findall(r"^```(sh|json)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
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


def answered(told: str) -> str:
    """What the last command answered: one line, or the lines of an object that is written out."""
    lines = told.strip().splitlines()
    if lines[-1] == "}":
        return "\n".join(lines[len(lines) - 1 - lines[::-1].index("{") :])
    return lines[-1]


def run_as_written(document: str, places: Mapping[str, str]) -> None:
    """Run a document's commands in one shell, with places that they name replaced by others."""
    steps = list(shown(DOCS.joinpath(document).read_text()))
    script = "".join(f"{step.commands}\necho '{STOP}'\n" for step in steps)
    for written, here in places.items():
        assert written in script
        script = script.replace(written, here)
    bash = shutil.which("bash")
    assert bash is not None
    ran = subprocess.run(
        [bash, "-e", "-c", script], capture_output=True, text=True, timeout=300, check=True
    )
    other: list[str] = []
    for step, told in zip(steps, ran.stdout.split(STOP), strict=False):
        last = answered(told)
        if not holds(json.loads(last), step.answer):
            other.append(f"{step.commands}\nanswers\n{last}\nnot\n{json.dumps(step.answer)}")
    assert not other, "\n\n".join(other)
