"""The scenarios in the documents can be copied as they stand."""

import re
from pathlib import Path

import pytest

from ledger.facts.instants import parse_instant
from projections.what_if.filters import Filter
from projections.what_if.reading import MalformedScenario, scenario_from_toml
from projections.what_if.report import report
from projections.what_if.scenario import Added, PolicyChange, Setting, Times, Title
from projections.what_if.words import in_words
from tests.projections.what_if.archived import known
from tests.projections.what_if.judged import run
from tests.projections.what_if.test_report import answered, population

DOCS = Path(__file__).parents[3] / "docs"
TEXT = (DOCS / "what-if.md").read_text()
EXAMPLES = sorted((DOCS / "examples" / "what-if").glob("*.toml"))
LEDGER = known(parse_instant("2026-06-01T00:00:00Z"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_sound(path: Path) -> None:
    scenario = scenario_from_toml(path.read_text(), LEDGER)
    assert scenario.name
    assert in_words(scenario)
    assert f"(examples/what-if/{path.name})" in TEXT


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_can_be_run_and_reported(path: Path) -> None:
    log = population(30)
    done = run(log, path.read_text())
    result, differ = answered(done, log)
    assert result.summary.differ == len(differ)
    assert f"<h1>{done.plan.scenario.name}</h1>" in report(
        result, in_words(done.plan.scenario), differ
    )


def test_every_scenario_in_the_document_is_sound() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    assert blocks
    for block in blocks:
        scenario_from_toml(block, LEDGER)


def test_mistakes_are_told_as_the_document_says() -> None:
    (block,) = re.findall(r"```\n(The scenario has.*?)```", TEXT, re.DOTALL)
    with pytest.raises(MalformedScenario) as refused:
        scenario_from_toml(
            'name = "x"\npolicy.patch = { "buckets.point.limit" = 36 }\n'
            'facts.leave_out = [{ rule = "weapon" }]',
            LEDGER,
        )
    assert f"{refused.value}\n" == block


def test_every_key_is_documented() -> None:
    tables = [Title, Times, PolicyChange, Filter, Setting, Added]
    keys = {field.alias or name for t in tables for name, field in t.model_fields.items()}
    assert {key for key in keys if not re.search(rf"\b{key}\b", TEXT)} == set()
