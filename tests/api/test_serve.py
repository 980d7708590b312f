"""The whole server as a process: one line when it is ready, and a clean end."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from api.serve import serve_ledger
from api.settings import BadSettings, Settings

PROGRAM = """
import sys
from api.serve import serve_ledger
from api.settings import read_settings
serve_ledger(read_settings(), "127.0.0.1", 0)
"""


def ask(address: str, body: Any = None, method: str = "GET") -> Any:
    sent = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        address, sent, {"Content-Type": "application/json"}, method=method
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())


def test_a_server_says_when_it_is_ready_keeps_what_it_was_told_and_stops(
    dsn: str, tmp_path: Path
) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LEDGER_")}
    environment |= {"LEDGER_AUTH": "off", "LEDGER_CLOCK": "test", "LEDGER_DATABASE_URL": dsn}
    environment |= {"LEDGER_DATA_DIR": str(tmp_path)}
    violation = {"violation_id": "v-1", "rule": "weapons", "source": "platform",
                 "statement": "Seen.", "reported_by": "svc"}  # fmt: skip
    for value, number in ((0, signal.SIGTERM), (24, signal.SIGINT)):
        with subprocess.Popen(
            [sys.executable, "-c", PROGRAM], env=environment, stdout=subprocess.PIPE, text=True
        ) as server:
            assert server.stdout is not None
            line = server.stdout.readline()
            found = re.fullmatch(r"seller-ledger is ready at (http://127\.0\.0\.1:\d+) .*\n", line)
            assert found, line
            base = found[1]
            assert ask(f"{base}/v1/health/ready") == {"status": "ready"}
            standing = f"{base}/v1/sellers/s-1/standing"
            assert ask(standing)["buckets"][0]["value"] == value
            ask(f"{base}/v1/test-clock", {"now": "2026-01-01T00:00:00Z"}, "PUT")
            ask(f"{base}/v1/sellers/s-1/violations", violation, "POST")
            assert ask(standing)["buckets"][0]["value"] == 24
            server.send_signal(number)
            assert server.wait(15) == 0
            assert server.stdout.read() == ""


def test_without_keys_only_this_machine_is_served() -> None:
    with pytest.raises(BadSettings, match=r"127\.0\.0\.1"):
        serve_ledger(Settings(auth="off"), "0.0.0.0", 0)
