"""What the doctor finds of proofs: how far the log is signed, and what keeps it from being."""

from typing import Any, Final

import psycopg

from api.doctor_finding import Finding
from api.settings import Settings
from projections.tree import checkpoints
from projections.tree.leaves import log_end
from projections.tree.signing import KeyElsewhere, why_not
from projections.tree.tiles import read_edge

FAR_BEHIND: Final = 100_000
"""Facts; a tree that is followed is a second behind."""


def proofs(connection: "psycopg.Connection[Any]", settings: Settings) -> Finding:
    """How far the log is signed, and whether this machine could sign on."""
    try:
        with connection.transaction(), connection.cursor() as cursor:
            log_id, edge = read_edge(cursor)
            signed = checkpoints.newest(cursor, checkpoints.origin_of(log_id))
            end = log_end(cursor)
            refused = why_not(cursor, settings.data_dir)
    except psycopg.errors.UndefinedTable:
        return Finding("proofs", "warn", "there is no tree yet", "start this version of the server")
    size = 0 if signed is None else signed.size
    says = f"of {end:,} facts {edge.size:,} are in the tree, and {size:,} signed"
    if isinstance(refused, KeyElsewhere):
        return Finding("proofs", "warn", f"{says}; {refused}", refused.accepted)
    if refused is not None:
        return Finding("proofs", "fail", str(refused), refused.accepted)
    if end - size > FAR_BEHIND:
        return Finding("proofs", "warn", says, "run a server: it signs what is new")
    return Finding("proofs", "ok", says)
