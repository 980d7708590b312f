"""The ground that every figure stands on: a fresh embedded PostgreSQL and a stream of
violations.
"""

import random
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import psycopg
from psycopg.conninfo import make_conninfo

from ledger.store.migrate import migrate
from ledger.store.server import EmbeddedPostgres

MIGRATIONS = Path(__file__).resolve().parents[1] / "projections" / "migrations"
RULES = (
    "false-delivery", "keyword-stuffing", "misdescription", "price-deception", "missing-tracking",
    "unsent-orders", "harassment", "medicines", "seeds", "wrong-category", "duplicate-listing",
)  # fmt: skip
SOURCES = ("platform", "buyer", "automated")


@contextmanager
def server() -> Generator[str]:
    """A PostgreSQL of our own with durable commits, in a folder that goes away; its DSN."""
    with (
        TemporaryDirectory(prefix="ledger bench ") as folder,
        EmbeddedPostgres(Path(folder)) as postgres,
    ):
        yield postgres.dsn


def fresh_database(dsn: str, name: str, *, migrated: bool = True) -> str:
    """The DSN of a new database."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    found = make_conninfo(dsn, dbname=name)
    if migrated:
        migrate(found, MIGRATIONS)
    return found


def violation_lines(count: int, sellers: int, seed: int = 7, first: int = 0) -> list[bytes]:
    """NDJSON commands: violations spread over sellers, about a third of them naming a listing."""
    draw = random.Random(seed)
    lines: list[bytes] = []
    for number in range(first, first + count):
        command = {
            "command": "record-violation",
            "seller_id": f"s-{draw.randrange(sellers):07d}",
            "violation_id": f"v-{number:08d}",
            "rule": draw.choice(RULES),
            "source": draw.choice(SOURCES),
            "statement": "The listing shows another article than the parcels held.",
            "reported_by": f"detector-{draw.randrange(9)}",
        }
        if number % 3 == 0:
            command["listing_id"] = f"l-{draw.randrange(10**6):07d}"
        lines.append(msgspec.json.encode(command))
    return lines
