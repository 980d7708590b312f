"""`transparency`: the same numbers as a table, as JSON and as CSV."""

from tests.cli.conftest import ROOT, Run

HISTORY = ROOT / "docs" / "examples" / "history.ndjson"
SPAN = ("--from", "2020-01-01T00:00:00Z", "--to", "2030-01-01T00:00:00Z")


def test_a_year_in_three_shapes(run: Run) -> None:
    assert run("import", HISTORY, "--history").status == 0
    told = run("transparency", *SPAN, "--json").json()
    assert told["counts"] and int(told["position"]) > 0
    table = run("transparency", *SPAN).out
    assert "violations" in table and f"As of position {told['position']}" in table
    lines = run("transparency", *SPAN, "--csv").out.splitlines()
    assert lines[0] == "about,what,of,count,share,median_hours"
    assert len(lines) == 1 + len(told["counts"])
    refused = run("transparency", "--from", SPAN[3], "--to", SPAN[1])
    assert refused.status == 1 and "an instant behind" in refused.err
