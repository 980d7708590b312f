"""How functions over columns are compiled, and where the results are kept.

Importing this file costs seconds; nothing that answers a request does.
"""

from pathlib import Path
from typing import Any

from ledger.standing.compiled import cache_with, compiled, jit
from projections.what_if import columns

cache_with(Path(columns.__file__))

__all__ = ["compiled", "jit", "within"]


def within(function: Any) -> Any:
    """Compile what only compiled functions call: it is copied into them."""
    return jit(function, inline=True, inner=True)
