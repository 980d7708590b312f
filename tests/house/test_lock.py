"""The lock is what everybody installs: complete, hashed, and bound to no place."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.lock").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ASKED = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]


def locked() -> dict[str, str]:
    """Each package with all that the lock says about it."""
    entries = re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)[1:]
    return {re.split(r"[\[=]", entry, maxsplit=1)[0]: entry for entry in entries}


@pytest.mark.parametrize("asked", ASKED)
def test_every_dependency_is_locked(asked: str) -> None:
    assert re.split(r"[\[<>=]", asked, maxsplit=1)[0] in locked()


def test_every_locked_package_has_its_hashes() -> None:
    assert [name for name, entry in locked().items() if "--hash=sha256:" not in entry] == []


def test_the_lock_names_no_host() -> None:
    assert "://" not in LOCK
    assert not re.search(r"^\s*--(index|extra|find|trusted)", LOCK, flags=re.MULTILINE)
