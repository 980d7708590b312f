"""R8: what a view cannot take is put aside with its cause, and the other sellers go on."""

from typing import Any

import psycopg
import pytest
from psycopg import Cursor

from api.upkeep import parked as page_of_parked
from api.upkeep import retry
from ledger.decide.appeal_commands import FileAppeal
from ledger.decide.dispute_commands import EscalateDispute, OpenDispute, Proposal
from ledger.facts.instants import DAY_US, format_instant, parse_instant
from ledger.facts.money import Money
from ledger.facts.violations import ViolationRecorded
from ledger.ledger import Ledger
from projections.projection import Batch
from projections.rebuild import check, rebuild
from projections.sellers import Sellers
from projections.taking import GapInLog, OtherVersion
from projections.violations import Violations
from tests.projections.following import (
    NAMES,
    catch_up,
    execute,
    following,
    keep_up,
    mend,
    parked,
    poison,
    rows,
)
from tests.store.opened import annulment, sandbox, violation

START = parse_instant("2026-03-01T00:00:00Z")


def points(dsn: str) -> dict[str, int]:
    return {row["seller_id"]: row["points"] for row in rows(dsn, "sellers")}


def recorded(ledger: Ledger, *told: str) -> int:
    """A violation for each `seller/number`; returns the last position."""
    for each in told:
        seller, _, number = each.partition("/")
        ledger.handle(violation(seller, f"v-{number}", "medicines"), "svc")
    return ledger.reader.head().last_position


def test_a_poison_fact_parks_its_seller_and_a_retry_takes_it_once_mended(dsn: str) -> None:
    with sandbox(dsn) as ledger, following(dsn, ledger.clock) as runner:
        ledger.move_clock(START)
        good = recorded(ledger, "a/1", "b/1")
        bad = poison(dsn, "a")
        recorded(ledger, "b/2", "c/1")
        catch_up(runner)
        assert points(dsn) == {"a": 6, "b": 12, "c": 6}
        aside = parked(dsn)
        assert set(aside) == {(view, "seller-a") for view in NAMES}
        assert aside["sellers", "seller-a"][0] == bad
        assert "cannot be read" in aside["sellers", "seller-a"][1]

        # Nothing is mended yet, and the owner goes on meanwhile.
        assert all(row.cause for row in retry(dsn, ledger.clock, None, "a"))
        recorded(ledger, "b/3")
        catch_up(runner)
        assert points(dsn) == {"a": 6, "b": 18, "c": 6}

        mend(dsn, bad, like=good - 1)
        execute(
            dsn,
            "UPDATE stored_events SET state = replace(convert_from(state, 'UTF8'), "
            f"'\"v-1\"', '\"v-9\"')::bytea WHERE notification_id = {bad}",
        )
        assert all(row.cause is None for row in retry(dsn, ledger.clock, None, "a"))
        assert parked(dsn) == {}
        recorded(ledger, "c/2")
        catch_up(runner)
        assert points(dsn) == {"a": 12, "b": 18, "c": 12}
        assert check(dsn, ledger.clock) == []


def test_poison_in_the_first_stretch_and_what_comes_before_it(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        recorded(ledger, "a/1")
        poison(dsn, "a", b"\xff\x00")
        poison(dsn, "d")
        recorded(ledger, "b/1")
        keep_up(dsn, ledger.clock)
        assert points(dsn) == {"a": 6, "b": 6}
        # Rebuilt in another order and by other batches, the same is there and the same is not.
        assert check(dsn, ledger.clock) == []
        aside = parked(dsn)
        assert all(row.parked == 2 for row in rebuild(dsn, ledger.clock))
        assert parked(dsn) == aside


def test_parked_streams_are_told_page_by_page(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        poison(dsn, "a")
        poison(dsn, "b")
        keep_up(dsn, ledger.clock)
    seen: list[tuple[str, str]] = []
    after = None
    while True:
        page, after = page_of_parked(dsn, 3, after)
        seen += [(row.view, row.stream) for row in page]
        if after is None:
            break
    assert seen == sorted(parked(dsn))
    assert len(seen) == 2 * len(NAMES)


def claim(ledger: Ledger, dispute_id: str, seller: str = "a") -> int:
    """A dispute of twenty euros; returns where it was opened."""
    shipped = format_instant(ledger.now() - DAY_US)
    opened = ledger.handle(
        OpenDispute(
            dispute_id=dispute_id, order_id="o-1", seller_id=seller, buyer_id="b-1",
            reason="not-received", order_amount=Money("20", "EUR"), shipped_at=shipped,
            requested=Proposal(refund=Money("20", "EUR")),
        ),
        "svc",
    )  # fmt: skip
    return opened.position


def statuses(dsn: str) -> dict[str, str]:
    return {row["dispute_id"]: row["status"] for row in rows(dsn, "disputes")}


def test_a_poison_fact_parks_its_dispute_and_neither_its_seller_nor_others(dsn: str) -> None:
    with sandbox(dsn) as ledger, following(dsn, ledger.clock) as runner:
        ledger.move_clock(START)
        claim(ledger, "d-1")
        claim(ledger, "d-2")
        # A ruling where nobody opened anything: readable, and no step that a dispute can take.
        stray = poison(dsn, "d-1", b"{}", "dispute-")
        ledger.handle(EscalateDispute(dispute_id="d-2", by="buyer"), "svc")
        recorded(ledger, "a/1")
        catch_up(runner)
        assert statuses(dsn) == {"d-1": "open", "d-2": "escalated"}
        assert points(dsn) == {"a": 6}
        aside = parked(dsn)
        assert set(aside) == {(view, "dispute-d-1") for view in NAMES}
        assert aside["disputes", "dispute-d-1"][0] == stray

        # Time passes for the others: what is set aside stays as it was.
        execute(dsn, f"UPDATE log_head SET clock_at = {START + 30 * DAY_US}")
        claimed = {row["dispute_id"]: row["fresh_until"] for row in rows(dsn, "disputes")}
        catch_up(runner)
        after = {row["dispute_id"]: row["fresh_until"] for row in rows(dsn, "disputes")}
        assert after["d-1"] == claimed["d-1"] is not None
        assert runner.step() is False

        # Of the kind of another fact, and with its content: taken like any other.
        execute(
            dsn,
            "UPDATE stored_events SET (topic, state) = (SELECT topic, state FROM stored_events "
            "WHERE topic = 'dispute-escalated.v1' LIMIT 1) "
            f"WHERE notification_id = {stray}",
        )
        for view in NAMES:
            assert all(row.cause is None for row in retry(dsn, ledger.clock, view, None, "d-1"))
        assert parked(dsn) == {}
        assert statuses(dsn)["d-1"] == "escalated"
        assert check(dsn, ledger.clock) == []


def test_a_step_that_no_dispute_takes_parks_it(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        claim(ledger, "d-1")
        recorded(ledger, "a/1")
        execute(
            dsn,
            "UPDATE stored_events SET originator_id = 'dispute-d-1', originator_version = 2 "
            "WHERE topic = 'violation-recorded.v1'",
        )
        keep_up(dsn, ledger.clock)
        assert ("disputes", "dispute-d-1") in parked(dsn)
        assert {stream for _, stream in parked(dsn)} == {"dispute-d-1"}
        assert statuses(dsn) == {"d-1": "open"}


def test_an_appeal_against_nothing_parks_its_seller_and_no_other(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        recorded(ledger, "a/1", "b/1")
        for seller in ("a", "b"):
            filing = FileAppeal(
                seller_id=seller, violation_id="v-1", reason="no", filed_by=seller
            )  # fmt: skip
            ledger.handle(filing, seller)
        execute(
            dsn,
            "UPDATE stored_events SET state = replace(convert_from(state, 'UTF8'), "
            "'\"v-1\"', '\"v-7\"')::bytea "
            "WHERE topic = 'appeal-filed.v1' AND originator_id = 'seller-a'",
        )
        keep_up(dsn, ledger.clock)
        assert list(parked(dsn)) == [("appeals", "seller-a")]
        assert "a has no violation v-7" in parked(dsn)["appeals", "seller-a"][1]
        assert [row["seller_id"] for row in rows(dsn, "appeals")] == ["b"]
        assert check(dsn, ledger.clock) == []


class Fussy(Violations):
    """Cannot take one seller's second violation."""

    def take(self, cursor: Cursor[Any], batch: Batch) -> None:
        for stored in batch.facts:
            fact = stored.fact
            if isinstance(fact, ViolationRecorded) and fact.violation_id == "v-2":
                raise KeyError(stored.stream)
        super().take(cursor, batch)


@pytest.mark.parametrize("at_once", [1, 3, 4_000])
def test_a_take_that_raises_parks_from_that_fact_on_whatever_the_batches(
    dsn: str, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.projections.following.projections", lambda: [Fussy(), Sellers()])
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        recorded(ledger, "a/1", "b/1", "a/2", "b/3", "a/3")
        with following(dsn, ledger.clock, at_once) as runner:
            catch_up(runner)
        kept = [(row["seller_id"], row["violation_id"]) for row in rows(dsn, "violations")]
        assert kept == [("a", "v-1"), ("b", "v-1"), ("b", "v-3")]
        assert list(parked(dsn)) == [("violations", "seller-a")]
        assert points(dsn) == {"a": 18, "b": 12}


def test_time_that_fails_for_one_seller_stops_no_other(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sandbox(dsn, "aliexpress-ladder") as ledger, following(dsn, ledger.clock) as runner:
        ledger.move_clock(START)
        recorded(ledger, "a/1", "b/1")
        catch_up(runner)
        # The memo of one seller is broken where only time looks at it: it is loaded to pass time.
        for taking in runner._takings:
            taking.lost()
        execute(dsn, "UPDATE seller_state SET state = '\\x00' WHERE seller_id = 'a'")
        execute(dsn, "UPDATE sellers SET fresh_until = 1")
        runner._again_at.clear()
        catch_up(runner)
        assert list(parked(dsn)) == [("sellers", "seller-a")]
        fresh = {row["seller_id"]: row["fresh_until"] for row in rows(dsn, "sellers")}
        assert fresh["a"] == 1 and fresh["b"] > START
        # Set aside, it is not looked at for ever: there is nothing more to do.
        assert runner.step() is False

        execute(dsn, "UPDATE seller_state SET engine_version = 0 WHERE seller_id = 'a'")
        assert [row.cause for row in retry(dsn, ledger.clock, None, "a")] == [None]
        runner._again_at.clear()
        catch_up(runner)
        assert {row["fresh_until"] > START for row in rows(dsn, "sellers")} == {True}


def test_a_table_that_is_gone_is_nobodys_fault_among_the_sellers(dsn: str) -> None:
    with sandbox(dsn) as ledger, following(dsn, ledger.clock) as runner:
        ledger.move_clock(START)
        recorded(ledger, "a/1")
        catch_up(runner)
        execute(dsn, "ALTER TABLE violations RENAME TO mislaid")
        recorded(ledger, "a/2", "b/1")
        catch_up(runner)
        assert parked(dsn) == {}
        # The others go on; this one rests, and goes on when it can.
        assert points(dsn) == {"a": 12, "b": 6}
        execute(dsn, "ALTER TABLE mislaid RENAME TO violations")
        runner._rests_until.clear()
        catch_up(runner)
        assert len(rows(dsn, "violations")) == 3


def test_what_was_remembered_of_a_transaction_rolled_back_is_forgotten(dsn: str) -> None:
    with sandbox(dsn) as ledger, following(dsn, ledger.clock) as runner:
        ledger.move_clock(START)
        last = recorded(ledger, "a/1")
        catch_up(runner)
        recorded(ledger, "a/2", "b/1")
        execute(dsn, f"ALTER TABLE projection ADD CHECK (position <= {last})")
        catch_up(runner)
        assert points(dsn) == {"a": 6}
        execute(dsn, "ALTER TABLE projection DROP CONSTRAINT projection_position_check")
        ledger.handle(annulment("a", "v-1"), "ann")
        runner._rests_until.clear()
        catch_up(runner)
        assert points(dsn) == {"a": 6, "b": 6}
        assert check(dsn, ledger.clock) == []


def test_a_gap_in_the_log_stops_everything(dsn: str) -> None:
    with sandbox(dsn) as ledger, following(dsn, ledger.clock) as runner:
        ledger.move_clock(START)
        last = recorded(ledger, "a/1", "a/2", "b/1")
        execute(dsn, f"DELETE FROM stored_events WHERE notification_id = {last - 1}")
        with pytest.raises(GapInLog, match=f"position {last - 1} is missing"):
            runner.step()
        assert all(row["position"] == 0 for row in rows(dsn, "projection"))


def test_a_retry_by_another_version_is_refused(dsn: str) -> None:
    with sandbox(dsn) as ledger:
        ledger.move_clock(START)
        poison(dsn, "a")
        keep_up(dsn, ledger.clock)
        execute(dsn, "UPDATE projection SET version = 'other'")
        with pytest.raises(OtherVersion):
            retry(dsn, ledger.clock, "sellers", "a")


def test_a_jump_of_the_sandbox_is_followed_for_everybody(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.sellers.STALE_AT_ONCE", 2)
    with sandbox(dsn) as ledger, following(dsn, ledger.clock) as runner:
        ledger.move_clock(START)
        recorded(ledger, *(f"s{n}/1" for n in range(9)))
        catch_up(runner)
        with psycopg.connect(dsn) as connection:
            # As a jump whose due facts come later: time alone tells.
            connection.execute("UPDATE log_head SET clock_at = %s", (START + 400 * DAY_US,))
        catch_up(runner)
        assert set(points(dsn).values()) == {0}
