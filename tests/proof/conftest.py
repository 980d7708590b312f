"""Go's own packages as a judge of what we write; without Go the tests say why they are skipped."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent / "go"
Judge = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """The program under `tests/proof/go`, built: give it what it takes, and it exits 0 or 1."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("no Go is installed here: golang.org/x/mod/sumdb has verified nothing")
    program = tmp_path_factory.mktemp("go") / "proof"
    built = subprocess.run(
        [go, "build", "-o", str(program), "."],
        cwd=SOURCE, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if built.returncode != 0 and "golang.org/x/mod" in built.stderr and "no such" in built.stderr:
        pytest.skip(f"golang.org/x/mod cannot be had here: {built.stderr.strip()[-200:]}")
    assert built.returncode == 0, built.stderr

    def run(*given: object) -> subprocess.CompletedProcess[str]:
        words = [str(program), *map(str, given)]
        return subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)

    return run
