"""The command line as a user runs it: a process, judged by what it prints and its status."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.cli.forked import Commands

ROOT = Path(__file__).resolve().parents[2]


class Ran(NamedTuple):
    """What a command did."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


Run = Callable[..., Ran]
_commands = Commands()


def command(*words: object, **environment: str) -> Ran:
    """Run `seller-ledger` with these words."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LEDGER_")}
    done = _commands.run(
        [str(word) for word in words], {**kept, "COLUMNS": "200", **environment}, timeout_s=120
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def run(dsn: str, tmp_path: Path) -> Run:
    """Run `seller-ledger` against this test's own database."""
    return lambda *words, **more: command(
        *words, LEDGER_DATABASE_URL=dsn, LEDGER_DATA_DIR=str(tmp_path / "data"), **more
    )
