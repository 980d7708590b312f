"""docs/reputation.md runs as written: against the demonstration, and under the ladder pack."""

from tests.api.program import program
from tests.cli.as_written import run_as_written
from tests.cli.conftest import Run


def test_the_document_runs_as_written(run: Run, dsn: str, empty_dsn: str) -> None:
    loaded = run("demo", "--load-only", "--sellers", "30", LEDGER_CLOCK="test")
    assert loaded.status == 0, loaded.err
    with (
        program(dsn, clock="test") as server,
        program(empty_dsn, clock="test", policy="aliexpress-ladder") as acting,
    ):
        ports = {
            "${port:-8080}": f"${{port:-{server.base.rpartition(':')[2]}}}",
            "port=8081": f"port={acting.base.rpartition(':')[2]}",
        }
        run_as_written("reputation.md", ports)
