"""The bond between a process beside the server and the server that it belongs to.

It stands by itself: the processes that need it should not import one another's work.
"""

import ctypes
import os
import signal
import sys
from contextlib import suppress
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def end_with(owner: int) -> None:
    """Have the kernel end this process with its owner, where it can."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != owner:
        sys.exit("the server was gone before its worker began")
