"""How a server begins its processes again."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from api.workers import keeping


def test_one_that_did_well_for_long_is_begun_again_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    begun = tmp_path / "begun"
    program = f"open({str(begun)!r}, 'a').write('.')"
    monkeypatch.setattr(keeping, "PROGRAM", [sys.executable, "-I", "-c", program])
    monkeypatch.setattr(keeping, "KINDS", ("publish",))
    monkeypatch.setattr(keeping, "WELL_S", 0.0)
    # Whoever counted it among those that fail in a row would wait for a minute.
    monkeypatch.setattr(keeping, "REST_S", (0.01, 60.0, 60.0))
    workers = keeping.Workers("dsn", tmp_path)
    workers.start()
    try:
        until = time.monotonic() + 30
        while not begun.exists() or len(begun.read_text()) < 3:
            assert time.monotonic() < until, "it is left alone"
            time.sleep(0.02)
    finally:
        workers.stop()


def test_one_that_cannot_be_begun_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tried: list[Any] = []

    def no_process_left(*given: Any, **_: Any) -> Any:
        tried.append(given)
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", no_process_left)
    monkeypatch.setattr(keeping, "KINDS", ("publish",))
    monkeypatch.setattr(keeping, "REST_S", (0.01,))
    workers = keeping.Workers("dsn", tmp_path)
    workers.start()
    try:
        until = time.monotonic() + 30
        while len(tried) < 3:
            assert time.monotonic() < until, "it is left alone"
            time.sleep(0.02)
    finally:
        workers.stop()
