"""What a tracer may be told of the write side. Told nobody unless somebody listens."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Final

_NOTHING: Final = nullcontext()


class Spans:
    """Nobody listens. `api/tracing.py` has one that does."""

    def here(self) -> object:
        """What the calling thread is doing, to be named as an origin later."""
        return None

    def transaction(self, origins: Sequence[object], requests: int) -> AbstractContextManager[None]:  # noqa: ARG002
        """The clerk writes what came from these origins, in one transaction."""
        return _NOTHING

    def write(self, facts: int) -> AbstractContextManager[None]:  # noqa: ARG002
        """The journal writes so many facts and commits."""
        return _NOTHING


SILENT: Final = Spans()
