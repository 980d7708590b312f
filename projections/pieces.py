"""Work in pieces, done by as many processes as there are cores."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, Final, Self, TypeVar

T = TypeVar("T")

FEW: Final = 4
"""So many pieces are done here: to start processes takes longer."""


class Pieces:
    """Does pieces of work, and keeps the processes that it started for those that come later."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def done(self, work: Callable[..., T], pieces: Sequence[tuple[Any, ...]]) -> Iterator[T]:
        """What comes of each piece, in their order. A piece is what `work` is called with: plain
        values, that can be told to another process.
        """
        if self._pool is None and len(pieces) <= FEW:
            yield from (work(*piece) for piece in pieces)
            return
        if self._pool is None:
            # Not forked: a process must not share the connections of this one.
            self._pool = ProcessPoolExecutor(os.cpu_count() or 1, mp_context=get_context("spawn"))
        for pending in [self._pool.submit(work, *piece) for piece in pieces]:
            yield pending.result()
