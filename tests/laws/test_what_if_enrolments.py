"""The laws of products in campaigns: what a what-if counts is what the ledger did."""

import os
import tempfile
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

os.environ.setdefault("NUMBA_BOUNDSCHECK", "1")

from ledger.decide.promotion_commands import DecideEnrolment, WithdrawProduct
from ledger.facts.instants import DAY_US, format_instant
from ledger.facts.refusal import Refusal
from ledger.ledger import Ledger
from ledger.policy.document import canonical
from projections.archive.archive import writing
from projections.archive.looking import Violations
from projections.archive.manifest import reading
from projections.archive.verifying import findings
from projections.what_if.kept import Kept
from projections.what_if.knowing import known_to
from projections.what_if.laying import laid_out
from projections.what_if.reading import scenario_from
from projections.what_if.running import on_this_machine, run
from tests.laws.stories import PACKS, SELLERS, START, Step, Telling, pack_data, stories_told
from tests.projections.case_stories import TABLES
from tests.spec.promoted import announcement, registration
from tests.store.opened import annulment, sandbox, violation

CAMPAIGNS = {"spring": (10, 20), "summer": (25, 60)}
"""When each starts and ends, in days from the beginning; registration is open until it starts."""
PRODUCTS = 6

BEGUN: list[Step] = [("enrol", who, n, n) for who in range(len(SELLERS)) for n in range(2)]
"""So that there is something to lose."""

seller = st.integers(0, len(SELLERS) - 1)
enrolments: st.SearchStrategy[list[Step]] = st.lists(
    st.tuples(st.just("violate"), seller, st.integers(0, 4), st.sampled_from((0, 0, 1, 13, 90)))
    | st.tuples(st.just("enrol"), seller, st.integers(0, PRODUCTS - 1), st.integers(0, 1))
    | st.tuples(st.just("enrol"), seller, st.integers(0, PRODUCTS - 1), st.integers(0, 1))
    | st.tuples(st.just("wait"), st.just(0), st.sampled_from((0, 0, 1, 2, 6)), st.integers(0, 1))
    | st.tuples(st.just("annul"), seller, st.integers(0, 9), st.integers(0, 1))
    | st.tuples(st.just("annul"), seller, st.integers(0, 9), st.integers(0, 1))
    | st.tuples(st.just("waive"), seller, st.integers(0, 3), st.integers(0, 1))
    | st.tuples(st.just("impose"), seller, st.integers(0, 7), st.integers(0, 1))
    | st.tuples(st.just("publish"), st.just(0), st.sampled_from((20, 36, 60)), st.just(0))
    | st.tuples(st.just("review"), seller, st.integers(0, PRODUCTS - 1), st.integers(0, 3)),
    min_size=10,
    max_size=36,
).map(lambda steps: [*BEGUN, *steps])


def announced(campaign: str) -> Any:
    begins, ends = (START + days * DAY_US for days in CAMPAIGNS[campaign])
    return announcement(
        campaign_id=campaign,
        registration_opens=format_instant(START),
        registration_closes=format_instant(begins),
        starts=format_instant(begins),
        ends=format_instant(ends),
    )


@contextmanager
def promoting(dsn: str, pack: str) -> Generator[Telling]:
    """A ledger on an emptied database, with two campaigns that take registrations."""
    with psycopg.connect(dsn) as connection:
        connection.execute(f"TRUNCATE {TABLES}")  # type: ignore[arg-type]
    chosen = canonical(pack_data(pack)) if PACKS[pack] else None
    with sandbox(dsn, pack, chosen=chosen) as ledger:
        ledger.move_clock(START)
        for campaign in CAMPAIGNS:
            ledger.handle(announced(campaign), "")
        yield Telling(ledger, pack)


def tell(telling: Telling, step: Step) -> None:
    """A step of the story; each seller has products of its own."""
    what, who, which, other = step
    product_id = f"{SELLERS[who]}-{which}"
    campaign = sorted(CAMPAIGNS)[other % 2]
    with suppress(Refusal):
        if what == "enrol":
            asked = registration(product_id, campaign_id=campaign, seller_id=SELLERS[who])
            telling.ledger.handle(asked, "")
        elif what == "review" and other < 3:
            asked = DecideEnrolment(
                campaign_id=campaign, product_id=product_id, reviewer="ana", reasons="Seen.",
                outcome="approved" if other else "rejected",
            )  # fmt: skip
            telling.ledger.handle(asked, "ana")
        elif what == "review":
            telling.ledger.handle(WithdrawProduct(campaign_id=campaign, product_id=product_id), "")
        else:
            telling.tell(step)


def withdrawn(ledger: Ledger, *why: str) -> Counter[str]:
    """How many products of each seller are out for these reasons."""
    found: Counter[str] = Counter()
    for seller_id in SELLERS:
        for campaign in CAMPAIGNS:
            for number in range(PRODUCTS):
                known = ledger.enrolment(campaign, f"{seller_id}-{number}")
                if known is not None and known.withdrawn is not None:
                    found[seller_id] += known.withdrawn.why in why
    return +found


@contextmanager
def kept(dsn: str, ledger: Ledger, *scenarios: dict[str, Any]) -> Generator[list[Kept]]:
    """Scenarios run over all that the ledger holds by now."""
    with (
        tempfile.TemporaryDirectory() as name,
        psycopg.connect(dsn) as connection,
        connection.cursor() as cursor,
    ):
        folder, found = Path(name), list[Kept]()
        with writing(folder / "archive") as archivist:
            archivist.catch_up(cursor, 9)
        assert list(findings(folder / "archive", cursor)) == []
        known = known_to(cursor, ledger.now())
        with reading(folder / "archive") as manifest:
            for number, asked in enumerate(scenarios):
                out = folder / f"run-{number}"
                laid = laid_out(scenario_from(asked, known), known, folder / "archive", manifest)
                run(laid, known, on_this_machine(2), out, lambda _done, _of: None)
                found.append(Kept(out, Violations(folder / "archive", manifest)))
            yield found


@pytest.mark.parametrize("pack", ["aliexpress-ladder", "capped", "merged"])
@stories_told(examples=12)
@given(story=enrolments)
def test_what_the_baseline_loses_is_what_the_ledger_withdrew(
    dsn: str, pack: str, story: list[Step]
) -> None:
    """Among what is no strike: those take products out without a sanction."""
    with promoting(dsn, pack) as telling:
        for step in story:
            tell(telling, step)
        ledger = telling.ledger
        out = withdrawn(ledger, "milestone", "sanction")
        by_hand = withdrawn(ledger, "sanction")
        spare = {"name": "spared", "facts": {"leave_out": [{"source": "platform"}]}}
        with kept(dsn, ledger, {"name": "as it was"}, spare) as (same, spared):
            told = same.result.summary.enrolments
            assert (told.baseline, told.scenario) == (out.total(), out.total())
            assert (told.lost, told.saved) == (0, 0)
            told = spared.result.summary.enrolments
            assert (told.baseline, told.lost) == (out.total(), 0)
            assert told.scenario + told.saved == told.baseline
            assert told.scenario >= by_hand.total()
            saved = 0
            for one in spared.all():
                assert one.enrolments_lost.baseline == out[one.seller_id]
                saved += one.enrolments_lost.baseline - one.enrolments_lost.scenario
            assert saved == told.saved


def test_the_rule_of_losing(dsn: str) -> None:
    """Lost under a lower limit: taken out, or never let in; a seller heard of as one who takes part
    may be added to.
    """
    with promoting(dsn, "aliexpress-ladder") as telling:
        ledger = telling.ledger
        for number in range(3):
            ledger.handle(violation("s-0", f"v-{number}", "false-delivery"), "svc")
        ledger.move_clock(START + DAY_US)
        for seller_id in SELLERS:
            asked = registration(f"{seller_id}-0", seller_id=seller_id)
            if seller_id == "s-1":
                ledger.handle(asked, "")
            else:
                with suppress(Refusal):
                    ledger.handle(asked, "")
        ledger.move_clock(START + 2 * DAY_US)
        at = format_instant(ledger.now() - 1)
        add = {"seller_id": "s-1", "rule": "explosives", "recorded_at": at}
        with kept(dsn, ledger, {"name": "added", "facts": {"add": [add]}}) as (found,):
            assert found.result.summary.enrolments.lost == 1
            one = found.seller("s-1")
            assert one is not None
            assert (one.enrolments_lost.baseline, one.enrolments_lost.scenario) == (0, 1)


def lost(dsn: str, ledger: Ledger, **facts: Any) -> tuple[int, int, int]:
    """How many are lost in the baseline and with these other facts, and how many were withdrawn."""
    asked = {"name": "asked", **({"facts": facts} if facts else {})}
    with kept(dsn, ledger, asked) as (found,):
        told = found.result.summary.enrolments
        return told.baseline, told.scenario, withdrawn(ledger, "milestone", "sanction").total()


def test_what_was_overturned_in_time_is_not_lost(dsn: str) -> None:
    with promoting(dsn, "aliexpress-ladder") as telling:
        ledger = telling.ledger
        ledger.handle(registration("s-0-2", seller_id="s-0"), "")
        ledger.handle(registration("s-0-1", seller_id="s-0"), "")
        for number in (1, 2):
            ledger.move_clock(START + number * DAY_US)
            ledger.handle(violation("s-0", f"v-{number}", "false-delivery"), "svc")
        ledger.handle(annulment("s-0", "v-2"), "ann")
        # The first one's sanction stands.
        assert lost(dsn, ledger) == (2, 2, 2)
        assert lost(dsn, ledger, leave_out=[{"violation": "v-1"}]) == (2, 0, 2)
        ledger.handle(annulment("s-0", "v-1"), "ann")
        assert lost(dsn, ledger) == (0, 0, 0)
        # Never appealed against in the scenario, so it takes them out for good.
        add = {"seller_id": "s-0", "rule": "weapons"}
        for day, gone in ((3, 2), (15, 2), (21, 0)):
            ledger.move_clock(START + (day + 1) * DAY_US)
            at = format_instant(START + day * DAY_US)
            assert lost(dsn, ledger, add=[add | {"recorded_at": at}]) == (0, gone, 0)


def test_what_was_overturned_too_late_is_lost(dsn: str) -> None:
    with promoting(dsn, "aliexpress-ladder") as telling:
        ledger = telling.ledger
        ledger.handle(registration("s-0-1", seller_id="s-0"), "")
        ledger.handle(violation("s-0", "v-1", "false-delivery"), "svc")
        ledger.move_clock(START + 10 * DAY_US)
        ledger.handle(annulment("s-0", "v-1"), "ann")
        assert lost(dsn, ledger) == (1, 1, 1)
        assert lost(dsn, ledger, leave_out=[{"violation": "v-1"}]) == (1, 0, 1)
