"""The wheel is the product: whatever the tree needs to run must be in it."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("api", "projections", "ledger")
LEFT_OUT = {".pyc", ".pyo"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = into.glob("seller_ledger-*.whl")
    return built


def test_the_wheel_holds_every_file_of_the_three_packages(wheel: Path) -> None:
    in_tree = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix not in LEFT_OUT
    }
    assert in_tree - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_the_wheel_holds_types_packs_and_sql(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)
    for folder, suffix in (("ledger/policy/packs", ".toml"), ("projections/migrations", ".sql")):
        if (ROOT / folder).is_dir():
            assert any(name.startswith(folder) and name.endswith(suffix) for name in names), folder


def test_the_wheel_holds_nothing_but_the_product(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


def test_the_wheel_installs_and_imports_from_a_path_with_spaces(
    wheel: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site with space"
    installer = [sys.executable, "-m", "uv", "--no-config", "pip", "install", "--quiet"]
    subprocess.run(
        [*installer, "--offline", "--no-deps", "--target", str(site), str(wheel)], check=True
    )
    program = (
        f"import sys; sys.path.insert(0, {str(site)!r})\n"
        "import api, ledger, projections\n"
        f"assert ledger.__file__.startswith({str(site)!r}), ledger.__file__\n"
        "from importlib.metadata import version\n"
        "assert version('seller-ledger') == '0.1.0'\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
    assert (site / "bin" / "seller-ledger").exists()
