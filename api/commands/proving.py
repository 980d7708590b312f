"""`proof`: one fact held against what was signed."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.options import AsJson, DataDir, Keys, console, say_json

if TYPE_CHECKING:
    from ledger.proof.tlog_proof import InclusionProof

PROOF_HELP = """Prove one fact, or check a proof that somebody else shows.

A proof file holds the fact's bytes, its path through the tree and the signed checkpoint: to check
it, nothing but the log's key is needed.

  seller-ledger proof seller-s-1.3

  seller-ledger proof check seller-s-1.3.tlog-proof --key log.key
"""
CHECK = "check"


def proof(
    fact: Annotated[str, typer.Argument(metavar="FACT|check", help="A fact_id, or `check`.")],
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="The proof to check.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The file; - is standard output. Absent: FACT.tlog-proof.")
    ] = None,
    leaf: Annotated[
        Path | None, typer.Option(help="The leaf's bytes, where the proof does not hold them.")
    ] = None,
    key: Keys = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Prove one fact, or check a proof."""
    if fact == CHECK:
        if file is None:
            raise typer.BadParameter("is needed: which proof?", param_hint="FILE")
        if not key:
            raise typer.BadParameter("is needed: a proof vouches for nobody", param_hint="--key")
        _check(file, leaf, key, as_json)
        return
    if file is not None or leaf is not None or key:
        raise typer.BadParameter("goes with `proof check FILE`", param_hint="FILE, --leaf, --key")
    made = _make(fact, data_dir)
    if out == Path("-"):
        sys.stdout.buffer.write(made.encode())
        return
    place = out or Path(f"{fact}.tlog-proof")
    _write(place, made.encode())
    size = int(made.checkpoint.split(b"\n")[1])
    if as_json:
        say_json({"file": str(place), "index": made.index, "checkpoint_size": size})
    else:
        told = f"{place}: position {made.index + 1:,} in a checkpoint of {size:,} facts."
        console().print(told, markup=False)


def _make(fact_id: str, data_dir: Path | None) -> "InclusionProof":
    from msgspec.structs import replace

    from api.looking import Looking
    from api.opening import database, settings_of
    from api.reads import record_at_terminal
    from api.refusals import UnknownFact
    from ledger.facts.ids import address_of
    from projections.tree.leaves import leaf_of
    from projections.tree.reading import Tree

    settings = settings_of(data_dir)
    with database(settings) as dsn, Looking(dsn, settings) as log:
        address = address_of(fact_id)
        stored = None if address is None else log.reader.fact(*address)
        if stored is None:
            raise UnknownFact
        made = replace(Tree(log.reader).proof(stored), extra=leaf_of(stored).encode())
        record_at_terminal(log, "leaf", 1, fact_id=fact_id)
        return made


def _write(place: Path, what: bytes) -> None:
    from api.exporting import PlaceRefused

    try:
        place.write_bytes(what)
    except OSError as problem:
        raise PlaceRefused(place, (problem.strerror or "no reason given").lower()) from None


def _check(file: Path, leaf: Path | None, key: list[str], as_json: bool) -> None:
    from api.verifying import check_proof, keys_in
    from ledger.facts.instants import format_instant

    fact, found = check_proof(file, leaf, keys_in(key))
    told = found.checkpoint
    recorded_at = format_instant(fact.recorded_at)
    if as_json:
        say_json(
            {
                "fact_id": f"{fact.stream}.{fact.version}",
                "position": str(fact.position),
                "kind": fact.name,
                "recorded_at": recorded_at,
                "data": fact.state.decode("utf-8", "replace"),
                "log": told.origin,
                "checkpoint_size": told.size,
                "signed_by": [one.line for one in found.keys],
            }
        )
        return
    console().print(
        f"{fact.name} {fact.stream}.{fact.version}, recorded at {recorded_at}, stands at position "
        f"{fact.position:,} of {told.origin}.\n"
        f"Signed at {told.size:,} facts by {', '.join(one.line for one in found.keys)}.\n"
        f"{fact.state.decode('utf-8', 'replace')}",
        markup=False,
    )
