"""Applications to ask: on the system's clock, on the sandbox's, and one behind keys."""

from collections.abc import Iterator

import psycopg
import pytest

from api.keys import create_key
from tests.api.routes.world import World, world_of

ALL_KEYS = {
    "shop": ["standing:read"],
    "platform": ["facts:write"],
    "reviewer": ["cases:decide"],
    "analyst": ["audit:read"],
    "investigator": ["what-if:run"],
    "publisher": ["policy:publish"],
    "root": ["admin"],
}


@pytest.fixture
def live(dsn: str) -> Iterator[World]:
    """On the system's clock."""
    with world_of(dsn) as world:
        yield world


@pytest.fixture
def sandbox(dsn: str) -> Iterator[World]:
    """On the sandbox's clock, at the beginning of 2026."""
    with world_of(dsn, clock="test") as world:
        assert world.move("2026-01-01T00:00:00Z").status_code == 200
        yield world


@pytest.fixture
def locked(dsn: str) -> Iterator[tuple[World, dict[str, dict[str, str]]]]:
    """With keys: a key for each scope, and one of seller s-1's own."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        keys = {
            name: create_key(connection, subject=name, scopes=scopes, created_by="test")
            for name, scopes in ALL_KEYS.items()
        }
        keys["s-1"] = create_key(
            connection, subject="s-1", scopes=["standing:read"], created_by="test", seller_id="s-1"
        )
    with world_of(dsn, auth="keys") as world:
        yield world, {name: {"Authorization": f"Bearer {key}"} for name, key in keys.items()}
