"""A database that all tests of a module share, since a run takes seconds."""

from collections.abc import Iterator

import pytest

from tests.conftest import database


@pytest.fixture(scope="module")
def module_dsn(postgres: str, template: str) -> Iterator[str]:
    """The DSN of a migrated database that only this module knows."""
    with database(postgres, template) as (_, made):
        yield made
