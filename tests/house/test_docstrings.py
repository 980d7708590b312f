"""Every public name of the ledger says what it is for; what it says is prose, not a form."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "ledger").rglob("*.py"))
NAMES = [path.relative_to(ROOT).as_posix() for path in SOURCES]
Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
# A form to fill in says less than a sentence, and repeats the types.
FORMS = (":param", ":return", "Args:", "Returns:", "Raises:", "Parameters\n")


def public(body: list[ast.stmt], where: str) -> Iterator[tuple[str, Documented]]:
    """Public functions and classes, and the public methods of those classes."""
    for node in body:
        if isinstance(node, Documented) and not node.name.startswith("_"):
            yield f"{where}{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{where}{node.name}.")


def is_named_by_its_type(node: Documented) -> bool:
    """A property that only passes on what another class documents needs no words of its own."""
    return isinstance(node, ast.FunctionDef) and any(
        isinstance(decorator, ast.Name) and decorator.id == "overload"
        for decorator in node.decorator_list
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_says_what_it_is_for(name: str) -> None:
    tree = ast.parse((ROOT / name).read_text())
    silent = [
        f"{where} (line {node.lineno})"
        for where, node in public(tree.body, "")
        if not is_named_by_its_type(node) and not ast.get_docstring(node)
    ]
    assert silent == []


@pytest.mark.parametrize("name", NAMES)
def test_docstrings_are_prose(name: str) -> None:
    tree = ast.parse((ROOT / name).read_text())
    forms = [
        where
        for where, node in [("the module", tree), *public(tree.body, "")]
        if any(form in (ast.get_docstring(node) or "") for form in FORMS)
    ]
    assert forms == []
