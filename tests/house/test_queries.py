"""Each statement in a `.sql` file is run by the module beside it, and by name."""

import ast
import re
from collections import Counter
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


def modules() -> dict[str, ast.Module]:
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text())
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    }


MODULES = modules()


def loaded_by(sql: str) -> list[tuple[str, str]]:
    """The modules that read this file, and the name that each gives to what it holds."""
    found: list[tuple[str, str]] = []
    for module, tree in MODULES.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
                continue
            if any(
                isinstance(n, ast.Constant) and n.value == Path(sql).name
                for n in ast.walk(node.value)
            ):
                target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
                if isinstance(target, ast.Name) and Path(module).parent == Path(sql).parent:
                    found.append((module, target.id))
    return found


def names_for(holder: str, name: str) -> dict[str, str]:
    """Module by module, under which name it knows the statements that `holder` calls `name`."""
    known = {holder: name}
    dotted = holder.removesuffix(".py").replace("/", ".")
    for module, tree in MODULES.items():
        for node in ast.walk(tree):
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
            for node in ast.walk(MODULES[module]):
                if (
                    isinstance(node, ast.Subscript)
                    and isinstance(node.value, ast.Name)
                    and node.value.id == known_as
                ):
                    if not isinstance(node.slice, ast.Constant):
                        # The name is handed on by a function: whoever calls it says it in words.
                        asked.update(words_of(MODULES[module]) & set(named(ROOT / sql)))
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
    begins = re.compile(r"^\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM)\s", re.IGNORECASE)
    found = [
        f"{module}:{node.lineno}"
        for module, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and begins.match(node.value)
    ]
    assert [place for place in found if place.partition(":")[0] not in BEFORE_ANY_TABLE] == []
