"""What messages say is a contract of its own: docs/messages is what the models give, every fact
keeps to it, and what would break those who rely on it is refused.
"""

import json
from copy import deepcopy
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from api.fact_data import data_of
from api.messages.__main__ import DOCS, broken, contract
from api.messages.changes import breaks_readers, breaks_writers
from api.messages.envelope import ATTRIBUTES, Envelope
from api.messages.schemas import schemas
from api.messages.telling import fact_message
from ledger.facts.kinds import KINDS
from ledger.store.loading import StoredFact
from projections.broker.topics import COMMANDS, FACTS, PROGRESS, REJECTED, STANDING
from projections.outbox.progress import Parked, Progress
from tests.spec.facts.examples import COMPLETE, MINIMAL

MADE = dict(schemas())
RECORDED = MADE["violation-recorded.v1"]


@pytest.mark.parametrize("name", sorted(contract()))
def test_the_documents_are_what_the_models_give(name: str) -> None:
    assert (DOCS / name).read_text() == contract()[name], "run `python -m api.messages`"


def test_there_is_no_other_document() -> None:
    there = {f"messages/{path.name}" for path in (DOCS / "messages").iterdir()}
    assert there == {name for name in contract() if name.startswith("messages/")}
    assert broken(DOCS) == []


@pytest.mark.parametrize("examples", [COMPLETE, MINIMAL], ids=["complete", "minimal"])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_fact_keeps_to_its_schema(kind: str, examples: dict[str, Any]) -> None:
    if kind not in examples:
        pytest.skip("the other examples have it")
    said = json.loads(msgspec.json.encode(data_of(examples[kind])))
    strict = deepcopy(MADE[kind]) | {"additionalProperties": False}
    checked = jsonschema_rs.validator_for(strict, validate_formats=True)
    assert [str(error) for error in checked.iter_errors(said)] == []


def test_progress_keeps_to_its_schema() -> None:
    parked = {"seller-s-1": Parked(3, "why"), "dispute-d-1": Parked(4, "why")}
    sweeping = Progress(17, parked=parked, sweeping_to=2, sweeping_at=9, swept_after="s-2")
    strict = deepcopy(MADE["progress.v1"])
    for shape in strict["$defs"].values():
        shape["additionalProperties"] = False
    checked = jsonschema_rs.validator_for(strict, validate_formats=True)
    for progress, until in ((Progress(), None), (sweeping, 1_767_225_600_000_000)):
        said = json.loads(progress.record(until, until).message("log").value or b"")
        assert [str(error) for error in checked.iter_errors(said)] == []
    assert said["held_back"] == ["s-1"]
    assert said["sweep"] == {"after": "s-2", "valid_until": "2026-01-01T00:00:00.000000Z"}


def test_every_kind_has_an_example() -> None:
    assert set(KINDS) <= set(COMPLETE) | set(MINIMAL)


def test_the_headers_are_attributes_as_cloudevents_has_them() -> None:
    fact = MINIMAL["violation-recorded.v1"]
    stored = StoredFact("seller-s-1", 3, 17, "violation-recorded.v1", fact, b"")
    said = fact_message(stored, Envelope("seller-ledger/0123"))
    headers = dict(said.headers)
    assert (said.topic, said.key) == (FACTS, b"s-1")
    assert headers["ce_id"] == b"17"
    assert headers["ce_type"] == b"violation-recorded.v1"
    assert headers["ce_factid"] == b"seller-s-1.3"
    assert "ce_causedby" not in headers
    assert headers.keys() - {"content-type"} <= {f"ce_{name}" for name in ATTRIBUTES}
    assert all(name.isalnum() and name.islower() and len(name) <= 20 for name in ATTRIBUTES)
    assert all(value for value in headers.values())


def test_a_fact_about_no_seller_is_keyed_by_its_stream() -> None:
    fact = MINIMAL["policy-published.v1"]
    stored = StoredFact("policy-aliexpress", 1, 1, "policy-published.v1", fact, b"")
    assert fact_message(stored, Envelope("log")).key == b"policy-aliexpress"


def changed(**properties: Any) -> dict[str, Any]:
    new = deepcopy(RECORDED)
    for name, schema in properties.items():
        new["properties"][name] = schema
    return new


def test_what_readers_need_not_know_may_be_added() -> None:
    assert breaks_readers(RECORDED, RECORDED) == []
    assert breaks_readers(RECORDED, changed(more={"type": "string"})) == []


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("gone", "it has points no longer"),
        ("sometimes", "it has points not always"),
        ("other type", "it.points may now be of type string"),
        ("null", "it.points may now be of type null"),
        ("word", "it.severity knows 'serious' no longer"),
    ],
)
def test_what_would_break_readers_is_refused(new: str, why: str) -> None:
    now = deepcopy(RECORDED)
    match new:
        case "gone":
            del now["properties"]["points"]
        case "sometimes":
            now["required"].remove("points")
        case "other type":
            now = changed(points={"type": "string"})
        case "null":
            now = changed(points={"anyOf": [{"type": "integer"}, {"type": "null"}]})
        case _:
            now = changed(severity={"anyOf": [{"enum": ["general"]}, {"type": "null"}]})
    assert why in breaks_readers(RECORDED, now)


def test_what_would_refuse_commands_as_they_are_sent_is_refused() -> None:
    old = MADE["command.v1"]
    new = deepcopy(old)
    asked = new["$defs"]["RecordViolation"]
    asked["required"].append("severity")
    asked["properties"]["source"] = {"type": "integer"}
    del asked["properties"]["points"]
    found = breaks_writers(old, new)
    assert {"it has to have severity", "it has points no longer"} <= set(found)
    assert any("source may no longer be" in why for why in found)
    assert breaks_writers(old, old) == []


def test_asyncapi_names_every_topic_and_leads_only_to_what_is_there() -> None:
    """Its structure; against AsyncAPI's own schema it was checked when it was written."""
    told = json.loads((DOCS / "asyncapi.json").read_text())
    assert told["asyncapi"] == "3.0.0"
    addresses = {channel["address"] for channel in told["channels"].values()}
    assert addresses == {FACTS, STANDING, COMMANDS, REJECTED, PROGRESS}
    for ref in _refs(told):
        file, _, inside = ref.partition("#")
        if file:
            assert (DOCS / file).is_file(), ref
            continue
        found = told
        for name in inside.strip("/").split("/"):
            found = found[name]
    of_facts = told["channels"]["facts"]["messages"]
    assert len(of_facts) == len(KINDS)


def _refs(told: Any) -> list[str]:
    if isinstance(told, list):
        return [ref for each in told for ref in _refs(each)]
    if not isinstance(told, dict):
        return []
    own = [told["$ref"]] if isinstance(told.get("$ref"), str) else []
    return own + [ref for each in told.values() for ref in _refs(each)]
