"""docs/cases.md runs as written against the demonstration with the test clock."""

from tests.api.program import program
from tests.cli.as_written import run_as_written
from tests.cli.conftest import Run


def test_the_document_runs_as_written(run: Run, dsn: str) -> None:
    loaded = run("demo", "--load-only", "--sellers", "30", LEDGER_CLOCK="test")
    assert loaded.status == 0, loaded.err
    with program(dsn, clock="test") as server:
        run_as_written("cases.md", {"http://127.0.0.1:8080": server.base})
