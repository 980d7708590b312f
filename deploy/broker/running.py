"""Processes that are known by a file: whether they live, how they end, and with whom."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple, Self

_PR_SET_PDEATHSIG: Final = 1


class Pid(NamedTuple):
    """A process; `born`, in the kernel's ticks since boot, tells it from a later one."""

    number: int
    born: str

    @classmethod
    def of(cls, number: int) -> Self:
        """The process that has this number now."""
        return cls(number, _born(number))

    @classmethod
    def read(cls, file: Path) -> Self | None:
        """What the file says; None where there is none, or it was not written to its end."""
        with suppress(OSError, ValueError):
            number, born = file.read_text().split()
            return cls(int(number), born)
        return None

    def write(self, file: Path) -> None:
        """Leave it for others to read."""
        file.write_text(f"{self.number} {self.born}\n")

    def lives(self) -> bool:
        """Whether that process, and no other of the same number, is still at work."""
        return _born(self.number) == self.born != ""


def end(pids: Sequence[int], how: signal.Signals, patience_s: float) -> None:
    """Send each the signal, wait until all have ended, and kill those that do not."""
    living = [Pid.of(number) for number in pids]
    for how_now, wait_s in ((how, patience_s), (signal.SIGKILL, patience_s)):
        for each in living:
            with suppress(ProcessLookupError):
                os.kill(each.number, how_now)
        until = time.monotonic() + wait_s
        while living and time.monotonic() < until:
            for each in living:
                # A child of ours stays in the table until it is waited for; others' are not ours.
                with suppress(ChildProcessError):
                    os.waitpid(each.number, os.WNOHANG)
            living = [each for each in living if each.lives()]
            time.sleep(0.02)


def leashed(command: Sequence[str]) -> list[str]:
    """The command, so that the kernel ends it together with the process that starts it."""
    return [sys.executable, __file__, str(os.getpid()), *command]


def _born(number: int) -> str:
    try:
        # The name before the last bracket may itself hold blanks and brackets.
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def _become(owner: int, command: list[str]) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != owner:
        sys.exit("the owner was gone before its broker began")
    os.execv(command[0], command)  # noqa: S606 - our own list, no shell


if __name__ == "__main__":
    _become(int(sys.argv[1]), sys.argv[2:])
