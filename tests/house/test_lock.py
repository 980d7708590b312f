"""The locks are what everybody installs: complete, hashed, and bound to no place."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WHOLE, RUN = ("requirements.lock", "requirements-run.lock")
LOCKS = {name: (ROOT / name).read_text() for name in (WHOLE, RUN)}
DATA = tomllib.loads((ROOT / "pyproject.toml").read_text())
NEEDED = [*DATA["project"]["dependencies"], *DATA["dependency-groups"]["build"]]
ASKED = [(RUN, asked) for asked in NEEDED] + [
    (WHOLE, asked) for asked in [*NEEDED, *DATA["project"]["optional-dependencies"]["dev"]]
]


def locked(lock: str) -> dict[str, str]:
    """Each package with all that the lock says about it."""
    entries = re.split(r"^(?=[a-z0-9])", LOCKS[lock], flags=re.MULTILINE)[1:]
    return {re.split(r"[\[=]", entry, maxsplit=1)[0]: entry for entry in entries}


@pytest.mark.parametrize(("lock", "asked"), ASKED)
def test_every_dependency_is_locked(lock: str, asked: str) -> None:
    assert re.split(r"[\[<>=]", asked, maxsplit=1)[0] in locked(lock)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_its_hashes(lock: str) -> None:
    entries = locked(lock).items()
    assert [name for name, entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_names_no_host(lock: str) -> None:
    assert "://" not in LOCKS[lock]
    assert not re.search(r"^\s*--(index|extra|find|trusted)", LOCKS[lock], flags=re.MULTILINE)


def test_what_serves_is_what_was_tested() -> None:
    """The smaller lock has no version that the whole one has not."""
    pinned = {
        name: {m.group() for entry in [locked(name)] for text in entry.values()
               for m in re.finditer(r"^[a-z0-9-]+(\[[a-z,]+\])?==[^\s;]+", text)}
        for name in LOCKS
    }  # fmt: skip
    without_extras = {re.sub(r"\[.*?\]", "", pin) for pin in pinned[WHOLE]}
    assert {re.sub(r"\[.*?\]", "", pin) for pin in pinned[RUN]} <= without_extras


OF_EXTRAS = {
    "projections.what_if.on_spark",
    "projections.what_if.on_spark_worker",
    "projections.broker.with_confluent.connecting",
    "projections.broker.with_confluent.reader",
    "projections.broker.with_confluent.sender",
}
IMPORTING = """
import importlib, sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(f"{name} is not among what serves")
sys.meta_path.insert(0, Missing())
for module in modules:
    importlib.import_module(module)
"""


def test_what_serves_needs_no_tool_of_developers() -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for package in ("api", "ledger", "projections")
        for path in sorted((ROOT / package).rglob("*.py"))
    ]
    serves = {name.lower().replace("_", "-") for name in locked(RUN)} | {"seller-ledger"}
    absent = {
        module
        for module, names in packages_distributions().items()
        if not {name.lower().replace("_", "-") for name in names} & serves
    }
    assert {"pandas", "pyspark", "pytest"} <= absent
    source = f"absent = {absent!r}\nmodules = {sorted({*modules} - OF_EXTRAS)!r}\n{IMPORTING}"
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
