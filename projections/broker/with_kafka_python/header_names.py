"""Names of headers that are no text. Kafka lets a sender write any bytes there; kafka-python then
gives up the whole batch, and with it the partition, for ever. Here such bytes are read as `\\xff`,
so that whoever gets the message can say what is wrong with it.
"""

from importlib import import_module
from typing import Any, Final, cast

_RECORD: Final = "kafka.record"
"""Its modules have no types: what we take from them is typed here."""
_memory: Final[Any] = import_module(f"{_RECORD}.memory_records")
_Strict: Final[Any] = import_module(f"{_RECORD}.default_records").DefaultRecordBatch
_read_strictly: Final[Any] = _Strict._read_msg  # noqa: SLF001 - there is no other way in


class _Forgiving(bytes):
    """Bytes of which every slice can be read as text."""

    def __getitem__(self, at: Any) -> Any:
        found = cast("int | bytes", super().__getitem__(at))
        return _Forgiving(found) if isinstance(found, bytes) else found

    def decode(self, encoding: str = "utf-8", errors: str = "") -> str:  # noqa: ARG002 - as bytes
        """As `bytes.decode`, with what is no text written out."""
        return super().decode(encoding, "backslashreplace")


class _Batch(_Strict):
    """A batch in which a record that cannot be read is read once more, and more patiently."""

    _buffer: Any

    def _read_msg(self) -> Any:
        try:
            return _read_strictly(self)
        except UnicodeDecodeError:
            strict, self._buffer = self._buffer, _Forgiving(self._buffer)
            try:
                return _read_strictly(self)
            finally:
                self._buffer = strict


def read_any_name() -> None:
    """Have kafka-python read batches so: it asks for no class to do it with, so it is put there."""
    _memory.DefaultRecordBatch = _Batch
