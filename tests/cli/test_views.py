"""`rebuild` and `views` as an operator types them, with and without a server at work."""

from ledger.facts.instants import parse_instant
from projections.catalogue import projections
from projections.worker import Worker
from tests.cli.conftest import Run
from tests.projections.following import NAMES, execute, keep_up, mend, poison, rows
from tests.store.opened import sandbox, violation

START = parse_instant("2026-03-01T00:00:00Z")


def test_views_are_shown_compared_rebuilt_and_retried(run: Run, dsn: str) -> None:
    assert "There is no log here yet" in run("views").err
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        ledger.handle(violation("a", "v-1", "medicines"), "svc")
        good = ledger.reader.head().last_position
        bad = poison(dsn, "b")
        keep_up(dsn, ledger.clock)

        shown = run("views", "--json").json()
        assert [(s["view"], s["position"], s["lag"], s["parked"]) for s in shown] == [
            (view, str(bad), 0, 1) for view in NAMES
        ]
        assert "kept up by nobody now, 1 streams parked" in run("views").out

        page = run("views", "parked", "--json", "--limit", "2").json()
        assert page["next"] == "disputes:seller-b"
        assert [row["position"] for row in page["parked"]] == [str(bad)] * 2
        assert "cannot be read" in run("views", "parked", "--after", "sanctions:x").out
        assert run("views", "retry").status == 2
        assert run("views", "retry", "sellers", "--all", "--json").status == 1
        assert "No view has parked the seller 'c'" in run("views", "retry", "--seller", "c").err

        execute(dsn, "UPDATE sellers SET points = 7 WHERE seller_id = 'a'")
        checked = run("rebuild", "sellers", "--check")
        assert checked.status == 1
        assert "sellers {'seller_id': 'a'}: points is 7, not 6" in checked.out
        assert "accepted" in run("rebuild", "sailors", "--json").out

        worker = Worker(dsn, projections(), ledger.clock)
        worker.start()
        try:
            mend(dsn, bad, like=good)
            assert run("views", "retry", "--seller", "b").status == 0
            assert run("views", "parked").out == "Nothing is parked.\n"
            assert "kept up by a server" in run("views").out
            rebuilt = run("rebuild", "--json").json()
            assert {row["position"] for row in rebuilt} == {str(bad)}
            assert run("rebuild", "--check").out == "Every row is what the log gives.\n"
        finally:
            worker.stop()
    assert {r["seller_id"]: r["points"] for r in rows(dsn, "sellers")} == {"a": 6, "b": 6}
