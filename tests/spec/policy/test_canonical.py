"""The bytes of a pack that the log keeps: one spelling, nothing lost."""

import json
from pathlib import Path

import pytest

from ledger.policy.check import check, policy_from_canonical
from ledger.policy.document import canonical, digest, read
from ledger.policy.mistakes import MalformedPack

SMALL = (Path(__file__).parent / "small.toml").read_text()


def test_canonical_bytes_are_compact_sorted_and_utf_8() -> None:
    data = read('b = "Ω"\na = 2020-01-01T01:00:00+01:00\n[c]\nz = [1, true]\ny = {}')
    assert canonical(data) == (
        '{"a":"2020-01-01T00:00:00.000000Z","b":"Ω","c":{"y":{},"z":[1,true]}}'.encode()
    )
    assert digest(b"") == (
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


def test_order_and_comments_change_no_digest_and_a_source_does() -> None:
    top, _, rest = SMALL.partition("[options]")
    shuffled = "\n".join(reversed(top.strip().splitlines())) + "\n# a word\n[options]" + rest
    assert check(shuffled).digest == check(SMALL).digest
    assert check(SMALL.replace("handbook 3", "handbook 30")).digest != check(SMALL).digest


def test_a_policy_comes_back_from_its_bytes() -> None:
    assert policy_from_canonical(canonical(read(SMALL))) == check(SMALL)


@pytest.mark.parametrize(
    ("stored", "found"),
    [
        (b"", "bytes that are not JSON"),
        (b"\xff", "bytes that are not JSON"),
        (b"[]", "JSON that is not in canonical form"),
        (json.dumps(read(SMALL)).encode(), "JSON that is not in canonical form"),
    ],
)
def test_other_bytes_are_refused(stored: bytes, found: str) -> None:
    with pytest.raises(MalformedPack, match=found):
        policy_from_canonical(stored)
