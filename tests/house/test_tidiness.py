"""What a reader may rely on when opening any source file of the house."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("api", "projections", "ledger")
LINES_AT_MOST = 350
# The kernel is one text, loaded a second time as one module to be compiled. The check of a bundle
# is one text too: it is handed out with each, and read before it is run.
LONGER = {"ledger/standing/kernel.py": 520, "api/audit/check.py": 480}
# Names that say who made a module, never what is in it.
EMPTY_NAMES = {"utils", "util", "helpers", "common", "base", "manager", "managers", "misc"}
TEXT = {".py", ".sql", ".toml", ".md", ".html", ".css"}


def files_of(package: str, *suffixes: str) -> list[Path]:
    return sorted(
        path
        for path in (ROOT / package).rglob("*")
        if path.suffix in suffixes and not {"static", "node_modules"} & set(path.parts)
    )


@pytest.mark.parametrize("package", PACKAGES)
def test_a_file_is_read_in_one_sitting(package: str) -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for path in files_of(package, ".py")
    }
    assert {name: n for name, n in lengths.items() if n > LONGER.get(name, LINES_AT_MOST)} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_module_is_named_for_what_it_holds(package: str) -> None:
    named = [
        path
        for path in files_of(package, ".py")
        if {path.stem, *path.relative_to(ROOT).parts} & EMPTY_NAMES
    ]
    assert named == []


@pytest.mark.parametrize("package", [*PACKAGES, "tests", "bench", "docs"])
def test_no_line_ends_in_blanks(package: str) -> None:
    ragged = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files_of(package, *TEXT)
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if line != line.rstrip()
    ]
    assert ragged == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_says_what_it_is_for(package: str) -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in files_of(package, ".py")
        if not path.read_text().lstrip().startswith(('"""', 'r"""'))
    ]
    assert silent == []
