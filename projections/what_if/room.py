"""Scratch that is used again, range after range."""

from typing import Any

import numpy as np

from ledger.standing.columns import World as KernelWorld
from ledger.standing.compiled import world_sizes
from projections.what_if.columns import Array

_np: Any = np


class Room:
    """Scratch of one thread, used again for range after range."""

    def __init__(self) -> None:
        self._held: dict[str, Array] = {}

    def take(self, name: str, size: int, type_: Any) -> Array:
        """A column of this size; what is in it is left from before."""
        held = self._held.get(name)
        if held is None or len(held) < size:
            held = self._held[name] = _np.empty(size + size // 4, type_)
        return held[:size]

    def world(self, name: str, rows: int, buckets: int, longest: int, sanctions: int) -> Any:
        """What the kernel keeps while it judges: see `array_world`. It clears what it reads."""
        sizes = world_sizes(rows, buckets, longest, sanctions)
        return KernelWorld(
            *(self.take(f"{name} {n}", size, _np.int64) for n, size in enumerate(sizes))
        )
