"""Processor time of a process with all that it started: steadier than a clock on a busy machine."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias


def family(process: int) -> list[int]:
    """The process and its descendants, as they are now."""
    children: dict[int, list[int]] = {}
    for each in Path("/proc").iterdir():
        if each.name.isdecimal():
            with suppress(OSError):
                parent = (each / "stat").read_text().rpartition(")")[2].split()[1]
                children.setdefault(int(parent), []).append(int(each.name))
    found = [process]
    for each in found:
        found += children.get(each, [])
    return found


Used: TypeAlias = dict[str, int]
"""Nanoseconds of each thread so far."""


def used_by(processes: Iterable[int]) -> Used:
    """What every thread of these has used."""
    used: Used = {}
    for process in processes:
        with suppress(OSError):
            for thread in Path(f"/proc/{process}/task").iterdir():
                used[thread.name] = int((thread / "schedstat").read_text().split()[0])
    return used


def between_ms(before: Used, after: Used) -> float:
    """What was used in between; by threads that ended, unknown and so nothing."""
    return sum(used - before.get(thread, 0) for thread, used in after.items()) / 1e6
