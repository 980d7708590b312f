"""What the documents point to is there: links, commands, makes, tests and settings."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from api.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
LINES_OF_A_SCREEN = 60
GROUPS = {"policy", "keys", "webhooks", "log"}
COMMAND = re.compile(r"(?:^|[\s`(/])seller-ledger ((?:[a-z]+(?:-[a-z]+)* ?)+)", re.MULTILINE)
MADE = re.compile(r"(?:^|`)make ([a-z-]+)", re.MULTILINE)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def prose(path: Path) -> str:
    """The document without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)


def code(path: Path) -> str:
    """What the document sets as code, in blocks and within lines."""
    text = path.read_text()
    blocks = re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", prose(path))])


def anchors(path: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def commands(path: Path) -> set[tuple[str, ...]]:
    """The commands that a document names, without what they are given."""
    found: set[tuple[str, ...]] = set()
    for words in COMMAND.findall(code(path)):
        first, *others = words.split()
        found.add((first, *others[:1]) if first in GROUPS else (first,))
    return found


NAMED = sorted({command for path in DOCUMENTS for command in commands(path)})


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    broken: list[str] = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(path)):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name) if name else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("command", NAMED, ids=" ".join)
def test_every_command_that_is_named_can_be_asked_for_help(command: tuple[str, ...]) -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "api.cli", *command, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    assert f"seller-ledger {' '.join(command)}" in asked.stdout.replace("api.cli", "seller-ledger")


def test_the_readme_names_the_commands_that_users_begin_with() -> None:
    wanted = {("explain",), ("standing",), ("import",), ("demo",), ("serve",), ("policy", "diff")}
    assert wanted <= commands(ROOT / "README.md")


def test_every_make_that_is_named_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {target for path in DOCUMENTS for target in MADE.findall(code(path))}
    assert {"run", "test"} <= named
    assert named - targets == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_every_setting_that_is_named_is_one(path: Path) -> None:
    known = {f"LEDGER_{field.upper()}" for field in Settings.model_fields}
    named = set(re.findall(r"\bLEDGER_[A-Z_]*[A-Z]\b", path.read_text()))
    assert named - known == set()


def test_every_setting_is_explained() -> None:
    for document in ("README.md", "docs/operations.md"):
        text = (ROOT / document).read_text()
        assert [f for f in Settings.model_fields if f"`LEDGER_{f.upper()}`" not in text] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_every_test_that_is_named_is_there(path: Path) -> None:
    for file, _, name in re.findall(r"`(tests/[\w/.-]+\.py)(::(\w+))?`", prose(path)):
        assert (ROOT / file).is_file(), file
        assert not name or f"def {name}(" in (ROOT / file).read_text(), f"{file}::{name}"


@pytest.mark.parametrize("path", DECISIONS, ids=relative)
def test_a_decision_fits_a_screen_and_names_what_keeps_it(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= LINES_OF_A_SCREEN
    assert text.startswith(f"# {path.name[:4]}: ")
    assert "**Kept by**" in text
    assert re.search(r"`tests/", text.partition("**Kept by**")[2])
    assert f"]({path.name})" in (path.parent / "README.md").read_text()


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_examples_can_be_read_by_a_shell(path: Path) -> None:
    for block in re.findall(r"^```sh\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL):
        assert shlex.split(block, comments=True)
