"""What becomes of a worker whose work ends though nobody told it to."""

import subprocess
import sys

from tests.api.program import ROOT

BREAKS_OFF = """
import time
from api.workers.work import _in_thread

def run(stop):
    raise SystemExit("no exception that anybody expects")

with _in_thread("publish", run):
    time.sleep(60)
"""


def test_a_process_whose_work_broke_off_ends_so_that_it_is_begun_again() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", BREAKS_OFF],
        cwd=ROOT, capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert "a worker broke off" in ended.stdout + ended.stderr
