"""The kernel compiled by Numba, for the histories of whole populations.

The source is `kernel.py` itself, loaded a second time under another name with each
function compiled in place, so that there is one text of every rule. Importing this file
costs seconds; nothing that answers a request does.
"""

import hashlib
import importlib.util
import sys
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numba
import numpy as np

from ledger.standing import kernel
from ledger.standing.columns import PLACES, Ladders, Rows, World

_SOURCE = Path(kernel.__file__)
_CALLED = {"fire_each", "waive", "judge_again", "remember"}
"""Too rare and too long to be copied into their callers."""
_OUTER = {"live"}
"""Called from Python as well."""

_njit: Any = numba.njit
_config: Any = vars(numba)["config"]
_GIVEN: bool = bool(_config.CACHE_DIR)


def cache_with(*sources: Path) -> None:
    """From here on, what is compiled is kept under the digest of these sources too.

    Numba's cache sees neither that a called file changed nor another's constants, nor that bounds
    are checked: each of these gets a folder of its own.
    """
    if _GIVEN:
        return
    told = b"".join(source.read_bytes() for source in (_SOURCE, Path(__file__), *sources))
    digest = hashlib.sha256(told).hexdigest()[:16]
    checked = "-checked" if _config.BOUNDSCHECK else ""
    # A folder of the user's own: whoever can write there can have code run.
    folder = Path.home() / ".cache" / "seller-ledger" / f"kernel-{digest}{checked}"
    _config.CACHE_DIR = str(folder)


cache_with()


def jit(function: Any, *, inline: bool = False, inner: bool = False) -> Any:
    """Compile without reference counts: the kernel allocates nothing, and its columns
    outlive it. What is `inner` can be called by what is compiled alone, and compiles sooner.
    """
    return _njit(
        nogil=True,
        cache=True,
        _nrt=False,
        forceinline=inline,
        no_cpython_wrapper=inner,
        no_cfunc_wrapper=True,
    )(function)


def _compiled_kernel() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ledger.standing.kernel_compiled", _SOURCE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Numba's cache finds compiled functions again by the name of their module.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    for name, function in list(vars(module).items()):
        if isinstance(function, FunctionType):
            setattr(
                module, name, jit(function, inline=name not in _CALLED, inner=name not in _OUTER)
            )
    return module


compiled: ModuleType = _compiled_kernel()
_live: Any = compiled.live
_SANCTIONS: int = kernel.SANCTIONS


@jit
def judge_population(
    rows: Any, ladders: Any, world: Any, second: Any, bounds: Any, seller_of: Any, found: Any
) -> int:
    """Walk every seller's rows; returns how many sanctions there are.

    Seller k has rows `bounds[k]` to `bounds[k + 1]`. Each sanction fills one line of `found`
    (row, bucket, milestone, multiple, start, until, ended, how, error) while there is room.
    """
    total = 0
    for k in range(len(bounds) - 1):
        _live(rows, ladders, world, second, bounds[k], bounds[k + 1])
        for s in range(world.used[_SANCTIONS]):
            if total < len(found):
                seller_of[total] = k
                found[total, 0] = world.row[s]
                found[total, 1] = world.bucket[s]
                found[total, 2] = world.milestone[s]
                found[total, 3] = world.multiple[s]
                found[total, 4] = world.start[s]
                found[total, 5] = world.until[s]
                found[total, 6] = world.ended[s]
                found[total, 7] = world.how[s]
                found[total, 8] = world.error[s]
            total += 1
    return total


def as_arrays(rows: Rows) -> Rows:
    """The same rows as arrays of 64-bit whole numbers."""
    return Rows(*(_array(column) for column in rows))


def ladders_as_arrays(ladders: Ladders) -> Ladders:
    """The same ladders as arrays of 64-bit whole numbers."""
    return Ladders(ladders.buckets, *(_array(column) for column in ladders[1:]))


def array_world(rows: int, buckets: int, longest: int, sanctions: int) -> World:
    """Scratch as arrays: see `plain_world`."""
    return World(*(_array(np.zeros(n)) for n in world_sizes(rows, buckets, longest, sanctions)))


def world_sizes(rows: int, buckets: int, longest: int, sanctions: int) -> list[int]:
    """How long each column of a `World` has to be."""
    return [rows, buckets, buckets, buckets, PLACES, *[longest + 1] * 3, *[sanctions] * 10]


def _array(column: Any) -> Any:
    # An array is no Sequence to the types, though it is one to the kernel.
    return np.asarray(column, dtype=np.int64)
