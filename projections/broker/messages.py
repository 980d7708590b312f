"""What goes over a topic, and where it stands there."""

from typing import NamedTuple, TypeAlias

Headers: TypeAlias = tuple[tuple[str, bytes], ...]


class Message(NamedTuple):
    """Something to be said on a topic."""

    topic: str
    key: bytes | None
    """Messages of one key stay in order."""
    value: bytes | None
    """None takes away what a compacted topic holds of this key."""
    headers: Headers = ()

    def size(self) -> int:
        """Bytes of the key, the value and the headers."""
        headers = sum(len(name) + len(value) for name, value in self.headers)
        return len(self.key or b"") + len(self.value or b"") + headers


class Place(NamedTuple):
    """Where a message stands: a partition holds its messages in order, from offset 0."""

    topic: str
    partition: int
    offset: int


class Arrived(NamedTuple):
    """A message that was read."""

    place: Place
    message: Message
    at_ms: int
    """When the broker or its sender dated it, in milliseconds since 1970."""
