"""The core decides by what it is given: no clock, no chance, no outside world in its imports.

import-linter holds the direction of our own packages and names a few modules to keep out.
This says what may come in, so that a new way to the outside world has to be added here.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = (
    "facts", "decide", "disputes", "performance", "policy", "promotions", "reports", "service",
    "standing", "proof",
)  # fmt: skip

# What computes from its arguments alone.
PURE = {
    "ast", "base64", "bisect", "collections", "copy", "dataclasses", "datetime", "decimal",
    "difflib", "fractions", "functools", "hashlib", "hmac", "itertools", "json", "math", "operator",
    "re", "struct", "tomllib", "types", "typing", "zoneinfo", "msgspec", "pydantic",
    "pydantic_core", "cryptography", "holidays", "iso4217",
}  # fmt: skip
# Where the core meets files: its own source and packs, never a user's data.
READS_ITSELF = {
    "ledger/policy/shipped.py": {"importlib", "pathlib"},
    "ledger/standing/compiled.py": {"importlib", "numba", "numpy", "pathlib", "sys"},
}
CLOCKS_AND_CHANCE = {"now", "utcnow", "today", "time_ns", "monotonic", "uuid4", "urandom", "getenv"}

SOURCES = sorted(path for part in CORE for path in (ROOT / "ledger" / part).rglob("*.py"))
NAMES = [path.relative_to(ROOT).as_posix() for path in SOURCES]


def imported(tree: ast.AST) -> Iterator[str]:
    """The top-level packages that a module imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


@pytest.mark.parametrize("name", NAMES)
def test_a_module_of_the_core_imports_only_what_is_pure(name: str) -> None:
    tree = ast.parse((ROOT / name).read_text())
    allowed = PURE | {"ledger"} | READS_ITSELF.get(name, set())
    assert set(imported(tree)) - allowed == set()


@pytest.mark.parametrize("name", NAMES)
def test_a_module_of_the_core_asks_no_clock_and_draws_no_chance(name: str) -> None:
    tree = ast.parse((ROOT / name).read_text())
    asked = [
        f"line {node.lineno}: {node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in CLOCKS_AND_CHANCE
    ]
    assert asked == []


def test_nothing_is_excused_that_is_not_there() -> None:
    assert set(READS_ITSELF) <= set(NAMES)
    for name, allowed in READS_ITSELF.items():
        assert allowed <= set(imported(ast.parse((ROOT / name).read_text()))), name


def test_the_kernel_imports_nothing_at_all() -> None:
    tree = ast.parse((ROOT / "ledger/standing/kernel.py").read_text())
    assert list(imported(tree)) == []
