"""A range's part as bytes, so that it can be judged elsewhere and added up here."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from projections.what_if.laying import Part
from projections.what_if.sums import Sums

_np: Any = np
_pa: Any = pa


class Sent(NamedTuple):
    """What one range came to, as it travels."""

    sums: bytes
    """Its whole numbers in the order of the fields, little-endian, compressed."""
    differing: bytes
    """An Arrow stream, compressed."""


def sent(part: Part) -> Sent:
    """A part ready to travel."""
    flat = _np.concatenate([array.reshape(-1) for array in _arrays(part.sums)])
    sink = _pa.BufferOutputStream()
    options = _pa.ipc.IpcWriteOptions(compression="zstd")
    with _pa.ipc.new_stream(sink, part.differing.schema, options=options) as writer:
        writer.write_table(part.differing)
    sums = _pa.compress(flat.astype("<i8").tobytes(), codec="zstd", asbytes=True)
    return Sent(sums, sink.getvalue().to_pybytes())


def received(found: Sent, nothing: Sums) -> Part:
    """The part as it was; `nothing` are the sums of no sellers, which have the same shapes."""
    size = sum(array.size for array in _arrays(nothing))
    raw = _pa.decompress(found.sums, decompressed_size=8 * size, codec="zstd", asbytes=True)
    flat = _np.frombuffer(raw, "<i8").astype(_np.int64)
    with _pa.ipc.open_stream(found.differing) as stream:
        return Part(_shaped(nothing, flat, [0]), stream.read_all())


def _arrays(sums: Any) -> Iterator[Any]:
    if isinstance(sums, _np.ndarray):
        yield sums
        return
    for field in sums:
        yield from _arrays(field)


def _shaped(like: Any, flat: Any, taken: list[int]) -> Any:
    """The next of the whole numbers in the shapes of `like`."""
    if not isinstance(like, _np.ndarray):
        return type(like)(*(_shaped(field, flat, taken) for field in like))
    begin = taken[0]
    taken[0] += like.size
    return flat[begin : taken[0]].reshape(like.shape)
