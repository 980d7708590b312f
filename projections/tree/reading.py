"""What is shown of the tree: checkpoints, tiles, leaves, and proofs made from them."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from time import monotonic
from typing import Any, Final, NamedTuple

from psycopg import Cursor

from ledger.facts.instants import Instant
from ledger.facts.refusal import Refusal
from ledger.proof.bundles import bundled
from ledger.proof.edge import Edge
from ledger.proof.proving import inclusion_spans
from ledger.proof.refusals import BeyondTree
from ledger.proof.tiles import WIDTH, Tile, tile_for
from ledger.proof.tlog_proof import ConsistencyProof, InclusionProof
from ledger.store.loading import StoredFact
from ledger.store.reader import Reader, last_position_before
from ledger.store.refusals import NotNow
from projections.tree import checkpoints
from projections.tree.checkpoints import Covering, LogKey, Signed
from projections.tree.leaves import dense_leaves
from projections.tree.tiles import TilesRead, read_edge

_FRESH_S: Final = 0.2
_PROOFS_AT_ONCE: Final = 256
_TILES_KEPT: Final = 512
"""Four megabytes: whoever follows a log asks for its last tiles again and again."""


class NotProvedYet(NotNow):
    """The fact is durable, and the next checkpoint will hold it."""

    def __init__(self, position: int, size: int) -> None:
        super().__init__(
            f"position {position} is not proved before the next checkpoint: the newest holds "
            f"{size} facts",
            accepted="the same request once another checkpoint is signed",
        )


class NoCheckpointYet(NotNow):
    """No checkpoint was signed yet."""

    def __init__(self) -> None:
        super().__init__("no checkpoint of this log was signed yet")


class UnknownCheckpoint(Refusal):
    """No checkpoint of this size was ever signed."""

    accepted = "the size of a checkpoint that was signed"

    def __init__(self, size: int) -> None:
        super().__init__(f"no checkpoint of {size} facts was signed", field="size")


class _Moment(NamedTuple):
    """The tree at one moment, and the newest word about it."""

    cursor: Cursor[Any]
    origin: str
    edge: Edge
    newest: Signed | None

    @property
    def size(self) -> int:
        return 0 if self.newest is None else self.newest.size

    def signed(self, size: int | None = None) -> Signed:
        """The newest checkpoint, or the one of a size."""
        if size is None:
            if self.newest is None:
                raise NoCheckpointYet
            return self.newest
        found = checkpoints.of_size(self.cursor, self.origin, size)
        if found is None:
            raise UnknownCheckpoint(size)
        return found

    def note(self, signed: Signed) -> bytes:
        return checkpoints.witnessed(self.cursor, self.origin, signed)

    def tiles(self) -> TilesRead:
        return TilesRead(self.cursor, self.edge)


class Tree:
    """The tree of one log, for reading. May be used from any thread; raises `Unavailable`."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._told: tuple[float, bytes, int] | None = None
        self._kept: dict[Tile, bytes] = {}

    def newest(self) -> bytes:
        """The newest checkpoint, asked of the database a few times a second at most: anybody may
        ask for it. Raises `NoCheckpointYet`.
        """
        return self._newest()[0]

    def checkpoint(self, size: int | None = None) -> bytes:
        """The newest checkpoint, or that of a size. Raises `NoCheckpointYet`,
        `UnknownCheckpoint`.
        """
        with self._moment() as moment:
            return moment.note(moment.signed(size))

    def of_size(self, size: int) -> tuple[Covering, bytes]:
        """The checkpoint of a size, and its note. Raises `UnknownCheckpoint`."""
        with self._moment() as moment:
            signed = moment.signed(size)
            found = checkpoints.covering(moment.cursor, moment.origin, signed.size)
            assert found is not None, "the checkpoint of a size covers as many positions"
            return found, moment.note(signed)

    def known_at(self, known_at: Instant) -> tuple[Covering, bytes]:
        """The first checkpoint that holds every fact recorded by an instant, and its note.

        The instant has to be final. Raises `NotProvedYet`, `NoCheckpointYet`.
        """
        with self._moment() as moment:
            position = last_position_before(moment.cursor, known_at + 1)
            found = checkpoints.covering(moment.cursor, moment.origin, position)
            if found is None:
                raise NotProvedYet(position, moment.signed().size)
            return found, moment.note(found.signed)

    def resting_on(self, known_at: Instant) -> Covering | None:
        """The same checkpoint, if it was signed by now."""
        try:
            return self.known_at(known_at)[0]
        except (NotProvedYet, NoCheckpointYet):
            return None

    def proofs(self, positions: Sequence[int], signed: Signed) -> Iterator[InclusionProof]:
        """That each of these facts stands in a checkpoint, as the log alone signed it."""
        with self._moment() as moment:
            tree = moment.tiles().tree(signed.size)
            for first in range(0, len(positions), _PROOFS_AT_ONCE):
                group = positions[first : first + _PROOFS_AT_ONCE]
                spans = [inclusion_spans(position - 1, signed.size) for position in group]
                hashes = iter(tree.hashes([span for path in spans for span in path]))
                for position, path in zip(group, spans, strict=True):
                    yield InclusionProof(
                        position - 1, tuple(islice(hashes, len(path))), signed.note
                    )

    def proof(self, fact: StoredFact, size: int | None = None) -> InclusionProof:
        """That a fact stands in the newest checkpoint, or in that of a size.

        Raises `NotProvedYet`, `UnknownCheckpoint`, `BeyondTree`.
        """
        with self._moment() as moment:
            if size is None and fact.position > moment.size:
                raise NotProvedYet(fact.position, moment.size)
            signed = moment.signed(size)
            path = moment.tiles().tree(signed.size).inclusion(fact.position - 1)
            return InclusionProof(fact.position - 1, tuple(path), moment.note(signed))

    def consistency(self, old: int, size: int | None = None) -> ConsistencyProof:
        """That the newest checkpoint, or that of a size, begins with an earlier tree.

        Raises `NoCheckpointYet`, `UnknownCheckpoint`, `BeyondTree`.
        """
        with self._moment() as moment:
            signed = moment.signed(size)
            path = moment.tiles().tree(signed.size).consistency(old)
            return ConsistencyProof(old, tuple(path), moment.note(signed))

    def tile(self, tile: Tile) -> bytes:
        """The bytes of a tile of the signed tree; raises `BeyondTree`, `NoCheckpointYet`."""
        _refuse_beyond(tile, self._newest()[1])
        found = self._kept.get(tile)
        if found is None:
            with self._moment() as moment:
                found = moment.tiles().read([tile])[tile]
            if len(self._kept) >= _TILES_KEPT:
                self._kept.clear()
            self._kept[tile] = found
        return found

    def entries(self, tile: Tile) -> bytes:
        """The leaves under a tile of the lowest level, bundled; raises `BeyondTree`."""
        with self._moment() as moment:
            _refuse_beyond(tile, moment.size)
            first = tile.index * WIDTH
            leaves = list(dense_leaves(moment.cursor, first, first + tile.width))
            return bundled(leaves)

    def log_keys(self) -> list[LogKey]:
        """Every key that this log ever signed with, the newest first; raises
        `NoCheckpointYet` before the first.
        """
        with self._moment() as moment:
            found = checkpoints.keys(moment.cursor, moment.origin)
            if not found:
                raise NoCheckpointYet
            return found

    def cosign(self, size: int, lines: Iterable[str]) -> int:
        """Keep what witnesses say of the checkpoint of a size; how many of them are trusted.

        Raises `UnknownCheckpoint`, `MalformedProof`, `WrongSignature`, `NotSigned`.
        """
        with self._reader.cursor() as cursor, cursor.connection.transaction():
            origin = checkpoints.origin_of(read_edge(cursor).log_id)
            signed = checkpoints.of_size(cursor, origin, size)
            if signed is None:
                raise UnknownCheckpoint(size)
            return checkpoints.cosign(cursor, origin, signed, lines)

    def _newest(self) -> tuple[bytes, int]:
        known = self._told
        if known is None or monotonic() - known[0] > _FRESH_S:
            with self._moment() as moment:
                signed = moment.signed()
                known = self._told = (monotonic(), moment.note(signed), signed.size)
        return known[1:]

    @contextmanager
    def _moment(self) -> Generator[_Moment]:
        with self._reader.snapshot() as cursor:
            log_id, edge = read_edge(cursor)
            origin = checkpoints.origin_of(log_id)
            yield _Moment(cursor, origin, edge, checkpoints.newest(cursor, origin))


def _refuse_beyond(tile: Tile, size: int) -> None:
    if tile.level > 7 or tile_for(tile.level, tile.index, size).width < tile.width:
        raise BeyondTree(f"tile {tile.path}", size)
