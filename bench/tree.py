"""P7: facts that are in the log already, taken into the Merkle tree."""

import time
from statistics import median
from typing import Any

import psycopg

from bench.ground import fresh_database
from bench.rebuild import record_violations
from bench.table import Row
from ledger.proof.edge import Edge
from ledger.proof.hashing import leaf_hash
from projections.tree.integrating import AT_ONCE, integrate
from projections.tree.leaves import read_leaves


def measure(dsn: str, *, quick: bool) -> list[Row]:
    """The row of P7."""
    count, rounds = (20_000, 2) if quick else (250_000, 3)
    database = fresh_database(dsn, "tree")
    facts, _ = record_violations(database, count)
    ours: list[float] = []
    hashing: list[float] = []
    with psycopg.connect(database, autocommit=True) as connection:
        leaves = _leaves(connection, facts)
        for _ in range(rounds):
            hashing.append(facts / _hashed(leaves))
            began = time.perf_counter()
            while integrate(connection):
                pass
            ours.append(facts / (time.perf_counter() - began))
            _emptied(connection)
    return [
        Row("P7", "facts taken into the Merkle tree", median(ours), median(hashing), "leaves/s",
            0.1, enough=50_000,
            note=f"{facts:,} facts, {AT_ONCE:,} in a transaction, {rounds} rounds, medians; "
            "against hashing the same leaves and their tree in memory"),
    ]  # fmt: skip


def _leaves(connection: "psycopg.Connection[Any]", facts: int) -> list[bytes]:
    with connection.cursor() as cursor:
        return [leaf.encode() for leaf in read_leaves(cursor, 0, facts)]


def _hashed(leaves: list[bytes]) -> float:
    began = time.perf_counter()
    assert Edge().grown([leaf_hash(leaf) for leaf in leaves])[0].root
    return time.perf_counter() - began


def _emptied(connection: "psycopg.Connection[Any]") -> None:
    """The same log without a tree: only here is one ever taken away."""
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute("DELETE FROM tree_tile")
        connection.execute("UPDATE tree_edge SET size = 0, tiles = '{}'")
