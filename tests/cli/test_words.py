"""Help, mistakes in the words of a command, and what help may cost."""

import subprocess
import sys

import pytest

from tests.cli.conftest import ROOT, command

COMMANDS = [
    "serve", "demo", "import", "import-orders", "export", "standing", "explain", "notices",
    "policy", "keys", "webhooks", "doctor", "rebuild", "views", "what-if",
    "erase", "erase-again", "worker",
]  # fmt: skip


def test_help_names_every_command() -> None:
    helped = command("--help")
    assert helped.status == 0
    assert [name for name in COMMANDS if name not in helped.out] == []


@pytest.mark.parametrize(
    "name",
    [
        *COMMANDS,
        "policy check",
        "policy publish",
        "policy impact",
        "policy holidays",
        "keys create",
        "webhooks add",
        "worker publish",
        "worker consume",
        "worker project",
        "worker due",
        "worker deliver",
    ],
)
def test_the_help_of_a_command_shows_how_it_is_used(name: str) -> None:
    helped = command(*name.split(), "--help")
    assert helped.status == 0
    groups = ("policy", "keys", "views", "webhooks", "worker")
    assert name in groups or f"seller-ledger {name}" in helped.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["stending", "s-1"], "Did you mean 'standing'?"),
        (["standing"], "SELLER"),
        (["import", "a", "--hystory"], "--history"),
        (["serve", "--port", "99999"], "65535"),
        (["demo", "--sellers", "0"], "sellers"),
        (["what-if"], "FILE"),
        (["what-if", "a.toml", "--threads", "0"], "--threads"),
        (["what-if", "a.toml", "--engine", "abacus"], "spark"),
        (["what-if", "a.toml", "--master", "local[2]"], "--engine spark"),
        (["worker", "publsh"], "publish"),
    ],
)
def test_a_mistake_in_the_words_is_usage(words: list[str], says: str) -> None:
    ran = command(*words)
    assert ran.status == 2
    assert says in ran.err


def test_a_setting_that_means_nothing_is_refused() -> None:
    ran = command("standing", "s-1", LEDGER_POLCY="x")
    assert ran.status == 1
    assert ran.err == "LEDGER_POLCY is not a setting: did you mean LEDGER_POLICY?\n"


def test_help_and_workers_import_nothing_heavy_and_no_command_imports_numba() -> None:
    light = (
        "import api.cli, sys;sys.exit(bool({'psycopg', 'fastapi', 'pydantic'} & set(sys.modules)))"
    )
    every = (
        "import api.doctor, api.explaining, api.importing, api.opening, api.demo.loading, sys;"
        "import api.demo.tour, api.serve; sys.exit('numba' in sys.modules)"
    )
    worker = "import api.workers.child, sys;sys.exit(bool({'numpy', 'pyarrow'} & set(sys.modules)))"
    for source in (light, every, worker):
        done = subprocess.run([sys.executable, "-c", source], cwd=ROOT, check=False)
        assert done.returncode == 0, source
