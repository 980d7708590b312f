"""What proves the log: a fact's leaf and its proof, checkpoints, keys and tiles.

Under `/v1/log` stand the paths of C2SP tlog-tiles, so that any monitor can follow. Tiles,
checkpoints and keys are for everybody: they hold hashes, and nothing that could be read.
"""

from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.access import open_to_all, require
from api.bodies import answer, reads
from api.dependencies import MinPosition, TheFolder, TheLedger, TheTree
from api.lists.sending import Counted
from api.openapi import answers
from api.refusals import MalformedParameter, NotVerifiedYet, UnknownFact
from api.representations import position_text
from api.routes.facts import stored_fact
from api.sensitive import recorded
from api.verified import Verification, last_verified
from ledger.facts.instants import MalformedInstant, format_instant, parse_instant
from ledger.ledger import Ledger
from ledger.log import KnownAtInFuture
from ledger.proof.refusals import BeyondTree, MalformedProof, NotSigned, UnfitLeaf, WrongSignature
from ledger.proof.tiles import Tile, bundle_at
from ledger.proof.tlog_proof import MEDIA_TYPE as PROOF
from ledger.store.refusals import NotSettled, NotThereYet
from projections.tree.checkpoints import Covering
from projections.tree.leaves import leaf_of
from projections.tree.reading import NoCheckpointYet, NotProvedYet, Tree, UnknownCheckpoint

BYTES: Final = "application/octet-stream"
TEXT: Final = "text/plain"
_FOR_EVER: Final = "max-age=31536000, immutable"
_ALL: Final = {"Cache-Control": f"public, {_FOR_EVER}"}
_HOLDERS: Final = {"Cache-Control": f"private, {_FOR_EVER}"}
_SOON: Final = {"Cache-Control": "public, max-age=1"}
"""A checkpoint is a thing of seconds."""
_LARGEST: Final = (1 << 63) - 1
MOST_COSIGNATURES: Final = 100

router = APIRouter(tags=["proof"], dependencies=[require("audit:read")])
witnesses = APIRouter(tags=["proof"], dependencies=[require("admin")])
public = APIRouter(tags=["proof"], dependencies=[open_to_all()])

Size = Annotated[
    int | None, Query(ge=0, le=_LARGEST, description="Of a checkpoint that was signed: the newest")
]
KnownAt = Annotated[
    str | None, Query(description="The first that holds all that had been recorded by then")
]
TilePath = Annotated[str, Path(description="As C2SP tlog-tiles names it: 0/x001/234 or 1/003.p/17")]


class KeySeen(msgspec.Struct, frozen=True):
    """A public key of the log's, as a verifier key line, and when it signed."""

    vkey: str
    began_at: str
    retired_at: str | None


class Keys(msgspec.Struct, frozen=True):
    """Every key that this log ever signed with, the newest first."""

    keys: list[KeySeen]


class Cosignatures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What witnesses say of one checkpoint: their lines of its note."""

    size: Annotated[int, msgspec.Meta(ge=0, le=_LARGEST)]
    signatures: Annotated[
        list[Annotated[str, msgspec.Meta(max_length=8_192)]],
        msgspec.Meta(min_length=1, max_length=MOST_COSIGNATURES),
    ]


class Heard(msgspec.Struct, frozen=True):
    """How many trusted witnesses were heard."""

    accepted: int


def _raw(media_type: str, says: str, *refusals: Any) -> dict[str, Any]:
    """The keywords of a route that answers with bytes."""
    kept = answers(str, *refusals, says=says)
    kept["responses"][200]["content"] = {media_type: {"schema": {"type": "string"}}}
    return kept


@router.get(
    "/v1/facts/{fact_id}/proof",
    **_raw(PROOF, "A tlog-proof file", UnknownFact, UnknownCheckpoint, NotProvedYet, NotThereYet),
)
async def proof(
    fact_id: str,
    ledger: TheLedger,
    tree: TheTree,
    size: Size = None,
    min_position: MinPosition = None,
) -> Response:
    """That the fact stands in the log: the path from its leaf to a signed checkpoint.

    A fact of the last seconds is in no checkpoint yet: 503, with `Retry-After`.
    """
    stored = await stored_fact(ledger, fact_id, min_position)
    made = await run_in_threadpool(tree.proof, stored, size)
    name = f'attachment; filename="{fact_id}.tlog-proof"'
    return Response(made.encode(), media_type=PROOF, headers={"Content-Disposition": name})


@router.get(
    "/v1/facts/{fact_id}/leaf",
    dependencies=[recorded("leaf")],
    **_raw(BYTES, "The leaf's bytes", UnknownFact, NotThereYet),
)
async def leaf(fact_id: str, ledger: TheLedger, min_position: MinPosition = None) -> Response:
    """The bytes that were hashed: a few lines that anybody can read, and the fact as it is
    stored.
    """
    stored = await stored_fact(ledger, fact_id, min_position)
    return Response(leaf_of(stored).encode(), media_type=BYTES, headers=_HOLDERS)


@public.get(
    "/v1/log/checkpoint",
    **_raw(
        TEXT,
        "A signed note",
        UnknownCheckpoint,
        NoCheckpointYet,
        NotProvedYet,
        MalformedInstant,
        KnownAtInFuture,
        NotSettled,
    ),
)
async def checkpoint(
    tree: TheTree, ledger: TheLedger, size: Size = None, known_at: KnownAt = None
) -> Response:
    """What the whole log is: its size and its root, signed by the log and by witnesses.

    With `known_at` it is the first that holds every fact recorded by then: the facts up to the
    header `Ledger-Position`. `Ledger-Recorded-At` is of the last fact that it holds. These and
    `Ledger-Signed-At` come with `size` too.
    """
    if known_at is not None:
        if size is not None:
            raise MalformedParameter(
                "both a size and an instant are given", field="size", accepted="one of the two"
            )
        found, note = await run_in_threadpool(_known, ledger, tree, known_at)
        return Response(note, media_type=TEXT, headers=_SOON | _covered(found))
    if size is not None:
        found, note = await run_in_threadpool(tree.of_size, size)
        return Response(note, media_type=TEXT, headers=_SOON | _covered(found))
    note = await run_in_threadpool(tree.newest)
    return Response(note, media_type=TEXT, headers=_SOON)


def _known(ledger: Ledger, tree: Tree, known_at: str) -> tuple[Covering, bytes]:
    instant = parse_instant(known_at, "known_at")
    ledger.check_known_before(instant)
    return tree.known_at(instant)


def _covered(found: Covering) -> dict[str, str]:
    return {
        "Ledger-Position": position_text(found.position),
        "Ledger-Recorded-At": format_instant(found.recorded_at),
        "Ledger-Signed-At": format_instant(found.signed_at),
    }


@public.get("/v1/log/key", **_raw(TEXT, "A verifier key", NoCheckpointYet))
async def key(tree: TheTree) -> Response:
    """The key that signs now, as a verifier key line."""
    newest = (await run_in_threadpool(tree.log_keys))[0]
    return Response(f"{newest.key.line}\n", media_type=TEXT, headers=_SOON)


@public.get("/v1/log/keys", **answers(Keys, NoCheckpointYet))
async def keys(tree: TheTree) -> Response:
    """Every key that this log ever signed with, the newest first."""
    found = await run_in_threadpool(tree.log_keys)
    shown = [
        KeySeen(key.line, format_instant(began), None if ended is None else format_instant(ended))
        for key, began, ended in found
    ]
    return answer(Keys(shown))


@router.get(
    "/v1/log/consistency",
    **_raw(TEXT, "`old`, a path and a checkpoint", BeyondTree, UnknownCheckpoint, NoCheckpointYet),
)
async def consistency(
    tree: TheTree,
    old: Annotated[int, Query(alias="from", ge=0, le=_LARGEST, description="The earlier size")],
    size: Size = None,
) -> Response:
    """That the log only grew since it had so many facts: what C2SP tlog-witness is asked with."""
    made = await run_in_threadpool(tree.consistency, old, size)
    return Response(made.encode(), media_type=TEXT)


@router.get("/v1/log/verification", **answers(Verification, NotVerifiedYet))
async def verification(folder: TheFolder) -> Response:
    """What the last `seller-ledger verify` over this server's folder found: when the record was
    held against its tree, and whether it is whole. A notice, and no proof.
    """
    return answer(await run_in_threadpool(last_verified, folder))


@router.get(
    "/v1/log/tile/entries/{path:path}",
    dependencies=[recorded("leaves")],
    **_raw(BYTES, "A bundle of leaves", BeyondTree, MalformedProof, UnfitLeaf, NoCheckpointYet),
)
async def entries(path: TilePath, tree: TheTree) -> Response:
    """The leaves under a tile of the lowest level, each behind its length in two bytes."""
    bundle = bundle_at(path)
    found = await run_in_threadpool(tree.entries, bundle)
    return Counted(found, bundle.width, _HOLDERS, BYTES)


@public.get(
    "/v1/log/tile/{path:path}",
    **_raw(BYTES, "Up to 256 hashes", BeyondTree, MalformedProof, NoCheckpointYet),
)
async def tile(path: TilePath, tree: TheTree) -> Response:
    """A tile of the tree: neighbouring hashes of one level. What it holds never changes."""
    found = await run_in_threadpool(tree.tile, Tile.at(path))
    return Response(found, media_type=BYTES, headers=_ALL)


@witnesses.post(
    "/v1/log/cosignatures",
    **answers(Heard, UnknownCheckpoint, MalformedProof, NotSigned, WrongSignature),
)
async def cosign(told: Annotated[Cosignatures, reads(Cosignatures)], tree: TheTree) -> Response:
    """Keep what witnesses say of a checkpoint; it is served with it from then on. Lines of
    witnesses that are not trusted here are passed over.
    """
    heard = await run_in_threadpool(tree.cosign, told.size, told.signatures)
    return answer(Heard(heard))
