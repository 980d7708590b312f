"""The laws of whole runs: on real stories, from the log to what is kept of each seller."""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.ledger import Ledger
from ledger.standing.standing import standing
from projections.archive.archive import writing
from projections.archive.looking import Violations
from projections.archive.manifest import reading
from projections.what_if.kept import Kept
from projections.what_if.knowing import known_to
from projections.what_if.laying import laid_out
from projections.what_if.reading import scenario_from
from projections.what_if.running import on_this_machine, run
from tests.laws.stories import PACKS, SELLERS, Step, stories, stories_told, told
from tests.store.opened import annulment

SAID = ("status", "can_sell", "can_promote", "can_withdraw")


def now_of(ledger: Ledger, seller_id: str) -> tuple[Any, ...]:
    """What a seller may do now, and its totals."""
    now = ledger.now()
    found = standing(ledger.reader.seller(seller_id), ledger.rulebook, now, now)
    return (*(getattr(found, name) for name in SAID), {b.bucket: b.value for b in found.buckets})


@contextmanager
def kept(dsn: str, ledger: Ledger, asked: dict[str, Any]) -> Generator[Kept]:
    """A scenario run over all that the ledger holds by now."""
    with (
        tempfile.TemporaryDirectory() as name,
        psycopg.connect(dsn) as connection,
        connection.cursor() as cursor,
    ):
        folder = Path(name)
        with writing(folder / "archive") as archivist:
            archivist.catch_up(cursor, 9)
        known = known_to(cursor, ledger.now())
        with reading(folder / "archive") as manifest:
            laid = laid_out(scenario_from(asked, known), known, folder / "archive", manifest)
            run(laid, known, on_this_machine(2), folder / "run", lambda _done, _of: None)
            yield Kept(folder / "run", Violations(folder / "archive", manifest))


@pytest.mark.parametrize("pack", PACKS)
@stories_told(examples=2)
@given(story=stories)
def test_the_same_pack_and_no_change_is_no_difference(
    dsn: str, pack: str, story: list[Step]
) -> None:
    with told(dsn, pack) as telling:
        for step in story:
            telling.tell(step)
        with kept(dsn, telling.ledger, {"name": "no change"}) as found:
            result = found.result
            assert result.summary.differ == 0
            assert list(found.all()) == []
            for both in (
                result.summary.suspended,
                result.summary.freezes,
                result.summary.selling,
                result.summary.promotion,
                *result.summary.sanctions.values(),
                *(m.points for m in result.series.months),
                *(f.points for f in result.series.families),
                *(f.sanctions for f in result.series.families),
            ):
                assert both.baseline == both.scenario
            points = 0
            for seller_id in SELLERS:
                seller = telling.ledger.reader.seller(seller_id)
                points += sum(
                    seller.value(b.name, telling.ledger.now())
                    for b in telling.ledger.rulebook.editions[-1].buckets
                    if b.unit == "points"
                )
            assert sum(f.points.baseline for f in result.series.families) == points


@pytest.mark.parametrize("pack", ["aliexpress-ladder", "capped"])
@stories_told(examples=3)
@given(story=stories, which=st.integers(0, 9))
def test_leaving_a_violation_out_is_annulling_it_at_the_instant_of_its_recording(
    dsn: str, pack: str, story: list[Step], which: int
) -> None:
    """One ledger is told a story, another the same with a violation annulled as it is recorded.

    Without publications, whose lower limits are noticed by what judged a bucket, annulled or not;
    and without waivers, which need the sanction that they waive.
    """
    steps = [s for s in story if s[0] not in ("publish", "waive", "annul", "appeal", "review")]
    violations = [n for n, step in enumerate(steps) if step[0] == "violate"]
    if not violations:
        return
    gone = violations[which % len(violations)]
    lived: dict[str, tuple[Any, ...]] = {}
    asked: dict[str, Any] = {
        "name": "without it",
        "facts": {"leave_out": [{"violation": f"v-{gone + 1}"}]},
    }
    with told(dsn, pack) as telling:
        for number, step in enumerate(steps):
            telling.tell(step)
            if number == gone:
                seller = SELLERS[step[1]]
                with_all = telling.ledger.reader.seller(seller).violation(f"v-{gone + 1}")
                if with_all is None:
                    return
                telling.ledger.handle(annulment(seller, f"v-{gone + 1}"), "ann")
        for seller in SELLERS:
            lived[seller] = now_of(telling.ledger, seller)
    with told(dsn, pack) as telling:
        for step in steps:
            telling.tell(step)
        with kept(dsn, telling.ledger, asked) as found:
            for d in found.all():
                totals = {bucket: both.scenario for bucket, both in d.totals.items()}
                now = (*(getattr(d, name)[1] for name in SAID), totals)
                assert now == lived[d.seller_id]
                lived.pop(d.seller_id)
        for seller, wanted in lived.items():
            assert now_of(telling.ledger, seller) == wanted
