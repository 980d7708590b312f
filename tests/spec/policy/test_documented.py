"""The packs in docs/policy-packs.md can be copied as they stand."""

import re
from pathlib import Path

import pytest

from ledger.policy.check import check
from ledger.policy.pack import MANY, ONE, Header, MilestoneTable
from ledger.policy.policy import Policy

DOCUMENT = Path(__file__).parents[3] / "docs" / "policy-packs.md"
TEXT = DOCUMENT.read_text()
BLOCKS = re.findall(r"```toml\n(.*?)```", TEXT, flags=re.DOTALL)
WHOLE = next(block for block in BLOCKS if block.startswith("name ="))
BUCKETS = [block for block in BLOCKS if block.startswith("[buckets.points]")]


def with_buckets(block: str) -> Policy:
    """The documented pack with its bucket of points replaced."""
    before, _, rest = WHOLE.partition("[buckets.points]")
    return check(before + block + rest[rest.index("[buckets.strikes]") :])


def test_the_whole_pack_is_sound() -> None:
    assert check(WHOLE).ref == "small@2026-01-01"


@pytest.mark.parametrize("block", BUCKETS, ids=["shopee", "tiktok-shop"])
def test_the_buckets_of_other_marketplaces_are_sound(block: str) -> None:
    assert len(with_buckets(block).bucket("points").milestones) >= 4


def test_every_key_is_documented() -> None:
    tables = [Header, MilestoneTable, *ONE.values(), *MANY.values()]
    keys = {key for table in tables for key in table.model_fields}
    assert {key for key in keys if not re.search(rf"\b{key}\b", TEXT)} == set()
