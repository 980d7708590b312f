"""Each statement in a `.sql` file is run by the module beside it, and by name."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("api", "projections", "ledger")
MIGRATIONS = "migrations"

# What makes the database, or asks one thing of it before a ledger is opened on it.
BEFORE_ANY_TABLE = {
    "ledger/store/migrate.py",
    "ledger/store/server.py",
    "api/commands/policy.py",
}

FILES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.sql")
    if MIGRATIONS not in path.parts
)
NAMES = [path.relative_to(ROOT).as_posix() for path in FILES]


def named(path: Path) -> list[str]:
    return re.findall(r"^-- name: *(\w+) *$", path.read_text(), re.MULTILINE)


SOURCES = {
    path.relative_to(ROOT).as_posix(): path.read_text()
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
}


@cache
def read(module: str) -> ast.Module:
    """A module as Python reads it; few are, since a text that lacks a name has no use of it."""
    return ast.parse(SOURCES[module])


def loaded_by(sql: str) -> list[tuple[str, str]]:
    """The modules beside this file that read it, and the name that each gives to what it holds."""
    found: list[tuple[str, str]] = []
    beside = [module for module in SOURCES if Path(module).parent == Path(sql).parent]
    for module in beside:
        if Path(sql).name not in SOURCES[module]:
            continue
        for node in ast.walk(read(module)):
            if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
                continue
            if any(
                isinstance(n, ast.Constant) and n.value == Path(sql).name
                for n in ast.walk(node.value)
            ):
                target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
                if isinstance(target, ast.Name):
                    found.append((module, target.id))
    return found


def names_for(holder: str, name: str) -> dict[str, str]:
    """Module by module, under which name it knows the statements that `holder` calls `name`."""
    known = {holder: name}
    dotted = holder.removesuffix(".py").replace("/", ".")
    for module, text in SOURCES.items():
        if f"from {dotted} import" not in text:
            continue
        for node in ast.walk(read(module)):
            if isinstance(node, ast.ImportFrom) and node.module == dotted:
                for alias in node.names:
                    if alias.name == name:
                        known[module] = alias.asname or alias.name
    return known


def words_of(tree: ast.Module) -> set[str]:
    """Every text in a module."""
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def run(sql: str) -> Counter[str]:
    """The statements of this file that some module asks for, with how often."""
    asked: Counter[str] = Counter()
    for holder, name in loaded_by(sql):
        for module, known_as in names_for(holder, name).items():
            for node in ast.walk(read(module)):
                if (
                    isinstance(node, ast.Subscript)
                    and isinstance(node.value, ast.Name)
                    and node.value.id == known_as
                ):
                    if not isinstance(node.slice, ast.Constant):
                        # The name is handed on by a function: whoever calls it says it in words.
                        asked.update(words_of(read(module)) & set(named(ROOT / sql)))
                    asked.update(
                        part.value
                        for part in ast.walk(node.slice)
                        if isinstance(part, ast.Constant) and isinstance(part.value, str)
                    )
    return asked


@pytest.mark.parametrize("sql", NAMES)
def test_one_module_beside_the_file_reads_it(sql: str) -> None:
    assert len(loaded_by(sql)) == 1


@pytest.mark.parametrize("sql", NAMES)
def test_every_statement_is_run_and_every_name_asked_for_is_there(sql: str) -> None:
    there, asked = set(named(ROOT / sql)), set(run(sql))
    assert {"never run": there - asked, "not there": asked - there} == {
        "never run": set(),
        "not there": set(),
    }


def test_no_statement_of_our_own_stands_in_python() -> None:
    """SQL is in files where people look for it."""
    begins = re.compile(r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM)\s", re.IGNORECASE)
    # A line may end in the text itself, or be written as a backslash and a letter.
    may_begin = re.compile(r"(SELECT|INSERT INTO|UPDATE|DELETE FROM)[\s\\]", re.IGNORECASE)
    found = [
        f"{module}:{node.lineno}"
        for module, text in SOURCES.items()
        if may_begin.search(text)
        for node in ast.walk(read(module))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and begins.match(node.value)
    ]
    assert [place for place in found if place.partition(":")[0] not in BEFORE_ANY_TABLE] == []
