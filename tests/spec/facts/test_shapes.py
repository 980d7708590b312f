"""The stored form of every fact, approved byte by byte: what a stored log relies on for ever.

A change that breaks one of these files changes what is stored. It needs a new version of
the kind and an upcaster, never a new text in the file.
"""

import json
from pathlib import Path

import msgspec
import pytest

from ledger.facts.fact import Fact
from ledger.facts.kinds import KINDS, UnreadableFact, from_bytes, name_of, to_bytes
from tests.spec.facts.examples import COMPLETE, MINIMAL

APPROVED = Path(__file__).parent / "approved"
EXAMPLES = {"complete": COMPLETE, "minimal": MINIMAL}
EVERY_SHAPE = [(kind, extent) for kind in KINDS for extent in EXAMPLES]


def approved(kind: str, extent: str) -> bytes:
    return (APPROVED / f"{kind}.{extent}.json").read_bytes()


def fields_of(kind: str, *, required_only: bool) -> set[str]:
    return {
        field.encode_name
        for field in msgspec.structs.fields(KINDS[kind])
        if field.required or not required_only
    }


def test_every_kind_has_its_two_files_and_no_file_lacks_a_kind() -> None:
    wanted = {f"{kind}.{extent}.json" for kind, extent in EVERY_SHAPE}
    assert {path.name for path in APPROVED.iterdir()} == wanted


@pytest.mark.parametrize(("kind", "extent"), EVERY_SHAPE)
def test_a_fact_is_stored_as_approved(kind: str, extent: str) -> None:
    fact = EXAMPLES[extent][kind]
    assert name_of(fact) == kind
    assert to_bytes(fact) == approved(kind, extent)


@pytest.mark.parametrize(("kind", "extent"), EVERY_SHAPE)
def test_what_was_stored_is_read_back_as_it_was(kind: str, extent: str) -> None:
    assert from_bytes(kind, approved(kind, extent)) == EXAMPLES[extent][kind]


@pytest.mark.parametrize("kind", KINDS)
def test_the_complete_file_leaves_no_field_out(kind: str) -> None:
    assert set(json.loads(approved(kind, "complete"))) == fields_of(kind, required_only=False)


@pytest.mark.parametrize("kind", KINDS)
def test_the_minimal_file_holds_the_required_fields_alone(kind: str) -> None:
    assert set(json.loads(approved(kind, "minimal"))) == fields_of(kind, required_only=True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_field_that_the_kind_does_not_have_is_not_read_over(kind: str) -> None:
    stored = {**json.loads(approved(kind, "minimal")), "mood": "bad"}
    with pytest.raises(UnreadableFact, match="mood"):
        from_bytes(kind, json.dumps(stored).encode())


@pytest.mark.parametrize("kind", KINDS)
def test_a_required_field_that_is_missing_is_named(kind: str) -> None:
    stored = json.loads(approved(kind, "minimal"))
    for field in fields_of(kind, required_only=True):
        rest = {name: value for name, value in stored.items() if name != field}
        with pytest.raises(UnreadableFact, match=f"{kind}.*{field}"):
            from_bytes(kind, json.dumps(rest).encode())


@pytest.mark.parametrize("fact", [*COMPLETE.values(), *MINIMAL.values()])
def test_a_fact_never_changes(fact: Fact) -> None:
    with pytest.raises(AttributeError):
        fact.actor = "somebody-else"  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("fact", COMPLETE.values(), ids=COMPLETE.keys())
def test_every_kind_says_in_words_what_it_means(fact: Fact) -> None:
    assert (type(fact).__doc__ or "").strip().endswith(".")
